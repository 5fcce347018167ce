"""The document: every reason not to take one, and never two texts under one nonce."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.demo.sample import sample_pdf
from tools.submit import formats
from tools.submit.document import BLOCK, Document
from tools.submit.errors import SubmitError


def document(tmp_path: Path, content: bytes, name: str = "report.pdf") -> Document:
    path = tmp_path / name
    path.write_bytes(content)
    return Document(path)


def refused(act: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(SubmitError) as caught:
        act()
    return caught.value.code, caught.value.detail


def test_a_document_gives_its_blocks_kind_and_pages(tmp_path: Path) -> None:
    with document(tmp_path, sample_pdf() + bytes(2 * BLOCK)) as found:
        assert (found.name, found.size) == ("report.pdf", len(sample_pdf()) + 2 * BLOCK)
        assert found.format() is formats.PDF
        assert [len(block) for block in found.blocks()] == [BLOCK, BLOCK, len(sample_pdf())]


def test_pages_are_counted_where_that_is_certain(tmp_path: Path) -> None:
    with document(tmp_path, sample_pdf()) as found:
        assert (found.pages(formats.PDF), found.pages(formats.JPEG), found.pages(formats.TEXT)) == (2, 1, None)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "socket"))
    listener.close()
    for path, words in (
        (tmp_path / "missing.pdf", "No such file"),
        (tmp_path, "directory"),
        (tmp_path / "pipe", "pipe"),
        (tmp_path / "socket", "No such device"),
        (Path("/dev/null"), "device"),
        (Path("a\0b"), "no name of a file"),
        (tmp_path / ("x" * 300), "too long"),
    ):
        code, detail = refused(lambda path=path: Document(path))  # type: ignore[misc]
        assert code == "document-unreadable"
        assert words in detail


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert refused(lambda: document(tmp_path, b""))[0] == "document-empty"


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tools.submit.document.os.open", denied)
    assert refused(lambda: Document(tmp_path / "x")) == ("document-unreadable", f"{tmp_path / 'x'}: Permission denied")


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"text" * 20_000 + b"\0", b"text" * 20_000 + b"\xff"])
def test_other_kinds_are_refused_with_what_is_accepted(tmp_path: Path, content: bytes) -> None:
    with document(tmp_path, content) as found:
        code, detail = refused(found.format)
    assert code == "document-format"
    assert formats.accepted() in detail


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"\xff\xd8\xff\xe0\x00\x10JFIF", b"RaS2PwgRaster\0" + bytes(1700)])
def test_a_document_that_ends_after_its_beginning_is_refused(tmp_path: Path, content: bytes) -> None:
    with document(tmp_path, content) as found:
        code, detail = refused(found.format)
    assert code == "document-damaged"
    assert f"its {len(content)} bytes" in detail


def test_text_that_is_not_utf_8_is_called_so(tmp_path: Path) -> None:
    for content in ("Grüße".encode("latin-1"), b"text" * 20_000 + b"\xff"):
        with document(tmp_path, content) as found:
            assert "not UTF-8 text" in refused(found.format)[1]


def test_a_pdf_without_an_end_seems_cut(tmp_path: Path) -> None:
    whole = sample_pdf()
    for content, is_cut in ((whole, False), (whole + b"\n" * 1000, False), (whole[:-60], True)):
        with document(tmp_path, content) as found:
            assert found.seems_cut(found.format()) is is_cut
    with document(tmp_path, b"text") as found:
        assert not found.seems_cut(found.format())


def test_a_name_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    with document(tmp_path, b"x", "a\x1b[2Jb\n.pdf") as found:
        assert found.name == "a?[2Jb?.pdf"


@pytest.mark.parametrize(
    "change",
    [
        lambda path, content: path.write_bytes(b"y" + content[1:]),
        lambda path, content: path.write_bytes(content + b"y"),
        lambda path, content: path.write_bytes(content[:-1]),
        lambda path, content: os.truncate(path, 0),
        lambda path, content: os.utime(path, (0, 0)),
    ],
)
@pytest.mark.parametrize("passes", [0, 1])
def test_a_change_is_noticed_before_the_last_block(
    tmp_path: Path, change: Callable[[Path, bytes], object], passes: int
) -> None:
    content = b"x" * (2 * BLOCK + 5)
    with document(tmp_path, content) as found:
        for _ in range(passes):
            assert b"".join(found.blocks()) == content
        change(tmp_path / "report.pdf", content)
        given = list[bytes]()
        code, _ = refused(lambda: given.extend(found.blocks()))
        assert code == "document-changed"
        if passes:
            assert content.startswith(b"".join(given)), "no other text than the first time"


def test_a_block_that_changed_unseen_is_not_given_out(tmp_path: Path) -> None:
    content = b"x" * (2 * BLOCK)
    with document(tmp_path, content) as found:
        seen = (tmp_path / "report.pdf").stat()
        list(found.blocks())
        (tmp_path / "report.pdf").write_bytes(b"x" * BLOCK + b"y" * BLOCK)
        os.utime(tmp_path / "report.pdf", ns=(seen.st_atime_ns, seen.st_mtime_ns))
        given = list[bytes]()
        assert refused(lambda: given.extend(found.blocks()))[0] == "document-changed"
        assert given == [content[:BLOCK]], "only the block that is as it was"


def test_reading_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    with document(tmp_path, b"x") as found:
        monkeypatch.setattr(found._file, "read", broken, raising=True)
        assert refused(found.format)[1].endswith("Input/output error")
