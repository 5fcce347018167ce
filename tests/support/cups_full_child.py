"""A private cupsd in a small memory file system of its own, which somebody else fills: what becomes of the job.

Run as `unshare --mount python -m tests.support.cups_full_child STEP BASE DEVICE PROGRAMS`; says what came of it.
"""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from hal.drivers import cups_config, cups_room
from hal.drivers.cups_printer import CupsPrinter
from hal.drivers.cups_room import MARGIN
from hal.ports.errors import DeviceError
from hal.ports.printer import JobTicket
from tests.support import aio, cups_rig
from tests.support.cups_jobs import over, sent
from tools.demo.sample import sample_pdf

ROOM = MARGIN * 3
LEFT = {"before": 1 << 20, "upload": 0, "filters": 1 << 14, "filters-margin": MARGIN - (1 << 20)}
"""Bytes that are left free in each step."""
PIECE = 1 << 12


def fill(base: Path, leave: int) -> None:
    """All of it but that."""
    with (base / "others").open("wb", buffering=0) as others:
        with suppress(OSError):
            while True:
                others.write(bytes(PIECE))
        others.truncate(max(0, others.tell() - leave))


async def filling(step: str, base: Path) -> AsyncIterator[bytes]:
    """A PDF in two pieces; between them the room gets full, where it has not been before."""
    pdf = sample_pdf()
    yield pdf[: len(pdf) // 2]
    if step != "before":
        fill(base, LEFT[step])
    yield pdf[len(pdf) // 2 :]


async def tried(printer: CupsPrinter, step: str, base: Path) -> str:
    """How it ended, and how many jobs the printer has that are not over."""
    if step == "before":
        fill(base, LEFT[step])
    ticket = JobTicket("full", "application/pdf", len(sample_pdf()))
    try:
        job_id = (await printer.create_job(ticket)).job_id
        await printer.send_document(job_id, ticket, filling(step, base))
        return str((await over(printer, job_id)).state)
    except DeviceError as exc:
        left = await printer.find_job(ticket.name)
        return f"{exc.code} {left.state if left else 'no-job'}"


async def main(step: str, base: Path, device: str) -> None:
    printer = cups_rig.opened_at(device, model=cups_rig.PWG)
    await printer.status()
    print(await tried(printer, step, base), flush=True)
    (base / "others").unlink()
    print((await over(printer, await sent(printer, sample_pdf()))).state, flush=True)
    await printer.aclose()


if __name__ == "__main__":
    place = Path(sys.argv[2])
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=711", "none", str(place)], check=True)
    cups_room.bases = lambda: (place,)
    for module in (cups_room, cups_config):
        setattr(module, "PROGRAMS", Path(sys.argv[4]))  # noqa: B010 (one of them only imports it)
    os.umask(0o022)
    aio.run(main(sys.argv[1], place, sys.argv[3]))
