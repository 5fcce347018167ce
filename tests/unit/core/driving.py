"""Drives a core by hand in tests: short words for events, and what came of them."""

from firmware.core.effects import Deliver, Effect, Tell
from firmware.core.events import (
    BadgeRead,
    DeadlinePassed,
    DeliveryAdvanced,
    DeliveryEnded,
    Event,
    JobRef,
    JobsListed,
    Outcome,
    SessionOpened,
    Stage,
    Started,
)
from firmware.core.machine import Core
from firmware.core.outbox import Step
from firmware.core.policy import Policy
from firmware.core.signs import Notice

ALICE = "04a1b2c3"
BOB = "04ffee11"


def job_refs(*names: str) -> tuple[JobRef, ...]:
    return tuple(JobRef(name, "application/pdf", 1000) for name in names)


class Driven:
    """A core and all it has said since the last look."""

    def __init__(self, policy: Policy | None = None, *, started: bool = True) -> None:
        self.core = Core(policy)
        self.effects: list[Effect] = []
        self.journal: list[str] = []
        if started:
            self.give(Started())

    def give(self, *events: Event) -> Step:
        """Hand events over; the answer to the last of them."""
        for event in events:
            step = self.core.handle(event)
            self.effects += step.effects
            self.journal += step.journal
        return step

    def look(self) -> tuple[list[Effect], list[str]]:
        """What was said since the last look."""
        said = (self.effects, self.journal)
        self.effects, self.journal = [], []
        return said

    def tap(self, credential: str = ALICE) -> Step:
        return self.give(BadgeRead("reader-1", credential))

    def opened(self, ref: int = 1, *, auto: bool = False, idle: int = 30) -> Step:
        return self.give(SessionOpened(ref, f"session-{ref}", auto, idle))

    def listed(self, ref: int, *names: str) -> Step:
        return self.give(JobsListed(ref, job_refs(*names)))

    def visit(self, *names: str, ref: int = 1, credential: str = ALICE, auto: bool = False) -> Step:
        """Tap, be accepted, and get the list."""
        self.tap(credential)
        self.opened(ref, auto=auto)
        return self.listed(ref, *names)

    def advance(self, ref: int, *stages: Stage) -> Step:
        return self.give(*(DeliveryAdvanced(ref, stage) for stage in stages))

    def ended(self, ref: int, outcome: Outcome = Outcome.PRINTED, code: str = "") -> Step:
        return self.give(DeliveryEnded(ref, outcome, code))

    def passes(self, name: str, ref: int) -> Step:
        return self.give(DeadlinePassed(name, ref))

    @property
    def told(self) -> list[Notice]:
        return [effect.notice for effect in self.effects if isinstance(effect, Tell)]

    @property
    def delivered(self) -> list[Deliver]:
        return [effect for effect in self.effects if isinstance(effect, Deliver)]
