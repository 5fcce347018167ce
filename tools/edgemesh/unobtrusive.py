"""Long work of a worker thread beside an event loop: Python's threads take turns, so the turns have to be short."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

TURN_SECONDS = 0.0002
"""Python's own 5 ms are waited for anew at each statement of SQLite or piece of TLS: a tap has dozens."""
_changing = Lock()
_usual: list[tuple[float, bool]] = []
_inside = 0


@contextmanager
def unobtrusive() -> Iterator[None]:
    """Short turns, and no garbage collection, which stops every thread for as long as there are many objects."""
    global _inside  # noqa: PLW0603 - the interpreter has one of each, too
    with _changing:
        _inside += 1
        if _inside == 1:
            _usual.append((sys.getswitchinterval(), gc.isenabled()))
            sys.setswitchinterval(TURN_SECONDS)
            gc.disable()
    try:
        yield
    finally:
        with _changing:
            _inside -= 1
            if not _inside:
                interval, collects = _usual.pop()
                sys.setswitchinterval(interval)
                if collects:
                    gc.enable()
