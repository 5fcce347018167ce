"""The metrics: read by Prometheus's own parser, and nothing of anybody in them."""

import socket
from pathlib import Path

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from firmware.core.events import DeliveryEnded, Event, Outcome, Started
from firmware.core.machine import Core
from firmware.metrics import CONTENT_TYPE, Counted, Watched, exposition
from firmware.metrics_page import keep_metrics, measured
from firmware.panel.address import parse_metrics
from firmware.reader_health import HealthBook, ReaderHealth
from firmware.updates.states import Phase
from hal.sim.board import sim_board
from hal.sim.clock import VirtualClock
from hal.sim.printer import SimPrinter
from hal.sim.random_source import SeededRandom
from tests.support import aio


def _watched(reader: str = "front", phase: Phase | None = Phase.READY) -> Watched:
    clock = VirtualClock()
    box = sim_board(1, SimPrinter(clock, SeededRandom(1)), clock=clock)
    book, core, counted = HealthBook(box.board(), box.clock), Core(), Counted()
    book.counted = {reader: ReaderHealth(taps=3, misreads={"frame-garbled": 2}, lost=1)}
    core.handle(Started())
    heard: list[Event] = []
    post = counted.hearing(heard.append)
    for event in (DeliveryEnded(1, Outcome.PRINTED), DeliveryEnded(2, Outcome.PRINTED), DeliveryEnded(3, Outcome.HELD)):
        post(event)
    assert len(heard) == 3
    return Watched("0.2.0", core, book, counted, lambda: phase, lambda: 12.5)


def _samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(text)  # type: ignore[no-untyped-call] # the library has no types here
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in families for one in family.samples}


def test_everything_is_there_and_right() -> None:
    found = _samples(exposition(_watched()))
    assert found[("lockgate_info", (("version", "0.2.0"),))] == 1
    assert found[("lockgate_service", (("lockgate_service", "ready"),))] == 1
    assert found[("lockgate_service", (("lockgate_service", "offline"),))] == 0
    assert found[("lockgate_uptime_seconds", ())] == 12.5
    assert found[("lockgate_taps_total", (("reader", "front"),))] == 3
    assert found[("lockgate_misreads_total", (("code", "frame-garbled"), ("reader", "front")))] == 2
    assert found[("lockgate_reader_present", (("reader", "front"),))] == 1
    assert found[("lockgate_deliveries_total", (("outcome", "printed"),))] == 2
    assert found[("lockgate_deliveries_total", (("outcome", "held"),))] == 1
    assert found[("lockgate_update", (("lockgate_update", "ready"),))] == 1


def test_without_an_updater_nothing_is_said_of_updates() -> None:
    assert not [name for name, _ in _samples(exposition(_watched(phase=None))) if name.startswith("lockgate_update")]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('"\\\n'), min_size=1, max_size=30))
def test_any_name_of_a_reader_is_read_back(name: str) -> None:
    assert _samples(exposition(_watched(name)))[("lockgate_taps_total", (("reader", name),))] == 3


def test_it_answers_at_its_socket_and_at_nothing_else(tmp_path: Path) -> None:
    text = exposition(_watched())

    async def story() -> None:
        async with (
            measured(parse_metrics("tcp:127.0.0.1:0"), lambda: text) as port,
            aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client,
        ):
            async with client.get("/metrics") as answer:
                assert (answer.status, answer.headers["Content-Type"]) == (200, CONTENT_TYPE)
                assert await answer.text() == text
            async with client.get("/") as answer:
                assert answer.status == 404
            async with client.post("/metrics", data=b"x") as answer:
                assert answer.status == 405
        path = str(tmp_path / "metrics.sock")
        async with (
            measured(parse_metrics(f"unix:{path}"), lambda: text),
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(path)) as client,
            client.get("http://station/metrics") as answer,
        ):
            assert answer.status == 200

    aio.run(story())


def test_a_socket_that_is_taken_is_told_once_and_tried_again() -> None:
    told: list[str] = []

    class WaitedError(Exception):
        pass

    class Clock:
        turns = 0

        async def sleep(self, _seconds: float) -> None:
            self.turns += 1
            if self.turns == 3:
                raise WaitedError

    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            listen = f"tcp:127.0.0.1:{taken.getsockname()[1]}"
            with pytest.raises(WaitedError):
                await keep_metrics(listen, str, Clock(), told.append)  # type: ignore[arg-type] # only sleeps

    aio.run(story())
    assert len(told) == 1
    assert told[0].startswith("metrics: tcp:127.0.0.1:")
