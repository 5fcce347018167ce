"""The card number of a tap, by the rules of its reader or of the site."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from firmware.badges.number import BadgeUnreadableError
from firmware.badges.random_uid import CODE, is_random, who_hides
from firmware.badges.raw import RawRead
from firmware.badges.rules import Rules
from hal.ports.badge_reader import Form, Medium, Tap


def raw_read(tap: Tap) -> RawRead:
    """The tap as `firmware.badges` takes it."""
    return RawRead(tap.credential, tap.form is Form.TEXT, tap.bits)


def refuse_random(tap: Tap) -> None:
    """To be asked before any rule makes another number of it. Raises `BadgeUnreadableError` `badge-random` for a card
    that makes its UID up at each tap. Where the reader does not know the kind of card, it must be one that is spoken to
    by APDUs: four bytes of any other are a number like all."""
    card = tap.card
    is_uid = tap.medium is Medium.ISO14443A or (tap.medium is Medium.UNKNOWN and card is not None and card.iso_dep)
    if tap.form is Form.BITS and is_uid and is_random(tap.credential):
        raise BadgeUnreadableError(who_hides(b"" if card is None else card.ats), code=CODE)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The rules of some readers, by their names, and the site's for all others."""

    site: Rules = field(default_factory=Rules)
    readers: Mapping[str, Rules] = field(default_factory=dict)

    @classmethod
    def configured(cls, site: Sequence[str], readers: Mapping[str, Sequence[str]]) -> Self:
        """By the steps that the configuration has for the site and for single readers. Raises `RuleError`."""
        return cls(Rules.parse(site), {name: Rules.parse(steps) for name, steps in readers.items()})

    def rules(self, reader: str) -> Rules:
        """What stands for the reader of that name. One that has no steps of its own, yet is listed, keeps to none."""
        return self.readers.get(reader, self.site)

    def number(self, tap: Tap) -> str:
        """The canonical number. Raises `BadgeUnreadableError`."""
        return self.rules(tap.reader).apply(raw_read(tap))

    def trace(self, tap: Tap) -> tuple[tuple[str, str], ...]:
        """How it comes about, for the technician (see `Rules.trace`). Raises `BadgeUnreadableError`."""
        return self.rules(tap.reader).trace(raw_read(tap))
