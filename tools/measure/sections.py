"""The measurements, each a list of rows for the report."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from firmware.vault.stream import SEGMENT, BodyOpener, BodySealer
from tools.measure import peers
from tools.measure.rig import Rig, rig, start_to_ready
from tools.measure.series import Row, Series, interleaved, ratios
from tools.peers.cupsd import Cupsd, cupsd

MB = 1_000_000
PAGE_BYTES = 100_000
GCM_SEGMENTS = 256


def make_document(path: Path, size: int) -> Path:
    """A PDF's head, then bytes that nothing can compress; made once."""
    if not path.exists():
        with path.open("wb") as file:
            file.write(b"%PDF-1.4\n")
            left = size - file.tell()
            while left > 0:
                left -= file.write(os.urandom(min(left, SEGMENT)))
    return path


def crypto(runs: int) -> Iterator[Row]:
    """Opening a body against the bare cipher of openssl."""
    found = interleaved(runs, {"ours": opened_mb_per_s, "openssl": peers.openssl_gcm})
    ratio = ratios(found["ours"], found["openssl"])
    yield Row("AES-256-GCM, a body opened", "MB/s", found["ours"], "openssl speed", found["openssl"], ratio)


def opened_mb_per_s() -> float:
    """MB/s of the opener over a body in memory."""
    size, key, aad = GCM_SEGMENTS * SEGMENT, os.urandom(32), b"bench"
    chunks = (bytes(SEGMENT) for _ in range(GCM_SEGMENTS))
    body = list(BodySealer(key, aad, os.urandom(32), os.urandom(7)).seal(chunks, size))
    opener = BodyOpener(key, aad, size)
    started = time.perf_counter()
    for segment in body:
        opener.feed(segment)
    opener.finish()
    return size / MB / (time.perf_counter() - started)


def starting(runs: int, directory: Path) -> Iterator[Row]:
    values = []
    for number in range(runs):
        place = directory / f"start-{number}"
        place.mkdir()
        values.append(start_to_ready(place))
    yield _bounded("station, start to ready", "s", Series(tuple(values)), 1.0)


def releases(runs: int, directory: Path, sizes: tuple[int, ...]) -> Iterator[Row]:
    """Everything that needs servers: first bytes, throughput, stalls, memory; the last size only once."""
    documents = [make_document(directory / f"document-{size}", size) for size in sizes]
    page = make_document(directory / "page", PAGE_BYTES)
    with rig(directory) as running, cupsd(running.printer.uri) as cups:
        running.release(page)
        cups_first = lambda: peers.cups_resume_first_byte(cups, running.printer, page)  # noqa: E731 - one of a pair
        after_grant: list[float] = []

        def first() -> float:
            release = running.release(page)
            after_grant.append(release.granted_to_first_byte_ms)
            return release.first_byte_ms

        found = interleaved(runs, {"ours": first, "cups": cups_first})
        yield _against(
            "tap to first byte, 1 page", "ms", found["ours"], "CUPS resume to first byte", peer=found["cups"], least=1.0
        )
        yield _bounded("grant to first byte, 1 page", "ms", Series(tuple(after_grant)), 15.0)
        idle = running.memory()[0]
        for document in (page, *documents[:-1]):
            yield from _throughput(running, cups, document, runs)
        running.release(documents[-1])
        peak = running.memory()[1]
        name = f"memory with {documents[-1].stat().st_size // MB} MB"
        yield _bounded(f"{name}, above idle", "MiB", Series((peak - idle,)), 24.0)
        yield _bounded(f"{name}, in all", "MiB", Series((peak,)), 96.0)


def _throughput(running: Rig, cups: Cupsd, document: Path, runs: int) -> Iterator[Row]:
    """Seconds for one document: ours from the tap, with fetch and decryption; the peers' plain uploads."""

    def upload() -> float:
        seconds = peers.ipptool_upload(running.printer, document)
        peers.empty(running.printer)
        time.sleep(0.3)
        return seconds

    def resume() -> float:
        seconds = peers.cups_resume_whole(cups, document)
        peers.empty(running.printer)
        time.sleep(0.3)
        return seconds

    stalls: list[float] = []

    def release() -> float:
        found = running.release(document)
        stalls.append(found.stall_ms)
        return found.whole_s

    found = interleaved(runs, {"ours": release, "ipptool": upload, "cups": resume})
    size = document.stat().st_size
    name = f"{size / MB:g} MB, tap to taken"
    big = size >= 500 * MB
    ours, tool = found["ours"], found["ipptool"]
    ratio = ratios(tool, ours)
    goal, met = ("ipptool / ours >= 0.85", ratio.median >= 0.85) if big else ("", None)
    yield Row(name, "s", ours, "ipptool, plain upload", tool, ratio, goal, met)
    behind = ratios(found["cups"], ours)
    goal, met = ("cupsd / ours >= 1", behind.median >= 1.0) if big else ("", None)
    yield Row(name, "s", ours, "cupsd, resume to done", found["cups"], behind, goal, met)
    yield _bounded(f"{size / MB:g} MB, longest stall of the event loop", "ms", Series(tuple(stalls)), 20.0)


def _bounded(name: str, unit: str, values: Series, most: float) -> Row:
    return Row(name, unit, values, goal=f"<= {most:g} {unit}", met=values.median <= most)


def _against(name: str, unit: str, ours: Series, peer_name: str, *, peer: Series, least: float) -> Row:
    ratio = ratios(peer, ours)
    return Row(name, unit, ours, peer_name, peer, ratio, f"peer / ours >= {least:g}", ratio.median >= least)
