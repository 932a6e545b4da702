"""Time zones as people choose them: by city, in their language, in the order of the clock."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.core import get_global
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _


def zone_of(name: str) -> ZoneInfo | None:
    """The zone with this IANA name, ``None`` when there is no such zone."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def validate_zone(name: str) -> None:
    """Raise ``ValidationError`` unless ``name`` is an IANA time zone."""
    if zone_of(name) is None:
        raise ValidationError(_("This is no time zone."), code="time_zone")


def zone_choices() -> list[tuple[str, str]]:
    """(IANA name, label) of all zones, from west to east, in the active language."""
    return list(_choices(get_language() or "en", datetime.now(UTC).date()))


@lru_cache(maxsize=8)
def _choices(language: str, day: date) -> tuple[tuple[str, str], ...]:
    """Cached for the day, since offsets change with summer time."""
    cities = Locale.parse(to_locale(language)).time_zones
    # The names of cities stand under the spelling that a zone had first: Asia/Saigon.
    older: dict[str, list[str]] = {}
    for alias, name in get_global("zone_aliases").items():
        older.setdefault(name, []).append(alias)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    found: list[tuple[timedelta, str, str]] = []
    for name in ["UTC", *get_global("zone_territories")]:
        zone = zone_of(name)
        if zone is None or (name.startswith("Etc/") and name != "UTC"):
            continue
        offset = noon.astimezone(zone).utcoffset() or timedelta()
        names = (name, *older.get(name, ()))
        city = next((c for n in names if (c := cities.get(n, {}).get("city"))), None)
        city = city or name.rpartition("/")[2].replace("_", " ")
        found.append((offset, city, name))
    return tuple((name, f"{_utc(offset)} {city}") for offset, city, name in sorted(found))


def _utc(offset: timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    sign = "−" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
