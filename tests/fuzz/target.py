"""One parser to be tried, and the judge of one try: which errors it may raise, how long it may take, how much it may
keep in memory."""

import time
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

CPU_SECONDS = 10.0
"""For one input, of this process: what others do on the machine does not count. It is to find what grows faster than
its input, and that takes minutes; a slow machine that traces every line takes a second for some honest work."""
MEMORY_BYTES = 24 * 2**20
"""At the peak of one input. The inputs are at most 100 kB here; one that swells to hundreds of times that is found."""


@dataclass(frozen=True, slots=True)
class Target:
    """`call` gets raw bytes; `seeds` are inputs it takes, or all but; `raises` are the only errors it may answer with.
    `covers` names the functions (`module.name`) that are tried so."""

    name: str
    call: Callable[[bytes], object] = field(repr=False)
    covers: tuple[str, ...]
    raises: tuple[type[BaseException], ...] = ()
    seeds: tuple[bytes, ...] = field(repr=False, default=())

    def __call__(self, data: bytes) -> None:
        """One try. Raises `AssertionError` for one that took too long or too much, and whatever may not be raised."""
        began = time.process_time()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        try:
            self.call(data)
        except self.raises as exc:
            str(exc)  # an error that cannot be told is none
        spent, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1] - before
        assert spent < CPU_SECONDS, f"{self.name}: {spent:.1f} s for {len(data)} bytes"
        assert peak < MEMORY_BYTES, f"{self.name}: {peak} bytes kept for {len(data)} bytes"


def text(data: bytes) -> str:
    """Bytes as some text: half characters too, which JSON and command lines can bring."""
    return data.decode("utf-8", "surrogateescape")


def named(module: str, *names: str) -> tuple[str, ...]:
    """Names of one module, for `covers`."""
    return tuple(f"{module}.{name}" for name in names)


def exhaust(items: Iterable[object]) -> None:
    """Pull everything."""
    for _ in items:
        pass
