"""The commands of the pack station as barcodes (Code 128), drawn as one SVG path each.

Their drawing is ours, since the pages allow no inline style and no other host.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from logistics.packing import FAIL_REASONS
from logistics.paper.codes import code128

Text = str | Promise
#: White on both sides, in modules.
_QUIET = 10

WORDS: Sequence[tuple[str, Text]] = (
    ("CLOSE", _("Close the parcel")),
    ("UNDO", _("Take back the last scan; at an empty table, the last parcel")),
    ("OUT", _("The next unit comes out of the box")),
    ("SPLIT", _("Close with what is in it; the rest goes into another parcel")),
    ("COMBINE", _("Put the buyer's other orders into the same parcel")),
    ("LEAVE", _("Put the order aside")),
    ("PASS", _("The check is passed")),
)
FAIL_WORDS: Sequence[Text] = (
    _("The unit is damaged"),
    _("The unit is dirty"),
    _("It is not what it says"),
    _("Something is missing"),
)


@dataclass(frozen=True, slots=True)
class Command:
    word: str
    label: Text
    bars: SafeString


def bars(word: str) -> SafeString:
    """A text as Code 128: an SVG whose width is its number of modules."""
    modules, dark = code128(word)
    path = [f"M{_QUIET + x} 0h{width}v40h-{width}z" for x, width in dark]
    return format_html(
        '<svg class="barcode" viewBox="0 0 {} 40" preserveAspectRatio="none" role="img" '
        'aria-label="{}"><path d="{}"/></svg>',
        modules + 2 * _QUIET, word, "".join(path),
    )  # fmt: skip


def sheet(boxes: Sequence[str]) -> list[tuple[Text, list[Command]]]:
    """All commands by group, with the shop's boxes."""
    groups: list[tuple[Text, list[tuple[str, Text]]]] = [
        (_("Commands"), list(WORDS)),
        (_("A unit fails"), [(f"FAIL-{word}", label) for word, label
                             in zip(FAIL_REASONS, FAIL_WORDS, strict=True)]),
        (_("Boxes"), [(f"BOX-{code}", code) for code in boxes]),
    ]  # fmt: skip
    return [
        (title, [Command(word, label, bars(word)) for word, label in rows])
        for title, rows in groups
        if rows
    ]
