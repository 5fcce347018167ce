"""The pairing slip: read back from the paper's side, in each format; and what the station does with a printer."""

import asyncio
import io
import shutil
import struct
import subprocess
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from firmware.pairing.port import CodeNotice
from firmware.pairing.slip import CODE_SIZE, CODE_TOP, page
from firmware.pairing.slips import Slips
from firmware.paper import DPI, HEIGHT, MARGIN, WIDTH, UnprintableError, document
from hal.framing.pwg import HEADER_BYTES, SYNC, gray_page
from hal.sim import virtual_time
from hal.sim.clock import VirtualClock
from hal.sim.printer import SimPrinter
from hal.sim.printer_intake import Delivery
from hal.sim.random_source import SeededRandom, stream
from hal.sim.workers import InlineWorkers

NOTICE = CodeNotice("lobby", "station", "https://mesh.example:8443", "483920 117406", "ab" * 32, 600.0)
OTHER = CodeNotice("lobby", "station", "https://mesh.example:8443", "111111 111111", "ab" * 32, 600.0)
FORMATS = ("application/pdf", "image/jpeg", "image/pwg-raster")
DIGITS = (MARGIN, CODE_TOP, WIDTH - MARGIN, CODE_TOP + int(CODE_SIZE * 1.2))


def ink(image: "Image.Image", box: tuple[int, int, int, int]) -> float:
    """Which part of a box is black."""
    cut = image.convert("L").resize((WIDTH, HEIGHT)).crop(box)
    counts = cut.histogram()
    return sum(counts[:128]) / sum(counts)


def unpack(document: bytes) -> "Image.Image":
    """Our own reader of PWG raster, from the standard's words."""
    assert document[:4] == SYNC
    header, at = document[4 : 4 + HEADER_BYTES], 4 + HEADER_BYTES
    assert header[:10] == b"PwgRaster\0"
    width, height, _, bits, depth, line, order, space = struct.unpack_from(">8I", header, 372)
    assert (bits, depth, line, order, space) == (8, 8, width, 0, 18)
    rows: list[bytes] = []
    while len(rows) < height:
        repeat, row = document[at] + 1, bytearray()
        at += 1
        while len(row) < width:
            count = document[at]
            at += 1
            if count < 128:
                row += document[at : at + 1] * (count + 1)
                at += 1
            else:
                assert count > 128
                row += document[at : at + 257 - count]
                at += 257 - count
        assert len(row) == width
        rows += [bytes(row)] * repeat
    assert at == len(document)
    assert len(rows) == height
    return Image.frombytes("L", (width, height), b"".join(rows))


def rendered(format: str, document: bytes, folder: Path) -> "Image.Image":
    if format == "image/pwg-raster":
        return unpack(document)
    if format == "image/jpeg":
        return Image.open(io.BytesIO(document))
    (folder / "slip.pdf").write_bytes(document)
    subprocess.run(
        ["pdftoppm", "-r", str(DPI), "-png", "-singlefile", folder / "slip.pdf", folder / "slip"], check=True
    )
    return Image.open(folder / "slip.png")


@pytest.mark.parametrize("format", FORMATS)
def test_the_figures_are_on_the_page(tmp_path: Path, format: str) -> None:
    if format == "application/pdf" and shutil.which("pdftoppm") is None:
        assert document(partial(page, NOTICE), (format,))[1].startswith(b"%PDF-")
        return
    made, slip = document(partial(page, NOTICE), (format,))
    assert made == format
    image = rendered(format, slip, tmp_path)
    assert 0.05 < ink(image, DIGITS) < 0.5
    assert ink(image, (0, 0, WIDTH, 140)) == 0.0, "a margin"
    assert ink(image, (0, 1500, WIDTH, HEIGHT)) == 0.0, "nothing that a shorter sheet would lack"
    thin = rendered(format, document(partial(page, OTHER), (format,))[1], tmp_path)
    assert ink(thin, DIGITS) < ink(image, DIGITS), "other figures look otherwise"


