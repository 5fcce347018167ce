"""The pairing slip: a page with the code in large figures, rendered, as PDF, JPEG or PWG raster."""

import io
from collections.abc import Callable, Mapping
from math import ceil
from types import MappingProxyType
from typing import TYPE_CHECKING

from firmware.pairing.errors import PairingError
from firmware.pairing.port import CodeNotice
from hal.framing.pwg import gray_page

if TYPE_CHECKING:
    from PIL.Image import Image

DPI = 150
WIDTH, HEIGHT = 1240, 1754
"""A4 at 150 dpi. Everything stands in its upper 10 inches, so that a shorter sheet has it too."""
SMALLEST = 20
"""Pixels, for a line that is too long; what does not fit even so is cut off."""
MARGIN = 150
CODE_TOP, CODE_SIZE = 560, 150
"""Where the figures begin, and how tall they are, in pixels."""
_LINE = 1.35
_PWG_SCALE = 2
"""PWG printers take 300 dpi: each dot becomes four."""


def page(notice: CodeNotice) -> "Image":
    """The page in black and white (1 bit), WIDTH x HEIGHT. Raises `PairingError` `slip-unprintable` without Pillow."""
    try:
        from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - an extra, and needed once in a box's life
    except ModuleNotFoundError as exc:
        raise PairingError("no slip without Pillow: pip install 'lockgate[slip]'", code="slip-unprintable") from exc
    image = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(image)

    def text(top: float, size: int, words: str) -> None:
        font, room = ImageFont.load_default(size), WIDTH - 2 * MARGIN
        if (width := font.getlength(words)) > room:
            font = ImageFont.load_default(max(SMALLEST, int(size * room / width)))
            words = words[: int(len(words) * room / max(room, font.getlength(words)))]
        draw.text((MARGIN, top), words, fill=0, font=font)

    text(150, 64, "Pairing slip")
    text(270, 44, f"{notice.kind.capitalize()}: {notice.name}")
    text(340, 30, "Organisation: not known before the approval")
    text(390, 30, f"Mesh: {notice.url}")
    text(CODE_TOP - 70, 36, "Code")
    text(CODE_TOP, CODE_SIZE, notice.code)
    top = CODE_TOP + CODE_SIZE * _LINE + 60
    for line in _instructions(notice):
        text(top, 32, line)
        top += 32 * _LINE
    return image.point(lambda level: 255 if level > 127 else 0).convert("1", dither=Image.Dither.NONE)


def _instructions(notice: CodeNotice) -> tuple[str, ...]:
    minutes = max(1, ceil(notice.seconds / 60))
    groups = [notice.fingerprint[start : start + 8] for start in range(0, len(notice.fingerprint), 8)]
    return (
        f"Good for {minutes} minutes from now; a later slip has another code.",
        "",
        "An administrator of the mesh types this code at the mesh's own",
        "administration. If the code is refused, somebody may stand between",
        "this box and the mesh: do not use the box, and look at the network.",
        "",
        "The mesh answered under a CA with this SHA-256 fingerprint:",
        *(" ".join(groups[start : start + 4]) for start in range(0, len(groups), 4)),
        "",
        "Worthless once the box is paired: throw it away.",
    )


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
"""What a slip can be made as, the best first: PDF is exact and the smallest; any network printer takes one of them."""


def slip(notice: CodeNotice, formats: tuple[str, ...]) -> tuple[str, bytes]:
    """The slip's format and document, for a printer that takes `formats`. Raises `PairingError` `slip-unprintable`."""
    for format, write in WRITERS.items():
        if format in formats:
            return format, write(page(notice))
    raise PairingError("the printer takes neither PDF nor JPEG nor PWG raster", code="slip-unprintable")
