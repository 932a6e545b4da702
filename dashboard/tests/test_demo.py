"""``manage.py demo``; what it makes is looked at by ``site_tests/test_demo.py``."""

import pytest
from django.core.management import CommandError, call_command

from sellers.models import User


@pytest.mark.django_db
def test_it_refuses_where_debug_is_off(settings) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG is off"):
        call_command("demo")
    assert not User.objects.exists()
