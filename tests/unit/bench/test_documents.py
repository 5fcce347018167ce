"""The documents of simulated people: real PDFs, with their mark in every piece."""

import re

import pytest

from tools.bench.documents import pdf


@pytest.mark.parametrize("pages", [1, 2, 12])
def test_the_file_says_where_its_objects_are(pages: int) -> None:
    document = pdf(pages, "mark-1")
    table = int(re.findall(rb"startxref\n(\d+)\n%%EOF\n$", document)[0])
    assert document[table:].startswith(b"xref\n0 %d\n" % (4 + 2 * pages))
    offsets = re.findall(rb"^(\d{10}) 00000 n $", document[table:], re.MULTILINE)
    for number, offset in enumerate(offsets, start=1):
        assert document[int(offset) :].startswith(b"%d 0 obj\n" % number)
    assert len(re.findall(rb"/Type /Page\b", document)) == pages


def test_every_stream_is_as_long_as_it_says() -> None:
    for length, stream in re.findall(rb"/Length (\d+) >>\nstream\n(.*?)endstream", pdf(3, "mark-1"), re.DOTALL):
        assert len(stream) == int(length)


def test_the_mark_is_in_every_piece() -> None:
    document = pdf(2, "mark-1")
    assert all(b"mark-1" in document[start : start + 1000] for start in range(500, len(document) - 1000, 1000))
