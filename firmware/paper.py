"""A page that the station itself has something to say on: drawn, and made into what the printer takes."""

import io
from collections.abc import AsyncIterator, Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from firmware.errors import LockgateError
from hal.framing.pwg import gray_page
from hal.ports.printer import JobTicket, Printer
from hal.ports.workers import Workers

if TYPE_CHECKING:
    from PIL.Image import Image

DPI = 150
WIDTH, HEIGHT = 1240, 1754
"""A4 at 150 dpi. What matters stands in the upper 10 inches, so that a shorter sheet has it too."""
MARGIN = 150
SMALLEST = 20
"""Pixels, for a line that is too long; what does not fit even so is cut off."""
PIECE = 2**20
_PWG_SCALE = 2
"""PWG printers take 300 dpi: each dot becomes four."""


class UnprintableError(LockgateError):
    """There is no way to make the page, or none that the printer takes."""

    code = "page-unprintable"


class Sheet:
    """A white A4 page. Raises `UnprintableError` without Pillow."""

    def __init__(self) -> None:
        try:
            from PIL import Image, ImageDraw  # noqa: PLC0415 - an extra, and seldom needed
        except ModuleNotFoundError as exc:
            raise UnprintableError("no page without Pillow: pip install 'lockgate[slip]'") from exc
        self._image = Image.new("L", (WIDTH, HEIGHT), 255)
        self._draw = ImageDraw.Draw(self._image)

    def text(self, top: float, size: int, words: str) -> None:
        """One line, made smaller where it is too long. All numbers are pixels."""
        from PIL import ImageFont  # noqa: PLC0415 - as above

        font, room = ImageFont.load_default(size), WIDTH - 2 * MARGIN
        if (width := font.getlength(words)) > room:
            font = ImageFont.load_default(max(SMALLEST, int(size * room / width)))
            words = words[: int(len(words) * room / max(room, font.getlength(words)))]
        self._draw.text((MARGIN, top), words, fill=0, font=font)

    def box(self, left: int, top: int, right: int, bottom: int, *, filled: bool = False) -> None:
        """A rectangle, by its corners in pixels."""
        self._draw.rectangle((left, top, right, bottom), fill=0 if filled else None, outline=0, width=2)

    def image(self) -> "Image":
        """The page in black and white (1 bit), WIDTH x HEIGHT."""
        from PIL import Image  # noqa: PLC0415 - as above

        return self._image.point(lambda level: 255 if level > 127 else 0).convert("1", dither=Image.Dither.NONE)


def _pdf(image: "Image") -> bytes:
    return _saved(image, "PDF")


def _jpeg(image: "Image") -> bytes:
    return _saved(image.convert("L"), "JPEG")


def _saved(image: "Image", format: str) -> bytes:
    made = io.BytesIO()
    image.save(made, format, resolution=DPI, dpi=(DPI, DPI))
    return made.getvalue()


def _pwg(image: "Image") -> bytes:
    from PIL import Image  # noqa: PLC0415 - as above

    size = (WIDTH * _PWG_SCALE, HEIGHT * _PWG_SCALE)
    gray = image.convert("L").resize(size, Image.Resampling.NEAREST)
    return gray_page(gray.tobytes(), *size, dpi=DPI * _PWG_SCALE)


WRITERS: Mapping[str, Callable[["Image"], bytes]] = MappingProxyType(
    {"application/pdf": _pdf, "image/jpeg": _jpeg, "image/pwg-raster": _pwg}
)
"""What a page can be made as, the best first: PDF is exact and the smallest; any network printer takes one of them."""


def document(draw: Callable[[], "Image"], formats: tuple[str, ...]) -> tuple[str, bytes]:
    """The format and the document for a printer that takes `formats`. Raises `UnprintableError`."""
    for format, write in WRITERS.items():
        if format in formats:
            return format, write(draw())
    raise UnprintableError("the printer takes neither PDF nor JPEG nor PWG raster")


async def print_page(printer: Printer, name: str, draw: Callable[[], "Image"], workers: Workers) -> int:
    """Print what `draw` makes as a job of that name; the printer's job-id. Raises the printer's errors and
    `UnprintableError`."""
    can = await printer.capabilities()
    format, made = await workers.run(lambda: document(draw, can.formats))
    ticket = JobTicket(name, format, len(made))
    job_id = (await printer.create_job(ticket)).job_id
    await printer.send_document(job_id, ticket, _pieces(made))
    return job_id


async def _pieces(made: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(made), PIECE):
        yield made[start : start + PIECE]
