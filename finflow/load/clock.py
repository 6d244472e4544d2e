"""Days and moments as banks print them."""

import re
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

_ZONE = re.compile(r"(Z|[+-]\d\d:\d\d)$")


class Clock:
    """Days and moments as the bank prints them, moments brought to the zone of the case."""

    def __init__(self, zone: str, case_zone: str) -> None:
        self._zone, self._case_zone = ZoneInfo(zone), ZoneInfo(case_zone)
        self.read = lru_cache(4096)(self._read)  # a statement prints the same days over and over

    def _read(self, day: str | None, moment: str | None) -> tuple[str | None, str | None]:
        """ISO day as printed, and ISO moment in the zone of the case when a time is printed.

        What cannot be read is given back as the day, to be rejected with its column.
        """
        if moment is None:
            return (_ZONE.sub("", day) if day else day), None
        try:
            at = datetime.fromisoformat(moment)
            return self.local(at)
        except (ValueError, OverflowError):
            return moment, None

    def local(self, at: datetime) -> tuple[str, str]:
        """ISO day as printed, and ISO moment in the zone of the case."""
        kept = (at if at.tzinfo else at.replace(tzinfo=self._zone)).astimezone(self._case_zone)
        return at.date().isoformat(), kept.replace(tzinfo=None).isoformat(timespec="microseconds")