def test_twelve_figures_stand_apart() -> None:
    """Columns of ink between columns of paper: at least one a figure."""
    line = page(NOTICE).convert("L").crop(DIGITS)
    columns = [min(line.crop((x, 0, x + 1, line.height)).tobytes()) < 128 for x in range(line.width)]
    runs = sum(1 for before, now in zip([False, *columns], columns, strict=False) if now and not before)
    assert runs == 12


@pytest.mark.parametrize(("format", "most"), list(zip(FORMATS, (60_000, 500_000, 400_000), strict=True)))
def test_it_is_small(format: str, most: int) -> None:
    assert len(document(partial(page, NOTICE), (format,))[1]) < most


def test_the_best_format_the_printer_takes() -> None:
    assert document(partial(page, NOTICE), ("text/plain", "image/pwg-raster", "image/jpeg"))[0] == "image/jpeg"
    with pytest.raises(UnprintableError) as caught:
        document(partial(page, NOTICE), ("text/plain",))
    assert caught.value.code == "page-unprintable"


def test_long_names_stay_on_the_page() -> None:
    notice = CodeNotice("x" * 63, "station", "https://" + "m" * 120, "483920 117406", "ab" * 32, 1.0)
    assert ink(page(notice), (WIDTH - MARGIN + 10, 0, WIDTH, HEIGHT)) == 0.0


@given(st.integers(1, 300), st.integers(1, 6), st.integers(0, 2**32), st.integers(1, 4))
def test_pwg_comes_back_as_it_was(width: int, height: int, seed: int, levels: int) -> None:
    chance = stream(seed, "pixels")
    pixels = bytes(chance.choices(range(levels), k=width * height))
    assert unpack(gray_page(pixels, width, height, dpi=300)).tobytes() == pixels


def test_pwg_repeats_many_lines() -> None:
    pixels = bytes(10) * 700
    assert unpack(gray_page(pixels, 10, 700, dpi=300)).tobytes() == pixels
    with pytest.raises(ValueError, match="pixels"):
        gray_page(b"", 1, 1, dpi=300)


class Desk:
    """A printer that keeps what arrives, and the slips it is given."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.arrived: dict[int, bytes] = {}
        self.printer = SimPrinter(self.clock, SeededRandom(1), sink=self.keep)
        self.said: list[str] = []

    def keep(self, delivery: Delivery, data: bytes) -> None:
        self.arrived[delivery.job_id] = self.arrived.get(delivery.job_id, b"") + data

    def story(self, *moments: tuple[float, object]) -> None:
        async def main() -> None:
            slips = Slips(self.printer, self.clock, SeededRandom(2), InlineWorkers(), self.said.append)
            duty = asyncio.create_task(slips.run())
            for seconds, what in moments:
                await self.clock.sleep(seconds)
                if callable(what):
                    what()
                else:
                    slips(what)  # type: ignore[arg-type]
            await self.clock.sleep(300)
            self.sheets = len(self.printer.sheets())
            duty.cancel()
            await asyncio.gather(duty, return_exceptions=True)

        virtual_time.run(main())


def test_each_code_is_printed_once() -> None:
    desk = Desk()
    desk.story((0, NOTICE), (60, None), (1, OTHER), (100, None))
    assert [data[:5] for data in desk.arrived.values()] == [b"%PDF-", b"%PDF-"]
    assert desk.sheets == 2
    assert desk.said == []


def test_a_printer_that_is_off_is_tried_until_the_code_is_gone() -> None:
    desk = Desk()
    desk.printer.switch(on=False)
    desk.story((0, NOTICE), (50, lambda: desk.printer.switch(on=True)), (60, None))
    assert len(desk.arrived) == 1
    assert len(desk.said) == 1
    desk.printer.switch(on=False)
    desk.story((0, OTHER), (50, None), (1, lambda: desk.printer.switch(on=True)))
    assert len(desk.arrived) == 1, "too late to be of use"


def test_nothing_of_the_code_is_said() -> None:
    desk = Desk()
    desk.printer.switch(on=False)
    desk.story((0, NOTICE))
    assert "483920" not in "".join(desk.said)
    assert "483920" not in repr(NOTICE)
