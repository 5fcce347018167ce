"""The pairing slip on its way to a printer: the twin over real IPP, and a real ippeveprinter where there is one."""

import subprocess
from pathlib import Path

import pytest
from PIL import Image

from firmware.pairing.slips import print_slip
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.printer import JobState
from tests.support.printer_rigs import PeerRig, Rig, ServedRig, final
from tests.unit.pairing.test_slip import DIGITS, NOTICE, ink, unpack
from tools.peers import ippeveprinter


async def slipped(rig: Rig) -> int:
    """The printer's job, once it is through."""
    workers = ThreadWorkers(1)
    try:
        job_id = await print_slip(rig.printer, NOTICE, SystemRandom(), workers)
        assert (await final(rig, job_id)).state is JobState.COMPLETED
    finally:
        workers.close()
    return job_id


@pytest.mark.parametrize(
    ("formats", "start"),
    [
        (("application/pdf", "image/jpeg"), b"%PDF-"),
        (("image/pwg-raster", "image/jpeg"), b"\xff\xd8"),
        (("image/pwg-raster", "image/urf"), b"RaS2PwgRaster"),
    ],
)
def test_it_arrives_at_the_twin_in_what_it_takes(formats: tuple[str, ...], start: bytes) -> None:
    assert at_the_twin(formats).startswith(start)


def at_the_twin(formats: tuple[str, ...]) -> bytes:
    """What arrived of a slip at a twin that takes these formats; one page came of it."""
    rig, came = ServedRig(), bytearray()
    rig.twin.engine.formats = formats
    rig.twin._sink = lambda delivery, data: came.extend(data)

    async def main() -> None:
        await slipped(rig)
        assert len(rig.twin.sheets()) == 1

    try:
        rig.run(main())
    finally:
        rig.close()
    return bytes(came)


@pytest.mark.parametrize("format", ["application/pdf", "image/jpeg", "image/pwg-raster"])
def test_it_arrives_at_a_real_printer(tmp_path: Path, format: str) -> None:
    if not ippeveprinter.available():  # the twin stands in
        (tmp_path / "slip.document").write_bytes(at_the_twin((format,)))
        assert ink(read(tmp_path / "slip.document", format), DIGITS) > 0.05
        return
    with ippeveprinter.IppEvePrinter.start(tmp_path, formats=[format]) as peer:
        rig = PeerRig(peer)

        async def main() -> None:
            job_id = await slipped(rig)
            path = peer.document(job_id)
            assert path is not None
            assert ink(read(path, format), DIGITS) > 0.05

        try:
            rig.run(main())
        finally:
            rig.close()


def read(path: Path, format: str) -> "Image.Image":
    if format == "image/pwg-raster":
        return unpack(path.read_bytes())
    if format == "application/pdf":
        subprocess.run(["pdftoppm", "-r", "150", "-png", "-singlefile", path, path.parent / "slip"], check=True)
        return Image.open(path.parent / "slip.png")
    return Image.open(path)
