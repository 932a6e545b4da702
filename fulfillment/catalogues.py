"""Translation catalogues: extract, check and compile, without GNU gettext; see script/messages.

The source language is English; every other language of settings has its catalogue under
locale/<locale>/LC_MESSAGES/django.po. Compiled catalogues are made on set-up, not committed.
"""

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ("zh_Hans",)
DOMAIN = "django"

_plain = None
_plural = (1, 2)
_context = ((1, "c"), 2)
_context_plural = ((1, "c"), 2, 3)
KEYWORDS = {"_": _plain} | {
    name + ending: positions
    for name, positions in (
        ("gettext", _plain),
        ("ngettext", _plural),
        ("pgettext", _context),
        ("npgettext", _context_plural),
    )
    for ending in ("", "_lazy", "_noop")
}

# %(name)s, %s and {name}; a doubled %% or {{ stands for itself.
PLACEHOLDER = re.compile(
    r"%%|\{\{|\}\}|%\((?P<percent>\w+)\)[a-zA-Z]|%(?P<bare>[sdif])|\{(?P<brace>\w*)[^{}]*\}"
)


def sources(root: Path) -> Iterator[Path]:
    """The Python files of the apps and all templates, in a stable order."""
    for app in sorted(path.parent for path in root.glob("*/apps.py")):
        for path in sorted(app.rglob("*.py")):
            if not {"tests", "migrations"} & set(path.relative_to(root).parts):
                yield path
    for pattern in ("templates/**/*.html", "templates/**/*.txt"):
        yield from sorted(root.glob(pattern))


def extract_all(root: Path) -> Catalog:
    """All strings to translate, with the files in which they stand."""
    found = Catalog(domain=DOMAIN, charset="utf-8", fuzzy=False)
    for path in sources(root):
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            # Django turns the tags into gettext calls; what stands around them is blanked out, and
            # its indentation would mean something to Python's tokenizer.
            text = "\n".join(line.lstrip() for line in templatize(text).split("\n"))
        name = path.relative_to(root).as_posix()
        for line, message, comments, context in extract(
            "python", io.BytesIO(text.encode()), KEYWORDS, comment_tags=("Translators:",)
        ):
            found.add(
                message,
                locations=[(name, line)],
                auto_comments=comments,
                context=context,
            )
    return found


def catalogue_path(root: Path, locale: str) -> Path:
    return root / "locale" / locale / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(path: Path, locale: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=locale, domain=DOMAIN, charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=locale, domain=DOMAIN)


def update(root: Path, locale: str) -> None:
    """Brings a catalogue up to date: new strings empty, translations kept, unused ones dropped."""
    path = catalogue_path(root, locale)
    catalogue = read(path, locale)
    # A guess by similarity is wrong more often than right, and nobody would notice.
    catalogue.update(extract_all(root), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=100, include_lineno=False, sort_output=True)
    if not path.exists() or path.read_bytes() != buffer.getvalue():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(buffer.getvalue())


def compile_all(root: Path = ROOT) -> None:
    """Writes the .mo file of each catalogue that has none or an older one."""
    for locale in LOCALES:
        source = catalogue_path(root, locale)
        target = source.with_suffix(".mo")
        if not source.exists():
            continue
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        # Another process may be reading: it must see the old file or the new one.
        unfinished = target.with_suffix(".mo.new")
        with unfinished.open("wb") as file:
            write_mo(file, read(source, locale))
        unfinished.replace(target)


def problems(root: Path, locale: str) -> list[str]:
    """What keeps a catalogue from being complete, one line each; empty when it is."""
    catalogue = read(catalogue_path(root, locale), locale)
    wanted = {_key(message): message for message in extract_all(root) if message.id}
    present = {_key(message): message for message in catalogue if message.id}
    lines = []
    for key, message in wanted.items():
        where = message.locations[0][0] if message.locations else "?"
        if key not in present:
            lines.append(f"{locale}: not in the catalogue: {message.id!r} ({where})")
            continue
        lines += [f"{locale}: {fault}: {message.id!r} ({where})" for fault in faults(present[key])]
    lines += [
        f"{locale}: no longer used: {message.id!r}"
        for key, message in present.items()
        if key not in wanted
    ]
    return lines


def _key(message: Message) -> tuple[str | None, str]:
    identity = message.id
    return message.context, identity if isinstance(identity, str) else identity[0]


def faults(message: Message) -> list[str]:
    """What is wrong with one translation."""
    texts = [message.string] if isinstance(message.string, str) else list(message.string or ())
    if not texts or not all(texts):
        return ["not translated"]
    found = ["fuzzy"] if message.fuzzy else []
    # Where the singular says "one", the plural has the placeholder; a language with one form
    # translates the plural.
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    wanted = placeholders(ids[-1])
    for text in texts:
        if lost := wanted - placeholders(text):
            found.append(f"placeholder missing ({', '.join(sorted(lost))})")
        if strange := placeholders(text) - wanted:
            found.append(f"unknown placeholder ({', '.join(sorted(strange))})")
    return found


def placeholders(text: str) -> set[str]:
    return {
        match[0] if match["brace"] is None else f"{{{match['brace']}}}"
        for match in PLACEHOLDER.finditer(text)
        if match.lastgroup
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="script/messages", description=__doc__)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--check", action="store_true", help="list what is missing, change nothing")
    only.add_argument("--compile", action="store_true", help="only compile")
    chosen = parser.parse_args(arguments)
    if chosen.check:
        lines = [line for locale in LOCALES for line in problems(ROOT, locale)]
        for line in lines:
            print(line)
        print(f"{len(lines)} problems in the translations." if lines else "Translations complete.")
        return 1 if lines else 0
    if not chosen.compile:
        for locale in LOCALES:
            update(ROOT, locale)
            print(f"{catalogue_path(ROOT, locale).relative_to(ROOT)} is up to date.")
    compile_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
