"""The page ``docs/lifecycle.md``, made from the transition table so that it cannot be wrong."""

from django.utils.translation import override

from orders.states import TABLE, Stage

_HEAD = """# The lifecycle of an order

Made from `orders/states.py` by `manage.py lifecycle_page`; a test holds the two together. The
stage of an order is that of its least advanced open unit, so an action can leave an order where it
was while some of its units go on (a part is packed, a first parcel leaves). Holds, lateness and
trouble stand beside the stage.

"""


def page() -> str:
    """The page in English, as Markdown with a Mermaid diagram and a table."""
    with override("en"):
        return _HEAD + _diagram() + "\n" + _table()


def _diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"    {s.value}: {s.value} · {s.label}" for s in Stage]
    lines.append("    [*] --> new: order is paid")
    order = list(Stage)
    for t in TABLE:
        if t.target is None:
            continue
        # The stage right before the target is the usual way; the others are parcels that leave
        # before the rest of the order is there, and stand in the table below.
        usual = [s for s in order if s in t.sources and s != t.target]
        shown = usual if t.target == Stage.CANCELLED else usual[-1:]
        lines += [f"    {s.value} --> {t.target}: {t.name}" for s in shown]
    lines += ["    confirmed --> [*]", "    cancelled --> [*]", "```", ""]
    return "\n".join(lines)


def _table() -> str:
    rows = [
        "| action | may start from | stage after it | on hold? | cannot be undone |",
        "| --- | --- | --- | --- | --- |",
    ]
    for t in TABLE:
        sources = ", ".join(f"`{s.value}`" for s in Stage if s in t.sources)
        target = f"`{t.target}`" if t.target else "as before"
        rows.append(
            f"| `{t.name}` {t.label} | {sources} | {target} | "
            f"{'yes' if t.held else 'no'} | {'yes' if t.final else ''} |"
        )
    return "\n".join(rows) + "\n"
