"""mutool in its box: what comes out, looked at by libcups; bad documents; and what is left behind, which is nothing."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from hal.drivers import mutool_converter
from hal.drivers.confined import Limits
from hal.drivers.mutool_converter import MutoolConverter
from hal.ports.converter import ConversionError
from hal.ports.errors import DeviceConfigError
from hal.ports.printer import RasterNeeds
from tests.support.aio import run
from tests.support.converting import PDF, PWG, URF, chunks, encrypted, made, pdf, seen_by_cups, wanted

MIB = 1 << 20
CANARY = b"BT (CANARY-7f3a) Tj ET "


def converter(*, seconds: int = 60, memory: int = 1 << 30) -> MutoolConverter:
    return MutoolConverter(64 * MIB, Limits(memory, seconds))


def code_of(document: bytes, one: MutoolConverter | None = None, **more: object) -> str:
    with pytest.raises(ConversionError) as caught:
        run(made(one or converter(), document, wanted(**more)))  # type: ignore[arg-type]
    assert "CANARY" not in str(caught.value)
    return caught.value.code


def children() -> set[str]:
    """Processes whose parent we are, with those that ended and nobody has asked after."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split())


def told_to(pid: str) -> bytes:
    """Arguments and environment of a process."""
    return Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()


def open_files(pid: str = "self") -> list[str]:
    names = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # the listing's own
            names.append(str(link.readlink()))
    return names


@pytest.mark.parametrize("target", [PWG, URF])
@pytest.mark.parametrize("color", [False, True])
def test_every_pixel_is_mutools_own(target: str, color: bool, tmp_path: Path) -> None:
    """Against its own uncompressed output, by way of libcups."""
    (tmp_path / "in.pdf").write_bytes(pdf())
    colors, dots = ("rgb", 3) if color else ("gray", 1)
    command = ["mutool", "draw", "-q", "-F", "pnm", "-c", colors, "-f", "-w", "620", "-h", "877", "-o", "-"]
    plain = subprocess.run([*command, str(tmp_path / "in.pdf"), "1"], check=True, capture_output=True).stdout
    (page,) = seen_by_cups(run(made(converter(), pdf(), wanted(target, color=color))))
    assert plain[-620 * 877 * dots :] == b"".join(page.rows)
    assert (page.header.width, page.header.height, page.header.space) == (620, 877, 19 if color else 18)


def test_the_words_of_a_header() -> None:
    pages = seen_by_cups(run(made(converter(), pdf(2), wanted(sides="two-sided-short-edge"))))
    header = pages[0].header
    assert (header.duplex, header.tumble, header.total, list(header.dpi)) == (1, 1, 2, [75, 75])
    assert (header.media, list(header.points)) == (b"iso_a4_210x297mm", [595, 842])


@pytest.mark.parametrize(
    ("back", "sides", "transforms"),
    [
        ("normal", "two-sided-long-edge", (1, 1)),
        ("flipped", "two-sided-long-edge", (1, -1)),
        ("flipped", "two-sided-short-edge", (-1, 1)),
        ("rotated", "two-sided-long-edge", (-1, -1)),
        ("rotated", "two-sided-short-edge", (1, 1)),
        ("manual-tumble", "two-sided-short-edge", (-1, -1)),
    ],
)
def test_the_back_is_turned(back: str, sides: str, transforms: tuple[int, int]) -> None:
    conversion = wanted(sides=sides, needs=RasterNeeds(sheet_back=back))
    front, behind = seen_by_cups(run(made(converter(), pdf(2), conversion)))
    cross, feed = transforms
    assert (behind.header.cross, behind.header.feed) == transforms
    expected = [row[::cross] for row in front.rows[::feed]]
    differing = sum(a != b for x, y in zip(expected, behind.rows, strict=True) for a, b in zip(x, y, strict=True))
    black = sum(row.count(0) for row in front.rows)
    assert black > 1000
    assert differing < black / 10  # edges fall between pixels another way where mutool turned the page


def test_a_page_that_lies_the_other_way_is_turned() -> None:
    lying = seen_by_cups(run(made(converter(), pdf(1, (842, 595)), wanted())))[0]
    assert (lying.header.width, lying.header.height) == (620, 877)


def test_a_small_page_is_in_the_middle() -> None:
    (page,) = seen_by_cups(run(made(converter(), pdf(1, (144, 144), b"0 0 144 144 re f"), wanted())))
    inked = [y for y, row in enumerate(page.rows) if 0 in row]
    row = page.rows[inked[0]]
    assert (len(inked), row.count(0)) == (150, 150)
    assert inked[0] == (877 - 150) // 2
    assert row.index(0) == (620 - 150) // 2


