import pytest
from django.test import Client

from sellers.models import Membership, Role
from testing.factories import MembershipFactory


@pytest.fixture
def owner(db: None) -> Membership:
    return MembershipFactory.create(role=Role.OWNER)


@pytest.fixture
def page(owner: Membership, client: Client) -> Client:
    """A browser in which the owner is logged in."""
    client.force_login(owner.user)
    return client
