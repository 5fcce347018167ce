"""From ciphertext that comes as it likes to plaintext that is whole, authentic and in order, or an error."""

from collections.abc import Callable, Iterable
from contextlib import aclosing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.delivery.pipeline import RESUME_AFTER, opened
from firmware.errors import LockgateError
from firmware.mesh.messages import Grant
from firmware.mesh.port import MeshError, MeshUnreachableError, MeshUntrustedError
from firmware.vault.stream import SEGMENT, BodyOpener, BodySealer
from hal.sim.clock import VirtualClock
from hal.sim.virtual_time import run
from hal.sim.workers import InlineWorkers
from tests.support.pki import NOW
from tests.unit.delivery.world import UNREACHABLE, FakeMesh, World, in_pieces, pdf

KEY, AAD = bytes(32), b"job-1"
LONG = pdf(size=5 * 2**19)
"""Three segments."""

Pieces = Iterable[bytes | Exception | float]


def sealed(document: bytes) -> bytes:
    return b"".join(BodySealer(KEY, AAD, bytes(32), bytes(7)).seal([document], len(document)))


class OneBody(FakeMesh):
    """A mesh that has one body, and gives it over each connection as it is told."""

    def __init__(self, body: bytes, *scripts: Callable[[bytes], Pieces]) -> None:
        world = World()
        super().__init__(world.station, world.holders, world.truth)
        job = world.submit(b"x")
        self.jobs = world.mesh.jobs
        self.jobs[job.job_id].body = body
        self.bad_bodies.extend(scripts)
        self.grant = Grant("r-1", job.job_id, 1, NOW, b"", b"", b"", ("https://node-1/body",), len(body))

    async def plaintext(self, size: int) -> bytes:
        opener = BodyOpener(KEY, AAD, size)
        source = opened(self, self.grant, opener, workers=InlineWorkers(), clock=VirtualClock())
        async with aclosing(source) as segments:
            got = [segment async for segment in segments]
        assert all(0 < len(segment) <= SEGMENT for segment in got)
        return b"".join(got)


def broken_after(count: int) -> Callable[[bytes], Pieces]:
    return lambda rest: [*in_pieces(rest[:count]), UNREACHABLE]


def ends_after(count: int) -> Callable[[bytes], Pieces]:
    return lambda rest: in_pieces(rest[:count])


def refused(document: bytes, *scripts: Callable[[bytes], Pieces], size: int | None = None) -> tuple[str, OneBody]:
    mesh = OneBody(sealed(document), *scripts)
    with pytest.raises(LockgateError) as caught:
        run(mesh.plaintext(len(document) if size is None else size))
    assert mesh.open_bodies == 0
    return caught.value.code, mesh


@pytest.mark.parametrize("size", [0, 1, 1_048_520, 1_048_521, 2_097_080, 2_097_081])
def test_every_size_comes_whole(size: int) -> None:
    document = pdf(0, size)[:size]
    assert run(OneBody(sealed(document)).plaintext(size)) == document


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, SEGMENT), min_size=1, max_size=12))
def test_any_chunking_gives_the_same_plaintext(sizes: list[int]) -> None:
    def chunked(rest: bytes) -> Pieces:
        pieces, turn = [], 0
        while rest:
            pieces.append(rest[: sizes[turn % len(sizes)]])
            rest, turn = rest[sizes[turn % len(sizes)] :], turn + 1
            if turn > 200:
                pieces.append(rest)
                break
        return pieces

    assert run(OneBody(sealed(LONG), chunked).plaintext(len(LONG))) == LONG


@pytest.mark.parametrize("cut", [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 2 * SEGMENT + 5])
@pytest.mark.parametrize("end", [broken_after, ends_after])
def test_a_fetch_that_stops_is_resumed_at_the_segment_border(
    cut: int, end: Callable[[int], Callable[[bytes], Pieces]]
) -> None:
    mesh = OneBody(sealed(LONG), end(cut))
    assert run(mesh.plaintext(len(LONG))) == LONG
    assert mesh.fetched_from == [0, cut // SEGMENT * SEGMENT]


def test_as_long_as_segments_come_it_goes_on() -> None:
    document = pdf(size=9 * SEGMENT)
    mesh = OneBody(sealed(document), *[broken_after(SEGMENT)] * 9)
    assert run(mesh.plaintext(len(document))) == document


def test_a_node_that_is_gone_is_given_up_after_a_few_tries() -> None:
    code, mesh = refused(LONG, *[broken_after(100)] * 20)
    assert code == "mesh-unreachable"
    assert mesh.fetched_from == [0] * (1 + len(RESUME_AFTER))


def test_a_body_that_stays_short_is_truncated() -> None:
    code, _ = refused(LONG, *[ends_after(2 * SEGMENT)] + [ends_after(0)] * 20)
    assert code == "body-truncated"


def test_a_refusal_is_final_and_a_failing_server_is_not() -> None:
    code, mesh = refused(LONG, lambda _: [MeshError("fence-stale", status=409)])
    assert (code, mesh.fetched_from) == ("fence-stale", [0])
    mesh = OneBody(sealed(LONG), lambda _: [MeshError("store-failed", status=503)])
    assert run(mesh.plaintext(len(LONG))) == LONG


def test_a_foreign_certificate_is_final() -> None:
    code, mesh = refused(LONG, lambda _: [MeshUntrustedError("node-1")])
    assert (code, mesh.fetched_from) == ("mesh-untrusted", [0])


@pytest.mark.parametrize("at", [0, 45, SEGMENT + 3, 2 * SEGMENT + 3])
def test_a_flipped_bit_is_never_plaintext(at: int) -> None:
    def flipped(rest: bytes) -> Pieces:
        return in_pieces(rest[:at] + bytes([rest[at] ^ 1]) + rest[at + 1 :])

    code, _ = refused(LONG, flipped)
    assert code == ("body-header" if at == 0 else "body-forged")


def test_bytes_after_the_end_are_refused_before_the_last_segment_is_given() -> None:
    document = pdf()
    mesh = OneBody(sealed(document), lambda rest: [rest, b"more"])
    got: list[bytes] = []

    async def collect() -> None:
        opener = BodyOpener(KEY, AAD, len(document))
        async with aclosing(
            opened(mesh, mesh.grant, opener, workers=InlineWorkers(), clock=VirtualClock())
        ) as segments:
            got.extend([segment async for segment in segments])

    with pytest.raises(LockgateError, match="body-trailing"):
        run(collect())
    assert got == []


def test_who_stops_half_way_leaves_no_connection_open() -> None:
    mesh = OneBody(sealed(LONG))

    async def first() -> None:
        opener = BodyOpener(KEY, AAD, len(LONG))
        async with aclosing(
            opened(mesh, mesh.grant, opener, workers=InlineWorkers(), clock=VirtualClock())
        ) as segments:
            await anext(segments)
            assert mesh.open_bodies == 1

    run(first())
    assert mesh.open_bodies == 0


def test_a_break_after_the_last_byte_does_not_matter() -> None:
    document = pdf()
    mesh = OneBody(sealed(document), lambda rest: [rest, MeshUnreachableError("reset")])
    assert run(mesh.plaintext(len(document))) == document
