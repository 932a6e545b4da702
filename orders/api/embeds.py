"""What apps to the right put into an order's representation; they register it when they start."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from core.actor import Actor
from orders.models import Order

#: Takes orders and who looks; gives the list for each order, by primary key. A constant number of
#: queries.
Embed = Callable[[Sequence[Order], Actor], dict[int, list[dict[str, Any]]]]


@dataclass(frozen=True, slots=True)
class Registered:
    function: Embed
    serializer: type[serializers.Serializer[Any]]


embeds: dict[str, Registered] = {}


def embed(name: str, function: Embed, serializer: type[serializers.Serializer[Any]]) -> None:
    """Put a list into every order under ``name``; ``serializer`` describes one of its entries."""
    embeds[name] = Registered(function, serializer)
