"""Why the desk does not do what was asked of it."""

from firmware.errors import LockgateError


class DeskError(LockgateError):
    """Nothing was changed. Codes: `visit-over` (whoever asked stands here no more), `not-now` (this cannot be done
    where the visit stands), `nothing-chosen`, `job-not-listed`, `question-over` (another question is on the screen, or
    none)."""

    code = "visit-over"
