"""Run one coroutine to its end, in real time."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """The result of `main`, on a fresh loop that is closed afterwards."""
    return asyncio.run(main)
