"""Every decision about an update: an event in; what is kept, and what to do, out. Never waits, asks nobody.

Whatever is to outlive a power cut is in an effect `Keep` before the effect that it is about.
"""

from dataclasses import fields, replace

from firmware.updates.states import Offer, Phase, Record, Version
from firmware.updates.steps import (
    Began,
    Effect,
    Event,
    Examine,
    Examined,
    Failed,
    Install,
    Installed,
    Keep,
    Looked,
    Mark,
    Marked,
    Note,
    Polled,
    Restart,
    Tell,
    Wished,
)

MOST_INSTALLATIONS = 3
"""Of one bundle, where it is not the bundle that is refused: a network that breaks, a power cut."""
MOST_TRIES = 2
"""Of one new version: the power may be cut while it comes up."""
FINAL = frozenset({"bundle-refused", "bundle-differs", "update-older", "update-foreign"})
"""Trying again does not mend these."""


class Machine:
    """`record` is what was kept. The same events give the same effects."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.offer: Offer | None = None
        self._began: Began | None = None
        self._wished = False
        self._leaving = False
        self._out: list[Effect] = []

    def handle(self, event: Event) -> tuple[Effect, ...]:
        """The effects, to be performed in order."""
        match event:
            case Began():
                self._begin(event)
            case Polled(offer):
                self._poll(offer)
            case Looked():
                self._look(event)
            case Wished():
                self._wish()
            case Installed() if self.record.phase is Phase.INSTALLING:
                self._keep(phase=Phase.READY, tries=0)
                self._note(f"version {self.record.target} is installed, and tried as soon as nobody is disturbed")
            case Failed(code):
                self._fail(code)
            case Marked() if self.record.phase is Phase.TRYING:
                self._stay()
            case Examined(faults) if self.record.phase is Phase.TRYING:
                self._judge(tuple(fault for fault in faults if fault not in self.record.known))
            case _:
                pass
        out, self._out = tuple(self._out), []
        return out

    # A start

    def _begin(self, began: Began) -> None:
        self._began, record = began, self.record
        is_new = began.slot != record.slot
        match record.phase:
            case Phase.INSTALLING:
                self._try_again("update-interrupted")
            case Phase.TRYING if is_new:
                self._emit(Examine())
            case Phase.TRYING if record.tries < MOST_TRIES:
                self._keep(phase=Phase.READY)
            case Phase.TRYING:
                self._end("update-not-started")
            case Phase.BACK if is_new and not began.is_trial:  # it was marked good, and we were not told
                self._stay()
            case Phase.BACK if is_new:
                self._go_back()
            case Phase.BACK:
                self._end(record.code)
            case Phase.NONE | Phase.ENDED if began.is_trial:  # tried by hand, or what was kept is lost
                found = Record(Phase.TRYING, target=began.version.text, slot=began.primary)
                self._keep(**{one.name: getattr(found, one.name) for one in fields(found)})
                self._emit(Examine())
            case _:
                pass

    # What the mesh has

    def _poll(self, offer: Offer | None) -> None:
        if self.record.phase is Phase.ENDED and not self.record.told:
            self._keep(told=True)
        offered = offer.version.text if offer else ""
        if offered != self.record.offered:
            self._keep(offered=offered)
        self.offer = offer
        if offer is not None and self._is_fresh(offer) and (code := self._refusal(offer)):
            self._keep(digest=offer.digest, target=offer.version.text, before=self._version.text)
            self._end(code)

    def _is_fresh(self, offer: Offer) -> bool:
        """Whether this bundle was not judged yet, and nothing else is under way."""
        record = self.record
        is_free = record.phase in (Phase.NONE, Phase.ENDED) or (
            record.phase is Phase.READY and record.digest != offer.digest  # the one before was withdrawn
        )
        judged = record.phase is Phase.ENDED and record.digest == offer.digest
        return is_free and not judged and self._version != offer.version

    def _refusal(self, offer: Offer) -> str:
        if offer.version < self._version:
            return "update-older"
        return "update-foreign" if self._began and offer.compatible != self._began.compatible else ""

    @property
    def _version(self) -> Version:
        if self._began is None:
            raise RuntimeError("the machine has not begun")
        return self._began.version

    # A moment later

    def _wish(self) -> None:
        self._wished = True
        record = self.record
        if record.phase is Phase.ENDED and record.code not in ("", *FINAL):
            self._keep(phase=Phase.NONE, tries=0, digest="", code="")
        self._emit(Tell())

    def _look(self, looked: Looked) -> None:
        if self._leaving:
            return
        if self.record.phase is Phase.BACK:
            self._go_back()
        elif looked.is_calm and (looked.is_quiet or self._wished) and self.offer is not None:
            self._advance(self.offer, looked.faults)

    def _advance(self, offer: Offer, faults: tuple[str, ...]) -> None:
        if self._is_fresh(offer):
            tries = self.record.tries + 1 if self.record.digest == offer.digest else 1
            self._keep(
                phase=Phase.INSTALLING,
                digest=offer.digest,
                target=offer.version.text,
                before=self._version.text,
                slot=self._began.slot if self._began else "",
                tries=tries,
                known=(),
                code="",
            )
            self._note(f"version {offer.version.text} is being installed")
            self._emit(Install(offer))
        elif self.record.phase is Phase.READY and self.record.digest == offer.digest:  # else it was withdrawn
            self._keep(phase=Phase.TRYING, tries=self.record.tries + 1, known=faults)
            self._leave(trial=True)

    # How it goes

    def _fail(self, code: str) -> None:
        self._leaving = False
        match self.record.phase:
            case Phase.INSTALLING if code in FINAL:
                self._end(code)
            case Phase.INSTALLING:
                self._try_again(code)
            case Phase.TRYING if self._began and self._began.slot == self.record.slot:  # no restart
                self._keep(phase=Phase.READY, tries=self.record.tries - 1)
            case Phase.TRYING:  # it could not be marked good
                self._keep(phase=Phase.BACK, code=code)
            case _:
                pass
        self._note(f"update: {code}")

    def _try_again(self, code: str) -> None:
        self.offer = None  # not again before the mesh was asked again
        if self.record.tries < MOST_INSTALLATIONS:
            self._keep(phase=Phase.NONE, code=code)
        else:
            self._end(code)

    def _judge(self, faults: tuple[str, ...]) -> None:
        if not faults:
            self._emit(Mark(good=True))
            return
        self._keep(phase=Phase.BACK, code=faults[0])
        self._note(f"version {self.record.target} is not healthy: {', '.join(faults)}")
        self._go_back()

    def _stay(self) -> None:
        self._wished = False
        self._keep(phase=Phase.ENDED, code="", told=False, tries=0)
        self._note(f"version {self.record.target} is healthy, and stays")
        self._emit(Tell())

    def _go_back(self) -> None:
        self._emit(Mark(good=False))
        self._leave(trial=False)

    def _leave(self, *, trial: bool) -> None:
        self._leaving = True
        self._emit(Restart(trial))

    def _end(self, code: str) -> None:
        self._wished = False
        self._keep(phase=Phase.ENDED, code=code, told=False, tries=0)
        self._note(f"version {self.record.target} is not taken: {code}")
        self._emit(Tell())

    def _keep(self, **changes: object) -> None:
        self.record = replace(self.record, **changes)  # type: ignore[arg-type] # its own fields, each of its type
        self._emit(Keep(self.record))

    def _emit(self, effect: Effect) -> None:
        self._out.append(effect)

    def _note(self, line: str) -> None:
        self._emit(Note(line))
