"""A station as a process of its own, driven over standard input: `stop`, and `tap NUMBER` where its reader is typed.

Everything else is real: the registry's drivers, the mesh client, the ledger on disk. Each journal line goes to standard
output as one JSON object with the monotonic time, so that another process can measure.
"""

import argparse
import asyncio
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from firmware import app
from firmware.config import Config, load
from firmware.connecting import connect
from firmware.core.events import Event, StopAsked
from firmware.mesh.messages import Delegation, Grant
from firmware.process import harden, reuse_memory
from firmware.trust.trust import open_trust
from hal.board import Board
from hal.ports.badge_reader import BadgeReader
from hal.registry import BoardConfig, open_board
from hal.sim.commands_person import TapBadge
from hal.sim.reader import SimReader
from hal.sim.words import WordsError, parse
from tools.bench.panel import Panel, Shown

KIB = 1024
TYPED = ("sim:",)
CALLING = "tcp-listen:"
"""Readers that are there when they call, with the badge in hand."""
TICK = 0.005
"""Seconds between two looks at the loop: fine enough for stalls of 20 ms, too coarse to be the load it measures."""

WORTH_SAYING = 2.0


class JsonJournal:
    """The journal as JSON lines on standard output."""

    def write(self, line: str) -> None:
        say({"line": line})


def say(what: dict[str, object]) -> None:
    print(json.dumps({"at": time.monotonic(), **what}), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    config = load(parser.parse_args().config)
    harden()
    reuse_memory()
    code = asyncio.run(serve(config))
    say({"peak_rss_mib": resident_mib("VmHWM"), "cpu_s": sum(resource.getrusage(resource.RUSAGE_SELF)[:2])})
    return code


async def serve(config: Config) -> int:
    board, reader = demo_board(config)
    waited_for = [one for uri, one in zip(config.readers, board.readers, strict=True) if not uri.startswith(CALLING)]
    lag = asyncio.gather(watch_lag(), say_listening(waited_for))
    try:
        trust = open_trust(board, config)
        journal = JsonJournal()
        record = app.open_record(board, config, trust, journal.write)
        async with connect(board, config, trust, record) as mesh:
            control = partial(listen, reader)
            return await app.run(
                board,
                config,
                mesh,
                trust=trust,
                record=record,
                journal=journal,
                control=control,
                panel=lambda asked: Overheard(asked, board.clock, Shown()),
            )
    finally:
        lag.cancel()


class Overheard(Panel):
    """Says when the mesh has granted a release."""

    async def ask_release(self, session_id: str, job_id: str, delegation: Delegation | None = None) -> Grant:
        """As asked."""
        grant = await super().ask_release(session_id, job_id, delegation)
        say({"granted": job_id})
        return grant


def demo_board(config: Config) -> tuple[Board, SimReader | None]:
    """The real board; with `sim:`, a reader held by whoever writes to standard input."""
    typed = config.readers == TYPED
    board = open_board(
        BoardConfig(
            readers=() if typed else config.readers,
            printer=config.printer,
            converter=config.converter,
            keys=config.keys,
            storage=f"file:{config.data_dir}",
            indicator=config.indicator,
            watchdog="none:",
        )
    )
    if not typed:
        return board, None
    reader = SimReader(again=0)
    return replace(board, readers=(reader,)), reader


def listen(reader: SimReader | None, post: Callable[[Event], None]) -> None:
    """Obey standard input until it ends, which means stop: the parent is gone."""

    def readable() -> None:
        words = sys.stdin.readline()
        if not words or words.strip() == "stop":
            asyncio.get_running_loop().remove_reader(sys.stdin)
            post(StopAsked())
        elif words.strip() == "memory":
            say({"rss_mib": resident_mib("VmRSS"), "peak_rss_mib": resident_mib("VmHWM")})
        else:
            obey(words, reader)

    asyncio.get_running_loop().add_reader(sys.stdin, readable)


def obey(words: str, reader: SimReader | None) -> None:
    try:
        command = parse(words)
    except WordsError as exc:
        say({"error": str(exc)})
        return
    if isinstance(command, TapBadge) and reader is not None:
        reader.tap(command.text)
    else:
        say({"error": "this station knows memory, stop, and tap where its reader is typed"})


async def say_listening(readers: Sequence[BadgeReader]) -> None:
    """Say once that every reader is open: a badge shown before counts for nothing."""
    while not all(getattr(reader, "listening", True) for reader in readers):  # noqa: ASYNC110 - drivers have none
        await asyncio.sleep(TICK)
    say({"listening": True})


async def watch_lag() -> None:
    """Say each stall of the event loop that is worth it, in milliseconds."""
    loop = asyncio.get_running_loop()
    while True:
        before = loop.time()
        await asyncio.sleep(TICK)
        stall = (loop.time() - before - TICK) * 1000
        if stall > WORTH_SAYING:
            say({"stall_ms": round(stall, 2)})


def resident_mib(field: str) -> float:
    """VmRSS (now) or VmHWM (the most so far) of this process, proc(5)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / KIB
    return 0.0


if __name__ == "__main__":
    sys.exit(main())
