"""What a start is spared: taken out once, and missed where Debian calls it something else."""

import compileall
from pathlib import Path
from py_compile import PycInvalidationMode

import pytest

from tests.unit.image.test_units import FILES, UNITS
from tools.image.errors import ImageError
from tools.image.gate import check_bytecode
from tools.image.lean import GENERATORS, KEPT_TABLES, SPARED_GENERATORS, SPARED_RULES, SPARED_UNITS, spare


@pytest.fixture
def root(tmp_path: Path) -> Path:
    udev = tmp_path / "usr/lib/udev"
    generators = tmp_path / "usr/lib/systemd/system-generators"
    for folder in (udev / "rules.d", udev / "hwdb.d", generators):
        folder.mkdir(parents=True)
    for name in (*SPARED_RULES, "60-persistent-storage"):
        (udev / "rules.d" / f"{name}.rules").touch()
    for name in (*KEPT_TABLES, "20-OUI"):
        (udev / "hwdb.d" / f"{name}.hwdb").touch()
    for name in (*SPARED_GENERATORS, "systemd-fstab-generator"):
        (generators / name).touch()
    return tmp_path


def test_what_no_station_has_goes_and_the_rest_stays(root: Path) -> None:
    spare(root)
    assert [file.name for file in (root / "usr/lib/udev/rules.d").iterdir()] == ["60-persistent-storage.rules"]
    assert sorted(file.stem for file in (root / "usr/lib/udev/hwdb.d").iterdir()) == sorted(KEPT_TABLES)
    masked = {link.name: str(link.readlink()) for link in (root / GENERATORS).iterdir()}
    assert masked == dict.fromkeys(SPARED_GENERATORS, "/dev/null")


@pytest.mark.parametrize(
    "lacking",
    [f"usr/lib/udev/rules.d/{SPARED_RULES[0]}.rules", f"usr/lib/systemd/system-generators/{SPARED_GENERATORS[0]}"],
)
def test_one_that_is_not_there_any_more_ends_the_build(root: Path, lacking: str) -> None:
    (root / lacking).unlink()
    with pytest.raises(FileNotFoundError):
        spare(root)


def test_no_unit_of_ours_needs_one_that_is_spared() -> None:
    units = [file for file in UNITS.rglob("*") if file.is_file()]
    assert [(unit.name, word) for unit in units for word in unit.read_text().split() if word in SPARED_UNITS] == []


def test_the_devices_are_told_of_once_more_and_terminals_that_nobody_has_are_not() -> None:
    text = (FILES / "etc/systemd/system/systemd-udev-trigger.service.d/lockgate.conf").read_text().replace("\\\n", "")
    [first, second] = [line for line in text.splitlines() if line.startswith("ExecStart=-")]
    assert {"--type=devices", "--subsystem-nomatch=tty"} <= set(first.split())
    assert all(f"--sysname-match=tty{kind}*" in second for kind in ("S", "AMA", "USB", "ACM"))


def test_byte_code_that_goes_by_time_ends_the_build(tmp_path: Path) -> None:
    folder = tmp_path / "usr/lib/python3.13"
    folder.mkdir(parents=True)
    (folder / "one.py").write_text("1\n")
    with pytest.raises(ImageError, match=r"one\.py has no byte code"):
        check_bytecode(tmp_path)
    assert compileall.compile_dir(folder, quiet=1, invalidation_mode=PycInvalidationMode.TIMESTAMP)
    with pytest.raises(ImageError, match="goes by time"):
        check_bytecode(tmp_path)
    assert compileall.compile_dir(folder, quiet=1, force=True, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    check_bytecode(tmp_path)
