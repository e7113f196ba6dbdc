"""The registry's calendar. Windows close and dated policies start when a day is opened, never by reading a clock."""

from datetime import date, datetime, timedelta, timezone
from typing import ClassVar

from domain.event import Event

PAKISTAN_TIME = timezone(timedelta(hours=5))
"""Pakistan Standard Time, without summer time since 2009; the days of the registry begin and end by it."""


class DayOpened(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A day of work began; what takes effect by date takes effect here, at this position."""

    name: ClassVar[str] = "registry.day_opened.v1"
    on: date


def decide_day(on: date, last: date | None) -> list[DayOpened]:
    """Open a day that comes after the last one opened; a day already open, or past, changes nothing."""
    return [] if last is not None and on <= last else [DayOpened(on)]


def day_in_pakistan(instant: datetime) -> date:
    """The day on which an instant falls in Pakistan: after 19:00 UTC it is tomorrow there."""
    return instant.astimezone(PAKISTAN_TIME).date()


def years_later(day: date, years: int) -> date:
    """The same day some years on; 29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
