"""`lockgate printer` and what doctor says of the printer: as processes, at the real ippeveprinter."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.technician.printer_checkup import remedy_of
from firmware.technician.printer_test import waiting
from firmware.technician.printer_words import Shown
from hal.drivers.file_storage import FileStorage
from hal.ports.errors import PrinterRefusedError
from hal.ports.printer import Capabilities, PrinterState, PrinterStatus
from tools.peers.ippeveprinter import IppEvePrinter

ROOT = Path(__file__).parents[3]
OTHER = "ab" * 32


@pytest.fixture(scope="module")
def printer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IppEvePrinter]:
    with IppEvePrinter.start(tmp_path_factory.mktemp("printer")) as running:
        yield running


class Box:
    """A configuration with a printer."""

    def __init__(self, folder: Path, uri: str) -> None:
        self.data = folder / "data"
        self.config = folder / "lockgate.toml"
        self.uri = uri
        self.config.write_text(
            f"""
readers = ["tcp://127.0.0.1:1"]
[station]
data_dir = "{self.data}"
name = "lobby"
[identity]
keys = "file:{folder / "keys"}"
{f'[printer]{chr(10)}uri = "{uri}"' if uri else ""}
"""
        )

    def ran(self, *words: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "firmware", *words, "--config", str(self.config)],
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )


def test_show_says_what_the_printer_says(tmp_path: Path, printer: IppEvePrinter) -> None:
    box = Box(tmp_path, printer.pinned_uri)
    done = box.ran("printer", "show")
    assert done.returncode == 0, done.stderr
    assert "state:              idle: can print" in done.stdout
    assert "application/pdf" in done.stdout
    said = json.loads(box.ran("printer", "show", "--json").stdout)
    assert said["can_print"] is True
    assert "application/pdf" in said["capabilities"]["formats"]
    assert not box.data.exists()


def test_a_test_page_arrives(tmp_path: Path, printer: IppEvePrinter) -> None:
    before = set(printer.documents())
    done = Box(tmp_path, printer.pinned_uri).ran("printer", "test")
    assert done.returncode == 0, done.stderr
    assert "look whether it did" in done.stdout
    (page,) = set(printer.documents()) - before
    assert page.read_bytes().startswith(b"%PDF-")


def test_a_changed_key_is_found_by_the_doctor_and_approved_by_a_person(tmp_path: Path, printer: IppEvePrinter) -> None:
    box = Box(tmp_path, f"{printer.uri}?pin=sha256:{OTHER}")
    ill = box.ran("doctor")
    assert ill.returncode == 1
    assert "printer-untrusted" in ill.stdout
    assert f"run lockgate printer approve --pin {printer.pin}\n" in ill.stdout
    shown = box.ran("printer", "show")
    assert (shown.returncode, f"lockgate printer approve --pin {printer.pin}\n" in shown.stderr) == (78, True)
    kept = box.ran("printer", "approve", typed="no\n")
    assert (kept.returncode, "nothing was changed" in kept.stderr) == (130, True)
    approved = box.ran("printer", "approve", typed="yes\n")
    assert approved.returncode == 0, approved.stderr
    assert f"trusted now: {OTHER}" in approved.stderr
    assert f"shown now:   {printer.pin}" in approved.stderr
    assert box.ran("printer", "show").returncode == 0
    well = box.ran("doctor")
    assert well.returncode == 0
    assert "printer: lockgate-peer answers, and can print" in well.stdout


def test_a_pin_that_is_said_is_compared_and_nobody_is_asked(tmp_path: Path, printer: IppEvePrinter) -> None:
    box = Box(tmp_path, printer.uri)
    wrong = box.ran("printer", "approve", "--pin", OTHER)
    assert (wrong.returncode, "another key" in wrong.stderr) == (2, True)
    assert box.ran("printer", "approve", "--pin", f"sha256:{printer.pin}").returncode == 0
    assert box.ran("printer", "show").returncode == 0


def test_approving_waits_for_the_station_to_be_stopped(tmp_path: Path, printer: IppEvePrinter) -> None:
    box = Box(tmp_path, printer.uri)
    station = FileStorage(box.data)
    station.lock()
    done = box.ran("printer", "approve", "--pin", printer.pin)
    assert done.returncode == 78
    assert done.stderr.startswith("lockgate: printer-busy: the station runs")


def test_a_directory_that_others_may_use_is_not_called_a_station_that_runs(
    tmp_path: Path, printer: IppEvePrinter
) -> None:
    box = Box(tmp_path, printer.uri)
    box.data.mkdir()
    box.data.chmod(0o755)
    done = box.ran("printer", "approve", "--pin", printer.pin)
    assert done.returncode == 78
    assert done.stderr.startswith("lockgate: device-config:")
    assert "chmod 700" in done.stderr


def test_without_a_printer_it_says_how_to_get_one(tmp_path: Path) -> None:
    box = Box(tmp_path, "")
    done = box.ran("printer", "show")
    assert done.returncode == 78
    assert done.stderr.startswith("lockgate: printer-none:")
    assert "lockgate printer find" in box.ran("doctor").stdout


@pytest.mark.parametrize("verb", ["show", "test", "identify"])
def test_one_that_is_none_is_not_told_to_be_switched_on(tmp_path: Path, verb: str) -> None:
    done = Box(tmp_path, "none:").ran("printer", verb)
    assert done.returncode == 78
    assert done.stderr.startswith("lockgate: printer-none:")
    assert "switch it on" not in done.stderr


@pytest.mark.parametrize(
    ("status", "words"),
    [(0, "user and password"), (0x0402, "user and password"), (0x0501, "nothing is wrong"), (0x040A, "")],
)
def test_who_may_print_is_looked_at_where_it_may_be_the_reason(status: int, words: str) -> None:
    """0 is a refusal by HTTP; 0x0501 what a printer without a light or a sound says to `identify`."""
    remedy = remedy_of(PrinterRefusedError("printer", "refused", status))
    assert words in remedy
    assert bool(remedy) is bool(words)


def test_of_a_long_list_of_formats_those_of_use_come_first() -> None:
    status = PrinterStatus(PrinterState.IDLE, (), accepting=True)
    formats = (*(f"application/x-{number}" for number in range(20)), "image/pwg-raster", "application/pdf")
    said = Shown("cups:", status, Capabilities(formats), ()).rows()["formats"]
    assert said.startswith("image/pwg-raster, application/pdf, application/x-0, ")
    assert said.endswith("application/x-9 and 10 more")


def test_only_a_printer_with_a_key_has_one_to_approve(tmp_path: Path) -> None:
    done = Box(tmp_path, "ipp://127.0.0.1:1/ipp/print?insecure=yes-not-encrypted").ran("printer", "approve")
    assert done.returncode == 78
    assert done.stderr.startswith("lockgate: printer-keyless:")


def test_what_keeps_it_from_printing_is_said_once_and_with_what_to_do() -> None:
    status = PrinterStatus(PrinterState.STOPPED, ("cover-open-error", "toner-low-warning"), accepting=True)
    lines = Shown("none:", status, Capabilities(formats=()), ("cover-open",)).lines()
    assert "state:              stopped: cover-open\n" in lines
    assert "what to do:         A cover is open. Close it.\n" in lines
    assert "says also:          toner-low-warning\n" in lines


def test_who_waits_at_the_test_page_is_told_for_what() -> None:
    assert waiting(("cover-open",)) == "the printer waits: cover-open: A cover is open. Close it."
    assert waiting(()) == "the printer waits no more"


def test_the_doctor_says_that_there_is_no_printer(tmp_path: Path) -> None:
    done = Box(tmp_path, "none:").ran("doctor")
    assert done.returncode == 0, done.stderr
    assert "- printer: this station has none\n    set printer.uri" in done.stdout


def test_a_printer_that_takes_no_pdf_wants_a_converter(tmp_path: Path) -> None:
    with IppEvePrinter.start(tmp_path, formats=("image/pwg-raster", "image/urf")) as raster:
        box = Box(tmp_path, raster.pinned_uri)
        without = box.ran("doctor")
        box.config.write_text(box.config.read_text() + '\nconverter = "mutool:"\n')
        with_it = box.ran("doctor")
        box.config.write_text(box.config.read_text().replace("mutool:", "mutool:?zoom=2"))
        mistaken = box.ran("doctor")
    assert without.returncode == 1
    assert 'converter = "mutool:"' in without.stdout
    assert "takes no PDF" not in with_it.stdout
    assert "mend printer.converter" in mistaken.stdout
