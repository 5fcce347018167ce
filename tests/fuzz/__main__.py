"""Tries every target with new inputs for a while: `python -m tests.fuzz --seconds N [--target WORDS] [--seed N]`."""

import argparse
import random
import sys
import time
import tracemalloc

from tests.fuzz.mutate import mutated
from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS


def main(arguments: list[str] | None = None) -> int:
    """1 when something was found; the input is then on the terminal, to become a test."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="in all, shared out among the targets")
    parser.add_argument("--target", default="", help="only those with these words in their name")
    parser.add_argument("--seed", type=int, help="the same inputs again")
    asked = parser.parse_args(arguments)
    chosen = [target for target in TARGETS if asked.target in target.name]
    seed = asked.seed if asked.seed is not None else random.SystemRandom().getrandbits(32)
    print(f"{len(chosen)} targets, --seed {seed}")
    tracemalloc.start()
    failed = [_attempt(target, random.Random(seed), asked.seconds / max(1, len(chosen))) for target in chosen]  # noqa: S311
    tracemalloc.stop()
    return 1 if any(failed) or not chosen else 0


def _attempt(target: Target, chance: random.Random, seconds: float) -> bool:
    """Whether it fails."""
    until, tries, corpus = time.monotonic() + seconds, 0, [*target.seeds, b""]
    while time.monotonic() < until:
        data = mutated(chance.choice(corpus), chance)
        tries += 1
        try:
            target(data)
        except BaseException as exc:  # noqa: BLE001 - whatever it is, it is what we look for
            print(f"{target.name}: {type(exc).__name__}: {exc}\n  {data[:2000]!r}")
            return True
        if chance.random() < 0.02 and len(corpus) < 200:
            corpus.append(data)
    print(f"{target.name}: {tries} tries")
    return False


if __name__ == "__main__":
    sys.exit(main())