def test_a_part_of_a_document_as_a_document() -> None:
    part = run(made(converter(), pdf(5), wanted(PDF, pages=((2, 2), (4, 5)))))
    assert part.startswith(b"%PDF-")
    assert len(seen_by_cups(run(made(converter(), part, wanted())))) == 3


def test_pages_that_there_are_not() -> None:
    assert code_of(pdf(2), pages=((3, 9),)) == "document-broken"
    assert code_of(pdf(2), target=PDF, pages=((3, 9),)) == "document-broken"


def test_bad_documents(tmp_path: Path) -> None:
    whole = pdf(3, content=CANARY + SQUARES)
    assert code_of(encrypted(whole, tmp_path)) == "document-encrypted"
    assert code_of(whole[: len(whole) // 2]) == "document-broken"
    assert code_of(b"") == "document-broken"
    assert code_of(pdf(0)) == "document-broken"
    assert code_of(pdf(1, content=CANARY + b"BT (never ends")) == "document-broken"
    assert code_of(pdf(1, count=10**8)) in ("document-too-heavy", "document-broken")


SQUARES = b"0 0 10 10 re f " * 20


def test_bombs() -> None:
    assert code_of(pdf(1, (14400, 14400)), media="", dpi=600) == "document-too-heavy"
    assert code_of(pdf(), converter(memory=64 * MIB), dpi=600, color=True) == "document-too-heavy"
    endless = pdf(1, content=b"0 0 500 700 re f " * 2_000_000)
    assert code_of(endless, converter(seconds=1), dpi=300) == "document-too-heavy"


def test_five_thousand_pages_are_no_reason_to_wait() -> None:
    async def scene() -> None:
        making = converter().convert(chunks(pdf(5000)), wanted())
        got = b""
        while got.count(b"PwgRaster\0") < 2:
            got += await anext(making)
        await making.aclose()
        assert len(got) < MIB
        assert seen_by_cups(got[: got.rindex(b"PwgRaster\0")])[0].header.total == 5000

    run(scene())


def test_the_first_page_leaves_before_the_second_is_begun() -> None:
    """Nobody pulls after the first page: it came whole, while ninety-eight are not begun."""
    document = pdf(100)

    async def scene() -> None:
        making = converter().convert(chunks(document), wanted())
        got = b""
        while got.count(b"PwgRaster\0") < 2:
            got += await anext(making)
        assert len(seen_by_cups(got[: got.rindex(b"PwgRaster\0")])) == 1
        assert got.count(b"PwgRaster\0") == 2
        await making.aclose()

    run(scene())


def test_nothing_is_left_behind() -> None:
    async def scene() -> None:
        before = children()
        making = converter().convert(chunks(pdf(20, content=NOISE)), wanted(dpi=600, color=True))
        await anext(making)
        await anext(making)
        assert children() - before
        await making.aclose()
        assert not children() - before
        assert not any(name.startswith("/memfd:document") for name in open_files())

    run(scene())


def test_killed_from_outside_is_never_a_whole_page() -> None:
    async def scene() -> str:
        before = children()
        making = converter().convert(chunks(pdf(2, content=NOISE)), wanted(dpi=600, color=True))
        await anext(making)
        await anext(making)
        for pid in children() - before:
            os.kill(int(pid), signal.SIGKILL)
        with pytest.raises(ConversionError) as caught:
            [piece async for piece in making]
        return caught.value.code

    assert run(scene()) == "converter-failed"


NOISE = b"".join(b"%d %d 3 3 re f " % (x * 7 % 590, x * 11 % 840) for x in range(20000))


def test_nothing_of_the_document_in_arguments_or_files(tmp_path: Path) -> None:
    async def scene() -> None:
        before = children()
        making = converter().convert(chunks(pdf(2, content=b"% CANARY-7f3a\n" + NOISE)), wanted(dpi=600, color=True))
        await anext(making)
        await anext(making)
        for pid in children() - before:
            told = told_to(pid)
            assert b"CANARY" not in told
            assert b"mutool" in told
            targets = open_files(pid)
            assert all(one.startswith(("/memfd:document", "pipe:", "anon_inode:")) for one in targets), targets
        await making.aclose()

    run(scene())


@pytest.mark.parametrize("uri", ["mutool:somewhere", "mutool:?most-mib=0", "mutool:?zoom=2"])
def test_what_a_uri_may_not_say(uri: str) -> None:
    with pytest.raises(DeviceConfigError):
        mutool_converter.open(uri, None)  # type: ignore[arg-type]
