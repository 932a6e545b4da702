"""What a web server imports: `gunicorn fulfillment.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from fulfillment import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fulfillment.settings")
embedded.ensure()
application = get_wsgi_application()
