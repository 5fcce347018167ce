"""The format solver: which rule makes, of what the reader gives, the number that is printed on the card."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from firmware.badges.frames import Frames, frames, refuses, width
from firmware.badges.heads import CORES, openings, parts
from firmware.badges.number import BadgeUnreadableError, unframed
from firmware.badges.plausible import cost_of, same_way
from firmware.badges.printed import Printed, understood
from firmware.badges.probes import probes
from firmware.badges.raw import RawRead
from firmware.badges.rules import RuleError, Rules
from firmware.badges.tails import Steps, tails
from firmware.badges.wiegand import FORMATS
from firmware.badges.windows import windows

MOST_CARDS = 8
"""Cards that one search looks at; what more of them say, the rule can be tried on."""
LONGEST = 256
"""Bytes of a read; a magnetic stripe's three tracks have fewer."""
MOST_PROPOSALS = 3000
"""Rules that are tried on the cards: thirty times what ordinary cards bring about."""
MOST_RULES = 64
"""Rules that explain all cards and are compared with each other, the most plausible ones."""
READING = 20
"""What it costs to take the printed text less literally: more than any chain of steps that explains it as it stands."""
SHOWN = 9
"""Candidates at the most."""


@dataclass(frozen=True, slots=True)
class Known:
    """A card that was tapped, and what is printed on it or stands in the directory."""

    raw: RawRead
    printed: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule that explains every card, and the number it makes of each; a lower cost is more plausible. It `refuses`
    if other cards of such a site have numbers too small for it: `pad` is what serves them."""

    steps: Steps
    numbers: tuple[str, ...] = field(repr=False)
    cost: int
    refuses: bool = False
    filled: bool = False

    @property
    def given(self) -> tuple[str, ...]:
        """The numbers as the cards show them: where zeros were `filled` in, how many is the rule's affair."""
        return tuple(number.lstrip("0") for number in self.numbers) if self.filled else self.numbers


@dataclass(frozen=True, slots=True)
class Solution:
    """The rules that explain all cards and differ on others, most plausible first. None: no rule was found, or the
    texts hold no number. Candidates may also differ in how they understand what is printed, such as with its zeros
    and without: that is for a person to choose, and no other card says it."""

    candidates: tuple[Candidate, ...]

    @property
    def ambiguous(self) -> bool:
        """Whether the first one has rivals, or refuses other cards of the site: one more card, best with a small
        number, will tell."""
        return bool(self.candidates) and (self.candidates[0].refuses or bool(self.rivals(self.candidates[0])))

    def rivals(self, candidate: Candidate) -> tuple[Candidate, ...]:
        """Those that give these cards the same numbers, and another card may give another one."""
        return tuple(one for one in self.candidates if one.given == candidate.given and one != candidate)


def solve(known: Sequence[Known]) -> Solution:
    """Every plausible rule for at least one card. The search is bounded: it takes no more than a fraction of a
    second, and the same cards always have the same answer."""
    known = tuple(known)[:MOST_CARDS]
    raws = [_bare(card.raw) for card in known]
    if any(len(raw.data) > LONGEST for raw in raws):
        return Solution(())
    ways = understood([card.printed for card in known])
    found = _explained(_usual(raws, ways), raws) or _explained(_unusual(raws, ways), raws)
    ranked = sorted(found, key=lambda one: (one.cost, len(one.steps), one.steps))
    others = frames(raws)
    ranked = [replace(one, refuses=refuses(one.steps, one.numbers, others)) for one in ranked]
    return Solution(_told_apart([one for one in ranked if _counts(one, ranked[0])][:MOST_RULES], raws, others)[:SHOWN])


def _bare(raw: RawRead) -> RawRead:
    """Without its framing, which no rule sees."""
    return RawRead(unframed(raw.data)) if raw.is_text else raw


_Proposal = tuple[Steps, Printed]


def _usual(raws: Sequence[RawRead], ways: Sequence[Printed]) -> Iterator[_Proposal]:
    """Conversions of the whole, of what a stripe or frame holds, or of a part of a hexadecimal text."""
    for head in _heads(raws):
        texts = _texts(head, raws)
        for way in ways if texts else ():
            if not way.filled or way.filled == width(head, way.numbers):
                yield from ((head + tail, way) for tail in _tails(head, texts, way.numbers) if _fits(head, tail))


