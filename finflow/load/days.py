"""Days as ISO text, the way readers hand them on."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from finflow.load.cells import FIRST_DAY, LAST_DAY


def is_day(text: str) -> bool:
    """Whether a text is an ISO day on which a bank can have booked."""
    try:
        return date.fromisoformat(text).isoformat() == text and FIRST_DAY <= text <= LAST_DAY
    except ValueError:
        return False


def day_after(day: str | None) -> str | None:
    """The ISO day after one; None when it is none."""
    if day is None or not is_day(day):
        return None
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def year_of(two_digits: str) -> int:
    """The year two digits stand for: 80 to 99 are before 2000."""
    year = int(two_digits)
    return year + (1900 if year >= 80 else 2000)


def day_and_moment(printed: str | None, zone: str) -> tuple[str | None, str | None]:
    """ISO day as printed, and the moment in `zone`; midnight is how schemas print a day without a time.

    What cannot be read is given back as the day, to be rejected with its column.
    """
    try:
        at = datetime.fromisoformat(printed or "")
        here = at.astimezone(ZoneInfo(zone)) if at.tzinfo else at
    except (ValueError, OverflowError):
        return printed, None
    moment = None if at.time() == time(0) else here.replace(tzinfo=None).isoformat(timespec="seconds")
    return at.date().isoformat(), moment
