"""Regular expressions of rules: RE2, whose time grows with the text alone, so that no pattern can hold up a tap."""

import re2

from firmware.badges.number import BadgeUnreadableError

LONGEST_PATTERN = 256
MEMORY_BYTES = 1 << 20
"""What RE2 may take for one compiled pattern."""

_FOREIGN = ("invalid perl operator", "invalid escape sequence", "bad repetition operator")
"""How RE2 begins to complain of what Java has, and it has not."""
_HINT = "look-around, back-references, possessive and atomic groups are Java's; RE2 has none of them"


class Pattern:
    """A pattern of RE2 over ASCII. Raises `ValueError`, which says what is wrong with it."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST_PATTERN:
            raise ValueError(f"a pattern has at most {LONGEST_PATTERN} characters")
        options = re2.Options()
        options.max_mem = MEMORY_BYTES
        options.log_errors = False
        try:
            self._compiled = re2.compile(text, options)
        except re2.error as exc:
            raise ValueError(_complaint(exc.args[0])) from exc

    def __call__(self, text: str) -> str:
        """The first group of the first match, or the whole match of a pattern without groups. Raises
        `BadgeUnreadableError`."""
        match = self._compiled.search(text)
        found: str | None = match and match.group(1 if self._compiled.groups else 0)
        if not found:
            raise BadgeUnreadableError("the pattern finds nothing", code="badge-format")
        return found


def _complaint(reason: bytes) -> str:
    told = reason.decode("utf-8", "replace")
    return f"{told}: {_HINT}" if told.startswith(_FOREIGN) else told
