"""Reads the code off a pairing slip, as whoever finds it in the printer does: from the figures on the page.

The page is drawn anew from the document that came, and each figure on it compared with the ten that there are.
"""

import io
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

from firmware.pairing.slip import CODE_SIZE, CODE_TOP
from firmware.paper import DPI, HEIGHT, MARGIN, WIDTH, Sheet
from firmware.vault.pairing import CODE_DIGITS, shown
from tools.image.errors import ImageError
from tools.image.workplace import run

LINE = (MARGIN, CODE_TOP, WIDTH - MARGIN, CODE_TOP + int(CODE_SIZE * 1.2))
"""Where the code stands on the page, in pixels."""
BOX = (60, 100)
MOST_DIFFERENT = 0.15
"""Which part of a figure's black may be elsewhere than in the one that it is taken for."""


def code_of(document: bytes) -> str:
    """The code on a slip in PDF, as a person reads it. Raises `ImageError` where there is none."""
    return code_on(_drawn(document))


def code_on(page: Image.Image) -> str:
    """The code on a page of `WIDTH` x `HEIGHT`. Raises `ImageError`."""
    known = {figure: _figures(_alone(figure))[0] for figure in "0123456789"}
    digits = "".join(_known(figure, known) for figure in _figures(page))
    if len(digits) != CODE_DIGITS:
        raise ImageError(f"a page with {len(digits)} figures where a code has {CODE_DIGITS}")
    return shown(digits)


def _drawn(document: bytes) -> Image.Image:
    """The first page. Raises `ImageError`."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "slip.pdf", Path(folder) / "slip.pgm"
        source.write_bytes(document)
        run(["mutool", "draw", "-q", "-r", str(DPI), "-o", str(target), str(source), "1"])
        page = Image.open(io.BytesIO(target.read_bytes())).convert("L")
    return page if page.size == (WIDTH, HEIGHT) else page.resize((WIDTH, HEIGHT))


def _alone(figure: str) -> Image.Image:
    sheet = Sheet()
    sheet.text(CODE_TOP, CODE_SIZE, figure)
    return sheet.image().convert("L")


def _figures(page: Image.Image) -> list[Image.Image]:
    """The figures of the line, each black on white, cut out and made equally large: between columns of ink are columns
    of paper."""
    line = page.crop(LINE).point(lambda level: 255 if level < 128 else 0)
    inked = [line.crop((x, 0, x + 1, line.height)).getbbox() is not None for x in range(line.width)]
    starts = [x for x in range(line.width) if inked[x] and not (x and inked[x - 1])]
    ends = [x + 1 for x in range(line.width) if inked[x] and not (x + 1 < line.width and inked[x + 1])]
    cut = (line.crop((left, 0, right, line.height)) for left, right in zip(starts, ends, strict=True))
    return [figure.crop(figure.getbbox()).resize(BOX) for figure in cut]


def _known(figure: Image.Image, known: dict[str, Image.Image]) -> str:
    differences = {name: _ink(ImageChops.difference(figure, one)) / _ink(one) for name, one in known.items()}
    best = min(differences, key=differences.__getitem__)
    if differences[best] > MOST_DIFFERENT:
        raise ImageError("there is something on the slip that is no figure")
    return best


def _ink(image: Image.Image) -> float:
    return sum(image.tobytes()) / 255
