"""Lockgate's own IPP printer twin as a process of its own: `python -m tools.peers.twin SPOOL`.

Says `{"ready": true, "uri": …}` on standard output, keeps what is delivered in SPOOL, and ends with standard input.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.sim.ipp_printer import ServedPrinter, into_directory
from hal.sim.printer import SimPrinter

PAGE_SECONDS = 0.05


async def serve(spool: Path) -> None:
    """Until standard input ends."""
    printer = SimPrinter(
        SystemClock(), SystemRandom(), page_seconds=PAGE_SECONDS, latency=0.0, sink=into_directory(spool)
    )
    over = asyncio.Event()
    asyncio.get_running_loop().add_reader(0, lambda: None if os.read(0, 4096) else over.set())
    async with ServedPrinter(printer) as served:
        print(json.dumps({"ready": True, "uri": served.pinned_uri}), flush=True)
        await over.wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
