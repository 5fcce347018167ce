"""What every converter does: the twin and mutool in its box."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from hal.drivers import mutool_converter
from hal.drivers.confined import Limits
from hal.drivers.mutool_converter import MutoolConverter
from hal.ports.converter import ConversionError, Converter
from hal.sim.converter import SimConverter
from tests.support.aio import run
from tests.support.converting import PDF, PWG, chunks, made, pdf, seen_by_cups, wanted

MOST = 1 << 20


@pytest.fixture(params=["twin", "mutool"])
def converter(request: pytest.FixtureRequest) -> Converter:
    if request.param == "twin":
        return SimConverter(MOST)
    assert mutool_converter.findings() == ()
    return MutoolConverter(MOST, Limits(1 << 30, 60))


def refused(converter: Converter, document: bytes, target: str = PWG) -> str:
    with pytest.raises(ConversionError) as caught:
        run(made(converter, document, wanted(target)))
    return caught.value.code


def test_as_many_pages_as_the_document_has(converter: Converter) -> None:
    assert len(seen_by_cups(run(made(converter, pdf(3), wanted())))) == 3


def test_the_rest_of_a_document(converter: Converter) -> None:
    assert len(seen_by_cups(run(made(converter, pdf(5), wanted(pages=((3, 5),)))))) == 3


def test_what_it_makes_of_what(converter: Converter) -> None:
    assert PWG in converter.targets(PDF)
    assert converter.targets("application/x-nothing") == ()
    assert refused(converter, pdf(), "application/x-nothing") == "converter-failed"


def test_a_document_larger_than_its_memory(converter: Converter) -> None:
    assert refused(converter, pdf() + bytes(MOST)) == "document-too-large"


def test_what_is_no_document(converter: Converter) -> None:
    assert refused(converter, b"no PDF at all") == "document-broken"


def test_what_the_document_raises_is_passed_on(converter: Converter) -> None:
    async def breaks() -> AsyncGenerator[bytes, None]:
        yield pdf()[:100]
        raise ConnectionResetError("cut")

    async def scene() -> None:
        with pytest.raises(ConnectionResetError):
            [piece async for piece in converter.convert(breaks(), wanted())]

    run(scene())


def test_closed_after_the_first_piece(converter: Converter) -> None:
    async def scene() -> None:
        making = converter.convert(chunks(pdf(50)), wanted())
        assert await anext(making)
        await making.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(making)
        assert len(asyncio.all_tasks()) == 1

    run(scene())
