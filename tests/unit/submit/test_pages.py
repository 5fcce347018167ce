"""Page counts of PDFs: right when given, and given only for files whose structure leaves no doubt."""

import io

import matplotlib as mpl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from tools.bench.documents import pdf
from tools.demo.sample import sample_pdf
from tools.submit.pages import pdf_pages

LINEARIZED = (
    b"%%PDF-1.4\n%%\xe2\xe3\xcf\xd3\n12 0 obj\n<< /Linearized 1 /L %d /H [ 10 20 ] /O 14 /E 99 /N 7 /T 5 >>\nendobj\n"
)


def pages(content: bytes) -> int | None:
    return pdf_pages(lambda offset, length: content[offset : offset + length], len(content))


def appended(base: bytes, objects: bytes, entries: bytes, trailer: bytes) -> bytes:
    """An incremental update (7.5.6): `entries` may name `{}`, the offset of the objects."""
    previous = int(base.rsplit(b"startxref", 1)[1].split()[0])
    start = len(base) + len(objects)
    table = b"xref\n" + entries.replace(b"{}", b"%010d" % len(base))
    tail = b"trailer\n<< /Size 9 /Prev %d %b >>\nstartxref\n%d\n%%%%EOF\n" % (previous, trailer, start)
    return base + objects + table + tail


@pytest.mark.parametrize("count", [1, 2, 30, 1000])
def test_plain_files_are_counted(count: int) -> None:
    assert pages(pdf(count, "mark")) == count


def test_files_of_another_program_are_counted() -> None:
    with mpl.rc_context({"pdf.compression": 6}):
        file = io.BytesIO()
        with PdfPages(file) as document:
            for _ in range(3):
                document.savefig(Figure())
    assert pages(file.getvalue()) == 3


def test_a_linearized_file_tells_at_its_beginning() -> None:
    size = len(LINEARIZED % 10)
    whole = LINEARIZED % (size + 90)
    assert pages(whole.ljust(size + 90, b" ")) == 7
    assert pages(whole.ljust(size + 91, b" ")) is None


def test_an_update_counts() -> None:
    base = sample_pdf()
    root = b"2 0 obj\n<< /Type /Pages /Kids [3 0 R 5 0 R 3 0 R] /Count 3 >>\nendobj\n"
    assert pages(appended(base, root, b"2 1\n{} 00000 n \n", b"/Root 1 0 R")) == 3
    assert pages(appended(base, b"", b"2 1\n0000000000 00001 f \n", b"/Root 1 0 R")) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/Count 2", b"/Count 0"),
        (b"/Count 2", b"/Count -"),
        (b"/Count 2", b"/Cound 2"),
        (b"/Root 1 0 R", b"/Root 9 0 R"),
        (b"/Root 1 0 R", b"/Encrypt 1 "),
        (b"/Pages 2 0 R", b"/Pages 3 0 R"),
        (b"/Type /Pages", b"/Type /Pagex"),
        (b"/Type /Catalog", b"/Type (a(b)c) "),
        (b"2 0 obj", b"7 0 obj"),
        (b"xref\n0", b"xrex\n0"),
        (b"trailer", b"tralier"),
        (b"startxref\n", b"startxref\n9"),
        (b"%%EOF", b"%%EOG"),
    ],
)
def test_what_is_not_plain_is_unknown(old: bytes, new: bytes) -> None:
    content = sample_pdf()
    assert old in content
    assert pages(content.replace(old, new, 1)) is None


def test_an_update_that_points_at_itself_ends() -> None:
    base = sample_pdf()
    start = int(base.rsplit(b"startxref", 1)[1].split()[0])
    assert pages(base.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % start)) is None


@settings(deadline=None)
@given(st.data())
def test_no_bytes_can_upset_it(data: st.DataObject) -> None:
    content = bytearray(sample_pdf())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=10))
    counted = pages(bytes(content))
    assert counted is None or counted > 0


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_nor_can_what_is_no_pdf_at_all(content: bytes) -> None:
    assert pages(b"%PDF-1.4\n" + content) is None
