"""Public ids: ``ord_k3Xb9QzT``. Opaque, short, and computed from the primary key.

They hide how many rows there are and cannot be mistaken for another kind of thing; they protect
nothing: every look-up also names the seller.
"""

from functools import lru_cache

from sqids import Sqids

#: A fixed shuffle. Changing it changes every id ever given out.
_ALPHABET = "kNqR7wZbXvT2mJpGd9HfLsYcQx4KjBtV8nWgFzMhDy3CrPS6"

_codec = Sqids(alphabet=_ALPHABET, min_length=10, blocklist=[])


@lru_cache(maxsize=65_536)
def encode(prefix: str, pk: int) -> str:
    """The public id of a primary key, e.g. ``encode("ord", 7)``."""
    return f"{prefix}_{_codec.encode([pk])}"


@lru_cache(maxsize=4096)
def decode(prefix: str, public_id: str) -> int | None:
    """The primary key behind a public id; ``None`` for anything that is not such an id."""
    head, sep, tail = public_id.partition("_")
    if not sep or head != prefix or not tail or len(tail) > 24 or not tail.isascii():
        return None
    if any(c not in _ALPHABET for c in tail):
        return None
    numbers = _codec.decode(tail)
    if len(numbers) != 1 or numbers[0] >= 2**63 or _codec.encode(numbers) != tail:
        return None
    return numbers[0]


class PublicIdMixin:
    """Gives a model ``public_id``; the class names its ``id_prefix``."""

    id_prefix: str
    pk: int

    @property
    def public_id(self) -> str:
        return encode(self.id_prefix, self.pk)
