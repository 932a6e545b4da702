"""Fills the database that all tests of the site start from: ``python -m site_tests.prepare``."""

from datetime import timedelta

import django
from django.conf import settings
from django.core.management import call_command


def main() -> None:
    """The demo shop, a shop without anything, and everybody logged in."""
    django.setup()
    call_command("demo", force=True, verbosity=0)

    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from core.actor import Actor
    from dashboard.management.commands.demo import person
    from sellers.actions import create_seller
    from sellers.models import Membership, Role, Seller, User
    from site_tests.site import session_key

    empty = create_seller(
        code="empty", name="空店 Empty", actor=Actor.job("test"), status=Seller.Status.APPROVED
    )
    Membership.objects.create(
        user=person("owner@empty.example", "孙新 Sun Xin"), seller=empty, role=Role.OWNER
    )
    person("nobody@demo.example", "没有店 Nobody")
    for user in User.objects.all():
        data = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[-1],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        Session.objects.create(
            session_key=session_key(user.email),
            session_data=Session.get_session_store_class()().encode(data),
            expire_date=timezone.now() + timedelta(days=1),
        )


if __name__ == "__main__":
    main()
