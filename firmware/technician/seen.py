"""One thing seen at a reader, as the technician may see it: numbers are masked here unless they were asked for."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from firmware.badges.number import BadgeUnreadableError
from firmware.badges.raw import RawRead
from firmware.badges.value import Bits
from firmware.badges.wiegand import FORMATS, Credential, decode
from firmware.numbers import Numbers, raw_read, refuse_random
from firmware.technician.hints import LOST, hint
from hal.ports.badge_reader import Form, Misread, Tap
from hal.ports.errors import DeviceError

KEPT = 2
"""Characters at the end of a number that are not masked, so that two cards can be told apart."""
DOT = "•"


def masked(text: str) -> str:
    """Dots, and the last two characters of what has more than twice as many."""
    end = text[-KEPT:] if len(text) > 2 * KEPT else ""
    return DOT * (len(text) - len(end)) + end


@dataclass(frozen=True, slots=True)
class Seen:
    """`kind` is tap, refused (a read of which the rules make no number), misread, lost or back. What does not belong
    to the kind is empty. `ms` is the time from the last byte to this, in milliseconds."""

    time: str
    reader: str
    kind: str
    raw: str = ""
    form: str = ""
    bits: int | None = None
    medium: str = ""
    rules: tuple[str, ...] | None = None
    wiegand: tuple[str, ...] | None = None
    number: str = ""
    ms: float | None = None
    code: str = ""
    detail: str = ""
    hint: str = ""

    def json(self) -> str:
        """One JSON object, without what is empty."""
        return json.dumps({name: value for name, value in asdict(self).items() if value not in ("", None)})

    def line(self) -> str:
        """For a person."""
        parts = [self.time[11:], self.reader]
        if self.raw:
            size = f"{self.bits} bits" if self.bits is not None else f"{len(self.raw)} characters"
            parts += [self.raw, f"{self.form}, {size}, {self.medium}", *(self.wiegand or ())]
        if self.rules is not None:
            parts.append("rules: " + (", ".join(self.rules) or "none"))
        if self.number:
            parts.append(f"number {self.number}")
        if self.code:
            parts.append(f"{self.kind}: {self.code}{': ' + self.detail if self.detail else ''} ({self.hint})")
        elif self.kind == "back":
            parts.append("back")
        if self.ms is not None:
            parts.append(f"{self.ms:.1f} ms")
        return "  ".join(parts)


@dataclass(frozen=True, slots=True)
class Eye:
    """How things are seen: by which rules, and whether in the clear."""

    numbers: Numbers
    show: bool = False

    def tap(self, tap: Tap, now: datetime, ms: float) -> Seen:
        """A card that was read, whatever the rules make of it."""
        raw = raw_read(tap)
        rules = self.numbers.rules(tap.reader)
        number = code = detail = ""
        try:
            refuse_random(tap)
            number = rules.apply(raw)
        except BadgeUnreadableError as exc:
            code, detail = exc.code, exc.detail
        return Seen(
            _stamp(now),
            tap.reader,
            "tap" if number else "refused",
            raw=self._veiled(raw.text),
            form=tap.form.value,
            bits=raw.frame.count if tap.form is Form.BITS else None,
            medium=tap.medium.value,
            rules=rules.steps,
            wiegand=tuple(self._said(each) for each in _frames(raw)),
            number=self._veiled(number),
            ms=round(ms, 1),
            code=code,
            detail=detail,
            hint=hint(code) if code else "",
        )

    def misread(self, misread: Misread, now: datetime, ms: float) -> Seen:
        """A read of which nothing came."""
        code = misread.fault.value
        return Seen(_stamp(now), misread.reader, "misread", ms=round(ms, 1), code=code, hint=hint(code))

    def _veiled(self, text: str) -> str:
        return text if self.show else masked(text)

    def _said(self, credential: Credential) -> str:
        facility = "" if credential.facility is None else f" facility {self._veiled(str(credential.facility))}"
        return f"{credential.name}{facility} card {self._veiled(str(credential.card))}"


def lost(reader: str, failure: DeviceError, now: datetime) -> Seen:
    """A reader that cannot be reached."""
    return Seen(_stamp(now), reader, "lost", code=failure.code, detail=failure.detail, hint=LOST)


def back(reader: str, now: datetime) -> Seen:
    """It can be, again."""
    return Seen(_stamp(now), reader, "back")


def _stamp(now: datetime) -> str:
    return f"{now:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def _frames(raw: RawRead) -> list[Credential]:
    """What the card's bits are in each Wiegand format whose length and parities they have."""
    return [] if raw.is_text else [said for name in FORMATS if (said := _decoded(name, raw.frame))]


def _decoded(name: str, frame: Bits) -> Credential | None:
    try:
        return decode(name, frame)
    except BadgeUnreadableError:
        return None
