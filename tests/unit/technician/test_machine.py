"""What the doctor says of the machine, from files of the kernel that are laid out here."""

import os
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

import pytest

from firmware.technician.machine import MIB, Machine
from hal.ports.finding import Finding


def laid_out(tmp_path: Path, milli: str = "41000", critical: str = "", available: int = 500 * 1024) -> Machine:
    """A box with one thermal zone and so much memory (kB)."""
    zone = tmp_path / "thermal" / "thermal_zone0"
    zone.mkdir(parents=True)
    (zone / "type").write_text("cpu-thermal\n")
    (zone / "temp").write_text(f"{milli}\n")
    if critical:
        (zone / "trip_point_0_type").write_text("critical\n")
        (zone / "trip_point_0_temp").write_text(critical)
    meminfo = tmp_path / "meminfo"
    meminfo.write_text(f"MemTotal:        1000000 kB\nMemAvailable:    {available} kB\nHugePages_Total:       0\n")
    return Machine(tmp_path, tmp_path / "thermal", meminfo, tmp_path / "place")


def only(findings: Iterable[Finding]) -> Finding:
    (found,) = findings
    return found


@pytest.mark.parametrize(
    ("milli", "critical", "serious", "advised"),
    [
        ("41000", "", False, False),
        ("81000", "", False, True),
        ("90000", "", True, True),
        ("81000", "85000", True, True),
        ("79000", "85000", False, False),
        ("-5000", "85000", False, False),
    ],
)
def test_warmth(tmp_path: Path, milli: str, critical: str, serious: bool, advised: bool) -> None:
    found = only(laid_out(tmp_path, milli, critical).temperature())
    assert (found.serious, bool(found.remedy)) == (serious, advised)
    assert found.problem.startswith(f"cpu-thermal: {int(milli) / 1000:.0f} °C")


@pytest.mark.parametrize("milli", ["", "hot", "²", "9" * 5000])
def test_a_zone_that_tells_nothing(tmp_path: Path, milli: str) -> None:
    assert only(laid_out(tmp_path, milli).temperature()).problem == "this machine does not tell it"


@pytest.mark.parametrize(("mib", "serious", "advised"), [(500, False, False), (100, False, True), (20, True, True)])
def test_memory(tmp_path: Path, mib: int, serious: bool, advised: bool) -> None:
    found = only(laid_out(tmp_path, available=mib * 1024).memory())
    assert (found.serious, bool(found.remedy)) == (serious, advised)
    assert f"{mib} of 976 MiB" in found.problem


def test_memory_that_is_not_told(tmp_path: Path) -> None:
    assert not only(Machine(tmp_path, tmp_path, tmp_path / "none").memory()).serious


def room(mib: int, flag: int = 0, inodes: int = 1000) -> SimpleNamespace:
    return SimpleNamespace(f_flag=flag, f_bavail=mib, f_frsize=MIB, f_favail=inodes, f_files=5000)


@pytest.mark.parametrize(
    ("stat", "serious", "words"),
    [
        (room(1000), [False], "1000 MiB are free"),
        (room(100), [False], "make room soon"),
        (room(10), [True], "make room: du"),
        (room(1000, inodes=3), [True], "make room: du"),
        (room(1000, flag=os.ST_RDONLY), [True, False], "is read-only"),
    ],
)
def test_storage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stat: SimpleNamespace, serious: list[bool], words: str
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _path: stat)
    found = list(Machine(tmp_path).storage())
    assert [one.serious for one in found] == serious
    assert words in " ".join(f"{one.problem} {one.remedy}" for one in found)


def test_storage_that_will_be_made(tmp_path: Path) -> None:
    assert not any(one.serious for one in Machine(tmp_path / "not" / "yet").storage())


@pytest.mark.parametrize(
    ("place", "said", "advised"),
    [
        ("card", "whoever has the card can open it", True),
        ("tpm", "its TPM seals: a card that is taken out opens nowhere else", False),
        ("otp", "burnt into its board: a card that is taken out opens nowhere else", False),
    ],
)
def test_where_the_key_of_the_data_lives(tmp_path: Path, place: str, said: str, advised: bool) -> None:
    machine = laid_out(tmp_path)
    (tmp_path / "place").write_text(f"{place}\n")
    found = only(machine.keeping())
    assert said in found.problem
    assert (found.serious, bool(found.remedy)) == (False, advised)
    assert found in machine.findings()


@pytest.mark.parametrize("text", ["", "cloud\n", "card tpm\n"])
def test_nothing_is_said_of_a_key_that_nobody_knows_of(tmp_path: Path, text: str) -> None:
    machine = laid_out(tmp_path)
    assert list(machine.keeping()) == []
    (tmp_path / "place").write_text(text)
    assert list(machine.keeping()) == []
