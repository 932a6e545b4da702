"""Lost updates: of two people who save the same row, the second is told what the first did.

A form carries what its row held when it was shown (``stamp``). The action, with the row locked,
compares; a row that holds something else by now is refused with ``changed``.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.errors import Refused


def stamp(row: Model, names: Iterable[str]) -> str:
    """What these fields of a row hold, in short: its version where it keeps one."""
    version = getattr(row, "version", None)
    if version is not None:
        return f"v{version}"
    text = "\x1f".join(row._meta.get_field(n).value_to_string(row) for n in sorted(names))  # type: ignore[union-attr]
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def refuse_if_changed(row: Model, wanted: Mapping[str, Any], seen: str) -> None:
    """Raise ``Refused`` when ``row`` (locked, as it is now) is not what ``seen`` says, and differs
    from what is wanted. An empty ``seen`` asks for nothing."""
    if not seen or seen == stamp(row, wanted):
        return
    different = [name for name, value in wanted.items() if getattr(row, name) != value]
    if different:
        raise Refused(
            _(
                "Somebody has saved this meanwhile. It now says: %(fields)s. Save again to put "
                "yours in its place."
            )
            % {"fields": pgettext("enumeration", ", ").join(_told(row, n) for n in different)},
            code="changed",
        )


def _told(row: Model, name: str) -> str:
    label = capfirst(str(row._meta.get_field(name).verbose_name))  # type: ignore[union-attr]
    show = getattr(row, f"get_{name}_display", None)
    value = show() if show else getattr(row, name)
    return f"{label} “{'—' if value in (None, '') else value}”"
