"""The demonstration through a private cupsd, whole: real processes, the real cupsd, the real ippeveprinter."""

import json

import pytest

from tools.demo.__main__ import main


def test_the_demonstration_prints_through_a_private_cupsd(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "--printer", "cups"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["outcome"], said["delivered_sha256"]) == ("printed", said["document_sha256"])
    assert said["plaintext_found_on_disk"] == 0
    assert "cupsd" in said["printer"]
