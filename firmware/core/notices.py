"""What the person is told: notices that pass (`done`) and the one that stands (`ready`) beneath them."""

from firmware.core.effects import DropDeadline, Notice, SetDeadline, Tell
from firmware.core.events import Outcome
from firmware.core.outbox import Outbox

NOT_CONNECTED = frozenset({"mesh-unreachable", "mesh-untrusted", "mesh-protocol"})
PIN_WANTED = frozenset({"pin-required", "pin-wrong"})
PRINTER_BLOCKED = "printer-needs-you"


def of_refusal(code: str) -> Notice:
    """How the mesh's refusal, or its silence, is shown."""
    if code == "badge-unknown":
        return Notice.UNKNOWN_BADGE
    return Notice.NOT_CONNECTED if code in NOT_CONNECTED else Notice.REFUSED


def of_outcome(outcome: Outcome, code: str) -> Notice:
    """How the end of a delivery is shown. Unknown: somebody must go and look at the printer."""
    if outcome is Outcome.PRINTED:
        return Notice.DONE
    if outcome is Outcome.UNKNOWN or code.startswith("printer-"):
        return Notice.PRINTER_NEEDS_YOU
    return of_refusal(code)


class Lamp:
    """One signal at a time: a passing notice holds for a while, unless what stands beneath it changes."""

    def __init__(self, out: Outbox, seconds: float) -> None:
        self._out = out
        self._seconds = seconds
        self._standing: Notice | None = None
        self._passing: Notice | None = None
        self._fresh = False
        self.ref = 0

    def flash(self, notice: Notice) -> None:
        """Show `notice` for a while."""
        if self._fresh and self._passing is notice:
            return  # the same event said so already
        self.ref += 1
        self._passing, self._fresh = notice, True
        self._out.emit(Tell(notice))
        self._out.emit(SetDeadline("notice", self.ref, self._seconds))

    def stand(self, notice: Notice | None) -> None:
        """Say, after each event, what the station stands at; None leaves the lamp as it is."""
        fresh, self._fresh = self._fresh, False
        if notice is self._standing:
            return
        self._standing = notice
        if fresh or notice is None:
            return
        if self._passing is not None:
            self._passing = None
            self._out.emit(DropDeadline("notice"))
        self._out.emit(Tell(notice))

    def is_passing(self, ref: int) -> bool:
        """Whether the passing notice `ref` is still shown."""
        return self._passing is not None and ref == self.ref

    def end(self) -> None:
        """The passing notice has been shown long enough."""
        self._passing = None
        if self._standing is not None:
            self._out.emit(Tell(self._standing))
