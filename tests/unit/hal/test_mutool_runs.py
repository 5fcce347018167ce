"""Many pages to a run of mutool: each is whole and in its place, and what goes wrong is one page's, by its number."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest

from hal.drivers import confined, mutool_runs
from hal.drivers.confined import Limits
from hal.drivers.mutool_converter import MutoolConverter
from hal.ports.converter import ConversionError
from hal.ports.printer import RasterNeeds
from tests.support.aio import run
from tests.support.converting import chunks, made, seen_by_cups, wanted
from tools.pdf import pdf_file

MIB = 1 << 20
PAGES = 23
"""One, four, sixteen, and the beginning of a batch."""


def converter(*, seconds: int = 60) -> MutoolConverter:
    return MutoolConverter(64 * MIB, Limits(1 << 30, seconds))


def bar(number: int) -> bytes:
    """A page's drawing: a bar whose length is its number."""
    return b"0 700 %d 20 re f" % (20 * number)


def document(contents: Sequence[bytes], sizes: Sequence[tuple[int, int]] = ((595, 842),)) -> bytes:
    """A page for each of `contents`, of `sizes` in turn."""
    kids = b" ".join(b"%d 0 R" % (3 + 2 * page) for page in range(len(contents)))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(contents), kids)]
    for page, content in enumerate(contents):
        box = b"/MediaBox [0 0 %d %d]" % sizes[page % len(sizes)]
        objects.append(b"<< /Type /Page /Parent 2 0 R %b /Contents %d 0 R >>" % (box, 4 + 2 * page))
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content))
    return pdf_file(objects)


BARS = [bar(number) for number in range(1, PAGES + 1)]


def lengths(raster: bytes) -> list[int]:
    """Of each page's bar, as `bar` was told."""
    return [round(max(row.count(0) for row in page.rows) * 72 / 75 / 20) for page in seen_by_cups(raster)]


def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands of all runs from here on."""
    commands = []
    real = confined.command

    def noted(program: Sequence[str], limits: Limits) -> list[str]:
        commands.append(list(program))
        return real(program, limits)

    monkeypatch.setattr(mutool_runs, "command", noted)
    return commands


def pages_of(commands: list[list[str]]) -> list[int]:
    """How many pages each run was for."""
    return [len(words[-1].split(",")) for words in commands]


def test_every_page_is_in_its_place_in_growing_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = started(monkeypatch)
    raster = run(made(converter(), document(BARS), wanted()))
    assert lengths(raster) == list(range(1, PAGES + 1))
    assert pages_of(commands) == [1, 4, 16, 2]


@pytest.mark.parametrize("back", ["rotated", "flipped", "manual-tumble"])
@pytest.mark.parametrize("sides", ["two-sided-long-edge", "two-sided-short-edge"])
def test_fronts_and_backs_come_in_turn_from_two_runs(back: str, sides: str) -> None:
    raster = run(made(converter(), document(BARS), wanted(sides=sides, needs=RasterNeeds(sheet_back=back))))
    assert lengths(raster) == list(range(1, PAGES + 1))


def test_pages_of_many_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = started(monkeypatch)
    sizes = ((595, 842), (842, 595), (595, 595), (300, 842), (420, 595))
    pages = seen_by_cups(run(made(converter(), document(BARS, sizes), wanted(media=""))))
    expected = [tuple(round(length * 75 / 72) for length in sizes[page % 5]) for page in range(PAGES)]
    assert [(page.header.width, page.header.height) for page in pages] == expected
    assert all(len(words) > 2 for words in commands)
    assert sum(pages_of(commands)) == PAGES


BROKEN = b"0 700 60 20 re f BT (never ends"


def until_refused(one: MutoolConverter, raw: bytes) -> tuple[int, ConversionError]:
    """How many pages were begun, and why there were no more."""

    async def scene() -> tuple[int, ConversionError]:
        got = b""
        making = one.convert(chunks(raw), wanted())
        try:
            async for piece in making:
                got += piece
        except ConversionError as exc:
            return got.count(b"PwgRaster\0"), exc
        pytest.fail("it was converted")

    return run(scene())


@pytest.mark.parametrize("bad", [1, 2, 5, 6, 14, 23])
def test_a_broken_page_is_named_and_none_comes_after_it(bad: int) -> None:
    contents = [*BARS[: bad - 1], BROKEN, *BARS[bad:]]
    begun, error = until_refused(converter(), document(contents))
    assert (error.code, error.detail.partition(":")[0]) == ("document-broken", f"page {bad}")
    assert begun in (bad - 1, bad)


def test_runs_of_many_that_have_too_little_cost_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page's limits are its own: where many together go beyond them, each is drawn alone."""
    real = confined.command

    def short(program: Sequence[str], limits: Limits) -> list[str]:
        several = "," in program[-1]
        return real(program, Limits(48 * MIB, limits.cpu_seconds) if several else limits)

    monkeypatch.setattr(mutool_runs, "command", short)
    assert lengths(run(made(converter(), document(BARS), wanted(dpi=300)))) == [
        4 * number for number in range(1, PAGES + 1)
    ]


