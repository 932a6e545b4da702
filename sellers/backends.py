"""Who is behind a session. Logging in itself is Django's."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from sellers.models import User
from sellers.queries import memberships_of_person


class PersonBackend(ModelBackend):
    """Reads the person of a session together with their shops: every page and every call of the
    API that a person makes needs both, and asking twice is what a short answer would wait for."""

    def get_user(self, user_id: Any) -> User | None:
        shops = memberships_of_person(user_id)
        if not shops:
            alone: User | None = super().get_user(user_id)
            return alone
        person = shops[0].user
        if not self.user_can_authenticate(person):
            return None
        person.shops = shops
        return person
