"""Rules: the chain of steps from what a reader sends to the number of the card."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

from firmware.badges.conversions import Step
from firmware.badges.number import BadgeUnreadableError, card_number, unframed
from firmware.badges.raw import RawRead
from firmware.badges.steps import step_of
from firmware.badges.value import LONGEST_TEXT, Value, bounded, text_of
from firmware.errors import LockgateError

MOST_STEPS = 32
LONGEST_STEP = 300


class RuleError(LockgateError):
    """A rule that cannot be used; `detail` says which step and what is wrong with it."""

    code = "badge-rule-invalid"


@dataclass(frozen=True, slots=True)
class Rules:
    """Steps as text, in the order in which they are done. Without any, the number is what the reader sends."""

    steps: tuple[str, ...] = ()
    _chains: tuple[tuple[Step, ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.steps) > MOST_STEPS:
            raise RuleError(f"more than {MOST_STEPS} steps")
        chains = tuple(_chain(number, step) for number, step in enumerate(self.steps, 1))
        object.__setattr__(self, "_chains", chains)

    @classmethod
    def parse(cls, steps: Sequence[str]) -> Self:
        """The rules that these steps are; one may be several with `|` between them, as PaperCut writes converters.
        Raises `RuleError`."""
        return cls(tuple(steps))

    def apply(self, raw: RawRead) -> str:
        """The canonical number (see `card_number`). Raises `BadgeUnreadableError`, whose detail names the step."""
        *_, value = self._values(raw)
        return card_number(text_of(value).encode("ascii"))

    def trace(self, raw: RawRead) -> tuple[tuple[str, str], ...]:
        """For the technician: `("raw", …)`, then each step and the text after it. Raises as `apply`, but not for a text
        that is no number at the end."""
        _, *values = self._values(raw)
        after = zip(self.steps, map(text_of, values), strict=True)
        return (("raw", raw.text), *after)

    def _values(self, raw: RawRead) -> Iterator[Value]:
        """What the first step gets, and the value after each of them."""
        value = _start(raw)
        yield value
        for number, chain in enumerate(self._chains, 1):
            try:
                for step in chain:
                    value = bounded(step(value))
            except BadgeUnreadableError as exc:
                where = f"step {number}, {self.steps[number - 1].split(' ')[0]}"
                raise BadgeUnreadableError(f"{where}: {exc.detail}", code=exc.code) from exc
            yield value


def _start(raw: RawRead) -> Value:
    """What the first step gets: the text without its framing, or the bits."""
    if not raw.is_text:
        return bounded(raw.frame)
    data = unframed(raw.data)
    if len(data) > LONGEST_TEXT:
        raise BadgeUnreadableError("too long", code="badge-length")
    if not data.isascii():
        raise BadgeUnreadableError("not ASCII")
    return data.decode("ascii")


def _chain(number: int, text: str) -> tuple[Step, ...]:
    try:
        parts = [text] if text.startswith("regex ") else [part.strip(" ") for part in text.split("|")]
        return tuple(step_of(part) for part in _writable(text, parts))
    except ValueError as exc:
        raise RuleError(f"step {number} ({text[:LONGEST_STEP]!a}): {exc}") from exc


def _writable(text: str, parts: list[str]) -> list[str]:
    if len(text) > LONGEST_STEP:
        raise ValueError(f"more than {LONGEST_STEP} characters")
    if not (text.isascii() and text.isprintable()):
        raise ValueError("other characters than printable ASCII")
    if len(parts) > MOST_STEPS:
        raise ValueError(f"more than {MOST_STEPS} steps")
    return parts
