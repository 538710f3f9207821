"""Moments are aware and in UTC; a business day is the store's. A face reads the clock once and passes `at` down."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This moment, aware, in UTC. For faces and workers; a service is given `at`."""
    return datetime.now(UTC)


def business_date(at: datetime, time_zone: str) -> date:
    """The day a moment belongs to in a store's time zone."""
    return at.astimezone(ZoneInfo(time_zone)).date()


def day_bounds(day: date, time_zone: str) -> tuple[datetime, datetime]:
    """First moment of a store's day and first moment of the next: half-open, right on days of 23 or 25 hours."""
    zone = ZoneInfo(time_zone)
    start = datetime.combine(day, time.min, tzinfo=zone)
    end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)