def test_an_error_that_mutool_gets_over_costs_time_and_no_page() -> None:
    """Its cross-reference table is wrong: mutool says so at the beginning of each run."""
    raw = document(BARS).replace(b"startxref", b"startxxxx")
    assert lengths(run(made(converter(), raw, wanted()))) == list(range(1, PAGES + 1))


def test_one_page_that_takes_too_long_is_named() -> None:
    endless = b"0 0 500 700 re f " * 600_000
    _, error = until_refused(converter(seconds=1), document([*BARS[:7], endless, *BARS[8:]]))
    assert (error.code, error.detail.partition(":")[0]) == ("document-too-heavy", "page 8")


NOISE = b"".join(b"%d %d 3 3 re f " % (x * 7 % 590, x * 11 % 840) for x in range(20000))


def ours() -> set[int]:
    """Processes whose parent we are."""
    return {int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()}


async def until_page(making: AsyncGenerator[bytes, None], number: int) -> bytes:
    got = b""
    while got.count(b"PwgRaster\0") < number:
        got += await anext(making)
    return got


def test_a_run_of_many_that_is_killed_goes_on_page_by_page() -> None:
    """Nothing is lost and nothing comes twice, wherever in a page it was killed."""
    raw, conversion = document([NOISE] * 8), wanted(dpi=150)
    whole = run(made(converter(), raw, conversion))

    async def scene() -> bytes:
        before = ours()
        making = converter().convert(chunks(raw), conversion)
        got = await until_page(making, 3)
        for pid in ours() - before:
            os.kill(pid, signal.SIGKILL)
        return got + b"".join([piece async for piece in making])

    assert run(scene()) == whole


def test_closed_amid_a_batch_everything_is_gone() -> None:
    async def scene() -> None:
        before = ours()
        conversion = wanted(dpi=300, sides="two-sided-long-edge", needs=RasterNeeds(sheet_back="rotated"))
        making = converter().convert(chunks(document([NOISE] * 8)), conversion)
        await until_page(making, 3)
        assert len(ours() - before) == 2
        await making.aclose()
        assert ours() <= before
        assert len(asyncio.all_tasks()) == 1

    run(scene())


def test_a_run_that_stands_still_is_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> str:
        before = ours()
        making = converter().convert(chunks(document([NOISE] * 2)), wanted(dpi=600, color=True))
        await until_page(making, 1)
        monkeypatch.setattr(mutool_runs, "STALL_SECONDS", 0.2)
        for pid in ours() - before:
            for child in [pid, *inside(pid)]:
                os.kill(child, signal.SIGSTOP)
        with pytest.raises(ConversionError) as caught:
            [piece async for piece in making]
        assert ours() <= before
        return caught.value.code

    assert run(scene()) == "converter-failed"


def inside(pid: int) -> list[int]:
    """Every process below that one."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
        found += [int(child), *inside(int(child))]
    return found
