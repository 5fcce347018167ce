"""How plausible a rule is, and whether another card would tell two of them apart."""

from collections.abc import Sequence

COSTS = {
    "trim": 1,
    "pad": 1,
    "upper": 1,
    "lower": 1,
    "hex2dec": 2,
    "dec2hex": 2,
    "ascii-enc": 2,
    "wiegand": 2,
    "reverse-bytes": 3,
    "savapage": 6,
    "regex": 3,
    "first": 4,
    "last": 4,
    "remove-first": 4,
    "remove-last": 4,
    "reverse-bits": 6,
    "invert": 6,
    "bits": 6,
}
"""By the first word of a step; what readers do by their makers' default is cheap."""
OTHER = 8
BYTES = (8, 16, 24, 32, 40, 48, 56, 64)


def cost_of(steps: Sequence[str]) -> int:
    """The more and the odder its steps, the less plausible a rule; bits that are no whole bytes are odder still."""
    return sum(COSTS.get(step.split(" ", 1)[0], OTHER) + _oddness(step) for step in steps)


def _oddness(step: str) -> int:
    word, _, span = step.partition(" ")
    if word != "bits":
        return 0
    first, _, last = span.partition("-")
    return 0 if int(last) - int(first) + 1 in BYTES else 1


def same_way(numbers: Sequence[str | None], others: Sequence[str | None]) -> bool:
    """Whether two rules never give one card two numbers. A card that one of them refuses tells nothing: it is nobody's
    card under that rule. Two rules that share no card are apart, unless they refuse all."""
    both = [(one, other) for one, other in zip(numbers, others, strict=True) if one and other]
    if not both:
        return not any(numbers) and not any(others)
    return all(one == other for one, other in both)