def _tails(head: Steps, texts: Sequence[str], numbers: Sequence[str]) -> Iterator[Steps]:
    """Zeros that these cards need not are what others may need."""
    yield from tails(texts, numbers)
    if digits := width(head, numbers):
        yield (f"pad {digits}",)


def _unusual(raws: Sequence[RawRead], ways: Sequence[Printed]) -> Iterator[_Proposal]:
    """Bits from anywhere, which explain by chance what they can: only where nothing else explains the cards."""
    for way in ways:
        yield from ((steps, way) for steps in windows(raws, way.numbers) if not way.filled)


def _counts(one: Candidate, best: Candidate) -> bool:
    """Who takes the printed text less literally than the best must not need odder steps for it, but for zeros with
    which it serves the cards that the best refuses."""
    serves = best.refuses and not one.refuses and one.steps[:-1] == best.steps
    return serves or one.numbers == best.numbers or cost_of(one.steps) <= cost_of(best.steps)


def _fits(head: Steps, tail: Steps) -> bool:
    """A frame's field is the number itself: who cuts it, cuts something else."""
    return not head or not head[-1].startswith("wiegand") or all(step.startswith("pad") for step in tail)


def _heads(raws: Sequence[RawRead]) -> Iterator[Steps]:
    first = raws[0]
    for name, layout in FORMATS.items():
        for what in ("card", "facility-card"):
            yield (f"wiegand {name} {what}",)
            yield ("dec2hex", f"pad {(layout.bits + 3) // 4}", f"wiegand {name} {what}")
    for opening in openings(first):
        yield from (opening + core for core in CORES)
        yield from (opening + part for part in parts(_texts(opening, raws)))


def _texts(head: Steps, raws: Sequence[RawRead]) -> tuple[str, ...]:
    """What `head` makes of each card; nothing where it cannot, or where one of its steps is idle on all cards;
    but filling up is idle on most."""
    try:
        rules = Rules.parse(head)
        traces = [rules.trace(raw) for raw in raws]
    except (RuleError, BadgeUnreadableError):  # such as the facility code of a format that has none
        return ()
    if any(len(trace) <= len(head) for trace in traces):
        return ()
    for index, step in enumerate(head):
        if not step.startswith("pad ") and all(trace[index][1] == trace[index + 1][1] for trace in traces):
            return ()
    return tuple(trace[-1][1] for trace in traces)


def _explained(proposals: Iterable[_Proposal], raws: Sequence[RawRead]) -> list[Candidate]:
    """Those of the proposals that the rules themselves confirm for every card, each once."""
    found: dict[Steps, Candidate] = {}
    for steps, way in islice(proposals, MOST_PROPOSALS):
        if steps not in found and _numbers(steps, raws) == list(way.numbers):
            found[steps] = Candidate(steps, way.numbers, cost_of(steps) + READING * way.cost, filled=bool(way.filled))
    return list(found.values())


def _numbers(steps: Steps, raws: Iterable[RawRead]) -> list[str | None]:
    """None for each card that the rule refuses."""
    try:
        rules = Rules.parse(steps)
    except RuleError:
        return []
    return [_number(rules, raw) for raw in raws]


def _number(rules: Rules, raw: RawRead) -> str | None:
    try:
        return rules.apply(raw)
    except BadgeUnreadableError:
        return None


def _told_apart(ranked: Sequence[Candidate], raws: Sequence[RawRead], valid: Frames) -> tuple[Candidate, ...]:
    """The most plausible one of each set of candidates that no other card would tell apart."""
    others = [*probes(raws), *(raw for each in valid.values() for raw in each)]
    kept: list[tuple[Candidate, list[str | None]]] = []
    for candidate in ranked:
        numbers = _numbers(candidate.steps, others)
        if not any(same_way(numbers, told) for _, told in kept):
            kept.append((candidate, numbers))
    return tuple(candidate for candidate, _ in kept)
