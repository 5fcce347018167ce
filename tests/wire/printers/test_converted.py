"""A PDF on a printer that takes none: the real mesh, station, mutool and ippeveprinter; read back by libcups."""

import json
from pathlib import Path

import pytest

from tests.support.converting import seen_by_cups
from tools.demo import evidence
from tools.demo.__main__ import main
from tools.demo.sample import sample_pdf


def test_a_pdf_comes_out_as_raster(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "--printer", "raster", "--out", str(tmp_path / "out")]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["outcome"], said["plaintext_found_on_disk"]) == ("printed", 0)
    pages = seen_by_cups((tmp_path / "out/delivered").read_bytes())
    assert len(pages) == 2
    assert {(page.header.media, page.header.total, *page.header.dpi) for page in pages} == {
        (b"na_letter_8.5x11in", 2, 300, 300)
    }
    assert all(any(min(row) == 0 for row in page.rows) for page in pages), "something is on each"
    (document,) = (tmp_path / "out").glob("*.pdf")
    assert document.read_bytes() == sample_pdf()
    for line in said, capsys.readouterr().err:
        assert not any(piece in repr(line).encode() for piece in evidence.samples(document))
