"""The mesh for a board in emulation: what has to work on this machine before any board is started."""

import json
from pathlib import Path

import pytest

from tools.image.apart import GATEWAY
from tools.image.errors import ImageError
from tools.image.rig import free_port
from tools.image.site import Site
from tools.image.visit import enrol, submit
from tools.pdf import pdf_file


def test_somebody_has_a_badge_a_computer_and_a_document_that_waits(tmp_path: Path) -> None:
    document = tmp_path / "letter.pdf"
    document.write_bytes(pdf_file([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"]))
    with Site(tmp_path, free_port()) as site:
        ada = enrol(site, "ada", "7301948265")
        job = submit(ada, document)
        assert job in site.edgemesh("job", "list")
        with pytest.raises(ImageError, match="lockgate-submit ended with 3"):
            submit(ada, tmp_path / "none.pdf")
        with pytest.raises(ImageError, match="edgemesh badge add"):
            enrol(site, "bob", "7301948265")
        file = site.file("hall", ("evdev:?vid=0627&pid=0001",), f"ipps://{GATEWAY}:631/ipp/print").decode()
    assert f'url = "https://{GATEWAY}:{site.port}"' in file
    assert json.loads(file.splitlines()[0].removeprefix("readers = ")) == ["evdev:?vid=0627&pid=0001"]
