"""What every way of asking the network around a box does: DNS-SD over multicast, and its twin."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import pytest

from hal.drivers.dns_sd import DnsSd, announced
from hal.drivers.system_clock import SystemClock
from hal.ports.nearby import Nearby, Service
from hal.sim.nearby import SimNearby

KIND, OTHER = "_lockgate-test._tcp.local.", "_lockgate-else._tcp.local."
HERE = "127.0.0.1"
LOOKS = 10
"""Of a second each: a machine with much to do may take longer to answer."""
SAID = tuple(
    Service(kind, name, "box.local.", port, {b"url": name.encode()}, HERE)
    for kind, name, port in ((KIND, "first", 1), (KIND, "second", 2), (OTHER, "third", 3))
)


@asynccontextmanager
async def of_the_network() -> AsyncIterator[Nearby]:
    async with AsyncExitStack() as stack:
        for service in SAID:
            await stack.enter_async_context(announced(service, (HERE,)))
        yield DnsSd((HERE,))


@asynccontextmanager
async def of_the_twin() -> AsyncIterator[Nearby]:
    yield SimNearby(SystemClock(), list(SAID))


@pytest.mark.parametrize("around", [of_the_network, of_the_twin])
def test_what_is_asked_for_is_heard_once_and_nothing_else(
    around: Callable[[], AbstractAsyncContextManager[Nearby]],
) -> None:
    async def story() -> tuple[Service, ...]:
        async with around() as nearby:
            for _ in range(LOOKS):
                found = await nearby.services((KIND,), 1.0)
                if len(found) > 1:
                    break
        return found

    assert sorted(asyncio.run(story()), key=lambda one: one.name) == list(SAID[:2])


def test_without_a_network_that_is_an_error() -> None:
    asked = "import asyncio; from hal.drivers.dns_sd import open; asyncio.run(open().services(('_a._tcp.local.',), 1))"
    done = subprocess.run(
        ("unshare", "--net", sys.executable, "-c", asked), capture_output=True, text=True, timeout=120
    )
    assert "OSError" in done.stderr.splitlines()[-1]
    with pytest.raises(OSError, match="down"):
        asyncio.run(SimNearby(SystemClock(), has_network=False).services((KIND,), 0))
