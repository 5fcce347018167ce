"""The watchdog's contract, on the twin and on sd_notify(3) over a real datagram socket."""

import os
import socket
from collections.abc import Iterator
from math import inf
from pathlib import Path

import pytest

from hal.drivers import systemd_watchdog
from hal.drivers.context import DriverContext
from hal.drivers.systemd_watchdog import NoWatchdog, from_environment
from hal.ports.errors import DeviceConfigError
from hal.ports.watchdog import Watchdog
from hal.sim import virtual_time
from hal.sim.clock import VirtualClock
from hal.sim.random_source import SeededRandom
from hal.sim.watchdog import SimWatchdog
from hal.sim.workers import InlineWorkers

CONTEXT = DriverContext(VirtualClock(), InlineWorkers(), SeededRandom(1))


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The service manager's end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


def systemd(manager: socket.socket, **environment: str) -> Watchdog:
    return from_environment({"NOTIFY_SOCKET": str(manager.getsockname()), **environment}, pid=4711)


@pytest.fixture(params=["twin", "systemd", "none"])
def watchdog(request: pytest.FixtureRequest, manager: socket.socket) -> Watchdog:
    if request.param == "twin":
        return SimWatchdog(VirtualClock())
    return systemd(manager, WATCHDOG_USEC="20000000") if request.param == "systemd" else NoWatchdog()


def test_it_is_fed_in_any_order_and_never_complains(watchdog: Watchdog) -> None:
    assert watchdog.interval > 0
    watchdog.feed()
    watchdog.ready()
    watchdog.feed()


def test_systemd_hears_each_word_once(manager: socket.socket) -> None:
    watchdog = systemd(manager, WATCHDOG_USEC="20000000", WATCHDOG_PID="4711")
    watchdog.ready()
    watchdog.feed()
    assert [manager.recv(100), manager.recv(100)] == [b"READY=1", b"WATCHDOG=1"]
    assert watchdog.interval == 10


@pytest.mark.parametrize("environment", [{}, {"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "1"}])
def test_systemd_that_does_not_watch_us_still_hears_that_we_are_ready(
    manager: socket.socket, environment: dict[str, str]
) -> None:
    watchdog = systemd(manager, **environment)
    watchdog.ready()
    watchdog.feed()
    assert manager.recv(100) == b"READY=1"
    with pytest.raises(BlockingIOError):
        manager.recv(100)
    assert watchdog.interval == inf


def test_systemd_may_use_an_abstract_name() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0lockgate-test-{os.getpid()}")
        from_environment({"NOTIFY_SOCKET": f"@lockgate-test-{os.getpid()}"}, pid=1).ready()
        assert listening.recv(100) == b"READY=1"


def test_systemd_that_does_not_read_never_blocks_us(manager: socket.socket, caplog: pytest.LogCaptureFixture) -> None:
    watchdog = systemd(manager, WATCHDOG_USEC="20000000")
    for _ in range(5000):
        watchdog.feed()
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_systemd_that_is_gone_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    watchdog = from_environment({"NOTIFY_SOCKET": str(tmp_path / "gone")}, pid=1)
    watchdog.ready()
    watchdog.ready()
    assert [record.name for record in caplog.records] == ["lockgate.watchdog"]


@pytest.mark.parametrize(
    "environment", [{"NOTIFY_SOCKET": "vsock:2:1"}, {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "soon"}]
)
def test_systemd_refuses_what_it_does_not_understand(environment: dict[str, str]) -> None:
    with pytest.raises(DeviceConfigError):
        from_environment(environment, pid=1)


def test_nothing_watches_a_run_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    for uri in ("systemd:", "none:"):
        watchdog: Watchdog = systemd_watchdog.open(uri, CONTEXT)
        assert watchdog.interval == inf


def test_twin_bites_once_a_pause_and_only_after_ready() -> None:
    clock = VirtualClock()
    watchdog = SimWatchdog(clock, timeout=20)

    async def main() -> None:
        await clock.sleep(100)
        assert not watchdog.started
        watchdog.ready()
        await clock.sleep(20)
        watchdog.feed()
        await clock.sleep(21)
        watchdog.feed()
        await clock.sleep(5)
        assert watchdog.bites == (140,)
        await clock.sleep(30)
        assert watchdog.bites == (140, 161)
        watchdog.restart()
        await clock.sleep(100)
        assert watchdog.bites == (140, 161)
        assert watchdog.feedings == 2

    virtual_time.run(main())
