"""Kinds of documents by their content."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.submit import formats
from tools.submit.formats import HEAD_BYTES, JPEG, PDF, POSTSCRIPT, PWG_RASTER, TEXT, Format

STARTS = st.sampled_from(
    [start for start, _ in (*formats._STARTS, *formats._OTHERS)] + [b"%PDF-1.7", b"\xef\xbb\xbf", b""]
)


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", PDF),
        (b"\xef\xbb\xbf\r\n%PDF-2.0\n", PDF),
        (b"%!PS-Adobe-3.0\n", POSTSCRIPT),
        (b"\x04%!PS\n", POSTSCRIPT),
        (b"RaS2PwgRaster\0" + bytes(50), PWG_RASTER),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", JPEG),
        (b"\xff\xd8\xff\xe1\x00\x10Exif", JPEG),
        ("Grüße\r\n\tans\fWerk\n".encode(), TEXT),
        (b"\xef\xbb\xbfwith a mark", TEXT),
        (b"%PDF is a format", TEXT),
        (b"x", TEXT),
        (b"a" * (HEAD_BYTES - 1) + "ü".encode()[:1], TEXT),
    ],
)
def test_accepted_kinds(head: bytes, found: Format) -> None:
    assert formats.recognise(head) is found


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"PK\x03\x04\x14\0", "office"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"),
        (b"{\\rtf1\\ansi", "Rich Text"),
        (b"<!DOCTYPE html><html>", "HTML"),
        (b"\xef\xbb\xbf <?xml version='1.0'?>", "XML"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"UNIRAST\0", "Apple raster"),
        (b"RaS3", "not PWG"),
        (b"\x1b%-12345X@PJL\n", "printer's own"),
        (b"\xff\xfeH\0i\0", "UTF-16"),
        (b"\x7fELF\x02\x01", "do not know"),
        (b"\xff\xd8", "do not know"),
        (b"latin-1: \xe9t\xe9", "not UTF-8 text"),
        (b"\xe9\xe8\xe7a", "do not know"),
        (b"bell \x07", "do not know"),
    ],
)
def test_kinds_that_are_not_accepted_are_named(head: bytes, words: str) -> None:
    assert formats.recognise(head) is None
    assert words in formats.describe(head)


@settings(deadline=None)
@given(STARTS, st.binary(max_size=200))
def test_any_bytes_are_of_one_kind_or_none(start: bytes, rest: bytes) -> None:
    found = formats.recognise(start + rest)
    assert found in (None, *formats.ACCEPTED)
    assert formats.describe(start + rest)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["C"]), min_size=1), st.integers(1, 5))
def test_text_is_text_in_any_portions(text: str, size: int) -> None:
    raw = text.encode()
    assert formats.is_text(raw[start : start + size] for start in range(0, len(raw), size))
    assert not formats.is_text([raw, b"\0"])
    assert not formats.is_text([raw, b"\xc3"])


def test_all_accepted_kinds_are_listed_for_people() -> None:
    assert formats.accepted() == "PDF, PostScript, PWG raster, JPEG, text in UTF-8"


@pytest.mark.parametrize(("found", "least"), [(PDF, 32), (JPEG, 27), (PWG_RASTER, 1801), (TEXT, 1), (POSTSCRIPT, 1)])
def test_what_has_no_room_for_a_page_was_cut(found: Format, least: int) -> None:
    assert not formats.is_too_short(found, least)
    assert formats.is_too_short(found, least - 1) is (least > 1)


@pytest.mark.parametrize(
    ("tail", "ended"), [(b"startxref\n9\n%%EOF\n", True), (b"%%EOF" + bytes(900), True), (b"endobj", False)]
)
def test_the_end_of_a_pdf(tail: bytes, ended: bool) -> None:
    assert formats.has_pdf_end(tail) is ended
