"""Reading request bodies: JSON as integrators may send it, and nothing that would break later."""

import json
from collections.abc import Iterator, Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from core.errors import FieldError, Invalid


class StrictJSONParser(JSONParser):
    """UTF-8 JSON below ``DATA_UPLOAD_MAX_MEMORY_SIZE``.

    Malformed (400) are also names given twice, NaN and infinity, numbers beyond what Python reads
    and nesting beyond its stack. Characters that no database column keeps are invalid (422).
    """

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        raw = _read(stream)
        try:
            data = json.loads(
                raw.decode("utf-8-sig"),
                object_pairs_hook=_once,
                parse_constant=_no_constant,
                parse_float=_finite,
            )
            # Escapes are the only way in for these characters.
            wrong = list(_unkept(data, "")) if b"\\u" in raw else []
        except UnicodeDecodeError:
            raise ParseError(_("The body is not UTF-8.")) from None
        except RecursionError:
            raise ParseError(_("The body is nested too deeply.")) from None
        except ValueError as error:
            raise ParseError(
                _("The body is not JSON: %(reason)s") % {"reason": str(error)[:200]}
            ) from None
        if wrong:
            raise Invalid(errors=wrong)
        return data


def _read(stream: IO[Any]) -> bytes:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    raw: bytes = stream.read(limit + 1)
    if len(raw) > limit:
        # Take the rest off the line, within reason, so that the client hears the answer.
        for _i in range(64):
            if not stream.read(1024 * 1024):
                break
        raise RequestDataTooBig
    return raw


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(_("“%(name)s” is given twice.") % {"name": twice[:40]})
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(_("%(name)s is no number.") % {"name": name})


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(_("The number %(number)s is too large.") % {"number": text[:20]})
    return value


def _unkept(data: Any, pointer: str) -> Iterator[FieldError]:
    if isinstance(data, str):
        if "\x00" in data or any("\ud800" <= c <= "\udfff" for c in data):
            yield FieldError(
                pointer, _("The text contains characters that cannot be kept."), "bad_characters"
            )
    elif isinstance(data, dict):
        for name, value in data.items():
            # A name goes nowhere but into messages, which have to be sent.
            if any("\ud800" <= c <= "\udfff" for c in name):
                yield FieldError(pointer, _("A name contains characters that cannot be kept."))
            yield from _unkept(value, f"{pointer}/{escape(name)}")
    elif isinstance(data, list):
        for i, value in enumerate(data):
            yield from _unkept(value, f"{pointer}/{i}")


def escape(name: str) -> str:
    """A name as a part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")[:100]
