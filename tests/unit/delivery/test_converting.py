"""What a document is made into for its printer, by table; and the making."""

from collections.abc import AsyncGenerator

import pytest

from firmware.delivery.converting import Plan, choose, converted, for_printer, resolution
from firmware.delivery.errors import DeliveryError
from hal.drivers.no_converter import NoConverter
from hal.ports.converter import Conversion, Converter
from hal.ports.printer import Capabilities, Document, JobTicket, RasterNeeds
from tests.support.aio import run

PDF, PWG, URF, JPEG = "application/pdf", "image/pwg-raster", "image/urf", "image/jpeg"
BOTH = ("sgray_8", "srgb_8")


class Maker:
    """A converter that says what it was asked."""

    most_bytes = 1000

    def targets(self, source: str) -> tuple[str, ...]:
        return (PDF, PWG, URF) if source == PDF else ()

    async def convert(self, document: Document, wanted: Conversion) -> AsyncGenerator[bytes, None]:
        async for chunk in document:
            yield wanted.target.encode() + b":" + chunk


def ticket(**more: object) -> JobTicket:
    return JobTicket("one", PDF, 10, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("formats", "pages", "ranges", "target"),
    [
        ((PDF, PWG), (), False, None),
        ((), (), False, None),
        ((PDF,), ((2, 9),), True, None),
        ((PDF,), ((2, 9),), False, PDF),
        ((), ((2, 9),), False, PDF),
        ((JPEG, PWG), (), False, PWG),
        ((URF, PWG), ((2, 9),), True, PWG),
        ((URF,), (), False, URF),
    ],
)
def test_into_what(
    formats: tuple[str, ...], pages: tuple[tuple[int, int], ...], ranges: bool, target: str | None
) -> None:
    plan = choose(ticket(pages=pages), Capabilities(formats, page_ranges=ranges), Maker(), 10)
    assert (plan.conversion.target if plan.conversion else None) == target
    assert plan.format == (target or PDF)
    if plan.conversion:
        assert plan.conversion.pages == pages


@pytest.mark.parametrize(
    ("formats", "pages", "converter", "size", "code"),
    [
        ((JPEG,), (), Maker(), 10, "format-unsupported"),
        ((PWG,), (), NoConverter(), 10, "format-unsupported"),
        ((PDF,), ((2, 9),), NoConverter(), 10, "rest-unsupported"),
        ((PWG,), (), Maker(), 1001, "document-too-large"),
    ],
)
def test_refused_before_anything_is_sent(
    formats: tuple[str, ...], pages: tuple[tuple[int, int], ...], converter: Converter, size: int, code: str
) -> None:
    with pytest.raises(DeliveryError) as caught:
        choose(ticket(pages=pages), Capabilities(formats), converter, size)
    assert caught.value.code == code


def test_a_large_document_goes_as_it_is() -> None:
    assert choose(ticket(), Capabilities((PDF,)), Maker(), 10**9) == Plan(PDF)


@pytest.mark.parametrize(
    ("mode", "modes", "types", "color"),
    [
        ("color", (), BOTH, True),
        ("monochrome", ("color",), BOTH, False),
        ("", ("color",), BOTH, True),
        ("auto", ("monochrome",), BOTH, False),
        ("color", ("color",), ("sgray_8",), False),
        ("monochrome", (), ("srgb_8",), True),
        ("color", ("color",), (), False),
    ],
)
def test_in_color(mode: str, modes: tuple[str, ...], types: tuple[str, ...], color: bool) -> None:
    able = Capabilities((PWG,), color_modes=modes, raster=RasterNeeds(types))
    plan = choose(ticket(color_mode=mode), able, Maker(), 1)
    assert plan.conversion is not None
    assert plan.conversion.color is color


@pytest.mark.parametrize(
    ("wanted", "offered", "dpi"),
    [
        (None, (), 300),
        (None, (150, 300, 600), 300),
        (600, (300, 600), 600),
        (1200, (300, 1200), 300),
        (None, (180, 360, 720), 360),
        (None, (1200,), 1200),
        (200, (150, 600), 600),
    ],
)
def test_dots_per_inch(wanted: int | None, offered: tuple[int, ...], dpi: int) -> None:
    assert resolution(wanted, offered) == dpi


def test_what_apple_words_say() -> None:
    able = Capabilities((URF,), raster=RasterNeeds(urf=("V1.4", "W8", "SRGB24", "RS300-600", "DM3", "RSx")))
    plan = choose(ticket(color_mode="color", media="na_letter_8.5x11in"), able, Maker(), 1)
    assert plan.conversion is not None
    needs = plan.conversion.needs
    assert (needs.types, needs.dpi, needs.sheet_back) == (BOTH, (300, 600), "rotated")
    assert plan.conversion.media == "na_letter_8.5x11in"


def test_the_ticket_that_goes_with_it() -> None:
    asked = ticket(pages=((2, 3),), sides="two-sided-long-edge")
    able = Capabilities((PWG,), media_ready=("iso_a4_210x297mm",), raster=RasterNeeds(BOTH, (600,)))
    sent = for_printer(asked, choose(asked, able, Maker(), 1))
    assert (sent.format, sent.size, sent.pages, sent.resolution) == (PWG, None, (), None)
    assert sent.sides == "two-sided-long-edge"
    assert for_printer(asked, Plan(PDF)) == asked


def test_the_making_and_its_end() -> None:
    closed = []

    async def source() -> AsyncGenerator[bytes, None]:
        try:
            yield b"one"
            yield b"two"
        finally:
            closed.append(True)

    async def scene() -> None:
        plan = choose(ticket(), Capabilities((PWG,)), Maker(), 1)
        assert [piece async for piece in converted(source(), plan, Maker())] == [
            PWG.encode() + b":one",
            PWG.encode() + b":two",
        ]
        assert [piece async for piece in converted(source(), Plan(PDF), Maker())] == [b"one", b"two"]
        for one in (plan, Plan(PDF)):
            making = converted(source(), one, Maker())
            await anext(making)
            await making.aclose()
        assert len(closed) == 4

    run(scene())
