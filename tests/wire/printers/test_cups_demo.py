"""The demonstration through a private cupsd, whole: real processes, the real cupsd, the real ippeveprinter."""

import hashlib
import json
from pathlib import Path

import pytest

from tools.demo.__main__ import main
from tools.demo.printers import at_once, behind_cupsd
from tools.peers.ippeveprinter import IppEvePrinter


def test_the_demonstration_prints_through_a_private_cupsd(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "--printer", "cups"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["outcome"], said["delivered_sha256"]) == ("printed", said["document_sha256"])
    assert said["plaintext_found_on_disk"] == 0
    assert "cupsd" in said["printer"]


def test_the_demonstration_prints_on_a_cups_printer_of_ones_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with IppEvePrinter.start(tmp_path, command=at_once()) as real:
        assert main(["--json", "--printer", behind_cupsd(real.uri)]) == 0
        (delivered,) = real.documents()
        arrived = hashlib.sha256(delivered.read_bytes()).hexdigest()
    said = json.loads(capsys.readouterr().out)
    assert (said["outcome"], said["document_sha256"], said["delivered_sha256"]) == ("printed", arrived, None)
    assert said["printer"].startswith("your printer at ipp://localhost:")
