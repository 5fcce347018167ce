"""The hour at which nobody minds: a window of the day, by the wall."""

import re
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from firmware.errors import LockgateError

_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


class WindowError(LockgateError):
    """Not a window of the day."""

    code = "update-window-malformed"


@dataclass(frozen=True, slots=True)
class Window:
    """From `begins` up to `ends`, over midnight where that is earlier; all day where both are the same."""

    begins: time
    ends: time

    def has(self, moment: datetime, zone: str) -> bool:
        """Whether that moment (UTC) is within, in a zone (IANA) or in UTC where that is empty."""
        wall = moment.astimezone(ZoneInfo(zone or "UTC")).time()
        if self.begins < self.ends:
            return self.begins <= wall < self.ends
        return wall >= self.begins or wall < self.ends


def parse_window(text: str) -> Window:
    """Such as `02:00-05:00`. Raises `WindowError`."""
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise WindowError("a window such as 02:00-05:00 is wanted")
    hours = [int(one) for one in found.groups()]
    return Window(time(hours[0], hours[1]), time(hours[2], hours[3]))


def is_window(text: str) -> bool:
    """Whether `parse_window` takes it."""
    return _WINDOW.fullmatch(text) is not None
