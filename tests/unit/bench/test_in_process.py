"""The transport in the process: the same errors as over real TLS, at the times at which the real one gives up."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from firmware.errors import LockgateError
from firmware.mesh.port import MeshUnreachableError, MeshUntrustedError
from firmware.mesh.transport import EVENT_STREAM
from firmware.vault.identity import Identity, IdentityError
from hal.sim import virtual_time
from hal.sim.words import parse
from tools.bench import network
from tools.bench.in_process import InProcess
from tools.bench.site import STATION, Site
from tools.bench.world import World

TAP = {"credential": {"kind": "card", "value": "04a1b2c3"}}


class Wire:
    """A mesh and a transport to it, without a station."""

    def __init__(self) -> None:
        world = World()
        self.clock, self.network, self.site = world.clock, world.network, world.site
        self.site.start()
        self.refusal: LockgateError | None = None
        self.transport = InProcess(
            self.network, lambda: self.site.mesh.api, self.site.station_identity, self._judge, self.clock
        )

    def _judge(self) -> None:
        if self.refusal:
            raise self.refusal

    def say(self, words: str) -> None:
        assert network.obey(self.network, parse(words))


def on_a_wire(main: Callable[[Wire], Awaitable[None]]) -> None:
    async def whole() -> None:
        wire = Wire()
        await main(wire)
        await wire.site.stop()

    virtual_time.run(whole())


def test_an_exchange_of_json() -> None:
    async def main(wire: Wire) -> None:
        reply = await wire.transport.request("POST", "/v1/sessions", TAP)
        assert (reply.status, reply.content_type) == (201, "application/json")
        assert b'"user": "ada"' in reply.body
        reply = await wire.transport.request("GET", "/v1/nothing")
        assert (reply.status, reply.content_type) == (404, "application/problem+json")

    on_a_wire(main)


@pytest.mark.parametrize(
    ("words", "error", "after"),
    [
        ("cut network", MeshUnreachableError, 0.002),
        ("mesh silent", MeshUnreachableError, 10.0),
        ("slow mesh 11s", MeshUnreachableError, 10.0),
        ("mesh foreign certificate", MeshUntrustedError, 0.002),
    ],
)
def test_no_answer(words: str, error: type[Exception], after: float) -> None:
    async def main(wire: Wire) -> None:
        wire.say(words)
        with pytest.raises(error):
            await wire.transport.request("GET", "/v1/health")
        assert wire.clock.monotonic() == pytest.approx(after)
        wire.say("mesh behaves")
        wire.say("restore network")
        assert (await wire.transport.request("GET", "/v1/health")).status == 200

    on_a_wire(main)


def test_a_slow_mesh_answers_late_and_a_portal_with_its_page() -> None:
    async def main(wire: Wire) -> None:
        wire.say("slow mesh 2s")
        assert (await wire.transport.request("GET", "/v1/health")).status == 200
        assert wire.clock.monotonic() == pytest.approx(2.004)
        wire.say("mesh html")
        reply = await wire.transport.request("GET", "/v1/health")
        assert (reply.status, reply.content_type) == (200, "text/html")
        async with wire.transport.stream("GET", "/v1/events", {"Accept": EVENT_STREAM}) as stream:
            assert stream.headers["content-type"] == "text/html"

    on_a_wire(main)


def test_what_was_asked_before_the_cut_was_carried_out_all_the_same() -> None:
    async def main(wire: Wire) -> None:
        asking = asyncio.ensure_future(wire.transport.request("POST", "/v1/sessions", TAP))
        await asyncio.sleep(0.003)  # on its way back
        wire.say("cut network")
        with pytest.raises(MeshUnreachableError, match="closed"):
            await asking

    on_a_wire(main)


async def _announcements(wire: Wire, then: str) -> float:
    """When the stream ends after `then`, in seconds from there."""
    async with wire.transport.stream("GET", "/v1/events", {"Accept": EVENT_STREAM}) as reply:
        assert (reply.status, reply.headers["content-type"]) == (200, EVENT_STREAM)
        chunks = aiter(reply.chunks)
        assert (await anext(chunks)).startswith(b"id: 0")
        assert (await anext(chunks)).startswith(b": heartbeat")
        wire.say(then)
        at = wire.clock.monotonic()
        with pytest.raises(MeshUnreachableError):
            await anext(chunks)
        return wire.clock.monotonic() - at


@pytest.mark.parametrize(("then", "after"), [("cut network", 0), ("mesh html", 0), ("mesh silent", 30)])
def test_announcements_break_off_or_fall_silent(then: str, after: float) -> None:
    async def main(wire: Wire) -> None:
        assert await _announcements(wire, then) == pytest.approx(after)

    on_a_wire(main)


def test_a_certificate_that_is_no_good_any_more() -> None:
    async def main(wire: Wire) -> None:
        def refused() -> Identity:
            raise IdentityError("expired", code="identity-expired")

        transport = InProcess(wire.network, lambda: wire.site.mesh.api, refused, bool, wire.clock)
        reply = await transport.request("GET", "/v1/health")
        assert (reply.status, reply.content_type) == (403, "application/problem+json")
        assert b'"identity-expired"' in reply.body

    on_a_wire(main)


def test_the_station_is_who_its_certificate_says() -> None:
    async def main(wire: Wire) -> None:
        site: Site = wire.site
        assert site.station_identity().id == STATION

    on_a_wire(main)


def bodies(*words: str) -> Any:
    """What a fetch of one sealed document gives when that was said before: (the chunks, what was stored)."""

    async def main() -> tuple[bytes, bytes]:
        world = World()
        await world.begin()
        await world.do(parse("submit 3 pages as ada"))
        (stored,) = world.site.mesh.bodies["node-1"].bodies.values()
        for line in words:
            await world.do(parse(line))
        received = bytearray()
        life = world.lives[-1]
        session = await life.panel.open_session("04a1b2c3")
        (job,) = await life.panel.held_jobs(session.session_id)
        grant = await life.panel.ask_release(session.session_id, job.job_id)
        async for chunk in life.panel.body(grant, 0):
            received += chunk
        await world.aclose()
        return bytes(received), stored

    return virtual_time.run(main())


def test_a_body_arrives_as_it_is_stored() -> None:
    received, stored = bodies()
    assert received == stored


@pytest.mark.parametrize("after", [0, 1, 65536, 65537, 200000])
def test_a_body_is_cut_after_so_many_bytes(after: int) -> None:
    received, stored = bodies(f"mesh cuts after {after} bytes")
    assert received == stored[:after]


@pytest.mark.parametrize("byte", [0, 65535, 65536, 300000])
def test_one_bit_is_flipped(byte: int) -> None:
    received, stored = bodies(f"mesh flips byte {byte}")
    assert [at for at in range(len(stored)) if received[at] != stored[at]] == [byte]


def test_a_mesh_that_the_station_does_not_accept_hears_nothing() -> None:
    async def main(wire: Wire) -> None:
        wire.refusal = IdentityError("revoked", code="identity-revoked")
        with pytest.raises(MeshUntrustedError, match="identity-revoked"):
            await wire.transport.request("POST", "/v1/sessions", TAP)

    on_a_wire(main)
