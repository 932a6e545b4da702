"""What a web server imports: `gunicorn fulfillment.wsgi`."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from fulfillment import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fulfillment.settings")
embedded.ensure()
application = get_wsgi_application()

# What is loaded by now stays to the end: looking through it again and again for what may be thrown
# away takes a tenth of the time of a page.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
