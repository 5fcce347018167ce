"""The demonstration, whole: real processes, the real ippeveprinter, and our twin where it is not installed."""

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tools.demo import evidence
from tools.demo.__main__ import main
from tools.demo.sample import sample_pdf
from tools.peers import ippeveprinter, kinds

FIELDS = {
    "outcome",
    "code",
    "document",
    "bytes",
    "document_sha256",
    "delivered_sha256",
    "tap_to_list_ms",
    "tap_to_first_byte_ms",
    "tap_to_printed_ms",
    "station_peak_rss_mib",
    "printer",
    "plaintext_found_on_disk",
    "records_whole",
    "record_entries",
}


def result(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main(["--json", *arguments]) == 0
    said: dict[str, object] = json.loads(capsys.readouterr().out)
    assert set(said) == FIELDS
    return said


def not_installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on there are all programs but ippeveprinter, here and in every process that is started."""
    folder.mkdir()
    for place in ippeveprinter.PATH.split(os.pathsep):
        for program in Path(place).iterdir() if Path(place).is_dir() else ():
            link = folder / program.name
            if program.name != "ippeveprinter" and not link.is_symlink():
                link.symlink_to(program)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(ippeveprinter, "PATH", str(folder))


@pytest.mark.parametrize("real", [True, False], ids=["ippeveprinter", "twin"])
def test_a_document_comes_out_byte_for_byte(
    real: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not real:
        not_installed(tmp_path / "programs", monkeypatch)
    document = tmp_path / "Wörter und Zahlen.pdf"
    document.write_bytes(sample_pdf() + b"%" + bytes(range(256)) * 13_000)  # three segments and a bit
    said = result(capsys, "--document", str(document), "--out", str(tmp_path / "out"))
    digest = hashlib.sha256(document.read_bytes()).hexdigest()
    assert (said["outcome"], said["document_sha256"], said["delivered_sha256"]) == ("printed", digest, digest)
    assert said["plaintext_found_on_disk"] == 0
    assert said["records_whole"] is True
    assert int(str(said["record_entries"])) > 10
    assert ("twin" in str(said["printer"])) is not real
    assert (tmp_path / "out/delivered").read_bytes() == document.read_bytes()


@pytest.mark.parametrize("kind", ["ipps", "cups"])
def test_the_real_printer_by_name_where_there_is_none_says_what_to_install(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    not_installed(tmp_path / "programs", monkeypatch)
    assert main(["--printer", kind]) == 1
    assert "apt-get install cups-ipp-utils" in capsys.readouterr().err


@pytest.mark.parametrize("kind", kinds.WIRED)
def test_the_main_path_from_each_kind_of_reader(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = result(capsys, "--reader", kind)
    assert (said["outcome"], said["delivered_sha256"]) == ("printed", said["document_sha256"])


def test_a_card_proves_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "--reader", "desfire"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["outcome"] == "printed"
    assert "badge accepted (card proof)" in told.err


def test_a_mere_number_is_refused_where_cards_prove_themselves(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(kinds.WIRED, "desfire", replace(kinds.WIRED["pcsc"], proves=True))
    assert main(["--json", "--reader", "desfire"]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["outcome"] == "refused"
    assert "card proof" not in told.err


def test_an_untrusted_printer_is_named_with_the_way_to_approve_it(capsys: pytest.CaptureFixture[str]) -> None:
    with ippeveprinter.IppEvePrinter.start() as printer:
        assert main(["--printer", printer.uri]) == 1
        assert f"pin=sha256:{printer.pin}" in capsys.readouterr().err


@pytest.mark.parametrize("uri", ["rubbish", "ipp://localhost/ipp/print", "ipps://localhost/ipp/print?pin=sha256:zz"])
def test_a_printer_that_no_driver_takes_is_refused_first(uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--printer", uri]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "device-config" in said.err


def test_a_folder_in_use_and_a_missing_document_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("precious")
    assert main(["--out", str(tmp_path)]) == 1
    assert main(["--document", str(tmp_path / "none.pdf")]) == 1
    said = capsys.readouterr().err
    assert "is not empty" in said
    assert "none.pdf" in said


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    document, place = tmp_path / "document", tmp_path / "place"
    document.write_bytes(bytes(range(256)) * 40_000)
    place.mkdir()
    (place / "clean").write_bytes(b"nothing of it" * 100_000)
    assert evidence.found_in(place, evidence.samples(document)) == []
    (place / "leak").write_bytes(b"x" * (2**20 - 30) + document.read_bytes()[4096:8192])
    assert evidence.found_in(place, evidence.samples(document)) == [place / "leak"]
