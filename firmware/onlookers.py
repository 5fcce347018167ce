"""Who stands before a station that joins its organisation, or comes back to it: a screen, the journal, nobody."""

from collections.abc import Callable
from typing import Protocol

from firmware.pairing.port import CodeNotice

Say = Callable[[str], object]


class Onlooker(Protocol):
    """Whoever stands before a station that joins. Each returns at once."""

    def code(self, notice: CodeNotice | None) -> None:
        """As `CodeDisplay`; None also as joining begins."""
        ...

    def failed(self, code: str) -> None:
        """An attempt has failed with this code, and another one follows."""
        ...

    def late(self) -> None:
        """A renewal that has to come first has failed, and another attempt follows."""
        ...


class NobodyLooks:
    """Implements Onlooker where there is no screen."""

    def code(self, notice: CodeNotice | None) -> None:
        """Nothing."""

    def failed(self, code: str) -> None:
        """Nothing."""

    def late(self) -> None:
        """Nothing."""


NOBODY = NobodyLooks()


class JournalDisplay:
    """Implements CodeDisplay with lines."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._shown = False

    def __call__(self, notice: CodeNotice | None) -> None:
        if notice is not None:
            minutes = max(1, round(notice.seconds / 60))
            self._say(f"pairing code {notice.code} for {notice.kind} {notice.name}: to be typed within {minutes} min")
            self._say(f"the mesh at {notice.url} has a CA with SHA-256 fingerprint {notice.fingerprint}")
        elif self._shown:
            self._say("pairing code withdrawn")
        self._shown = notice is not None
