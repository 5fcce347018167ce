"""The tryboot backend: RAUC's words over autoboot.txt, each way an update may end, and a cut at every write."""

import os
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

PROGRAM = Path(__file__).parents[3] / "images" / "tryboot" / "lockgate-tryboot"


def _loaded() -> Any:
    loader = SourceFileLoader("lockgate_tryboot", str(PROGRAM))
    spec = spec_from_loader("lockgate_tryboot", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


tryboot = _loaded()
START = "[all]\ntryboot_a_b=1\nboot_partition=2\n[tryboot]\nboot_partition=3\n"


class PowerCutError(Exception):
    """The power is gone."""


class Machine:
    """A board whose firmware does what its documentation says of autoboot.txt."""

    def __init__(self, path: Path) -> None:
        self.path, self.tries = path, False
        for name in ("boot", "run"):
            (path / name).mkdir()
        (path / "boot" / "autoboot.txt").write_text(START)
        self.places = tryboot.Places(
            "", path / "boot", path / "run", path / "partition", path / "cmdline", path / "tryboot"
        )
        self.start()

    def start(self, *, tries: bool = False) -> str:
        """Start, once by `[tryboot]`; /run is empty then. The slot that runs."""
        for left in (self.path / "run").iterdir():
            left.unlink()
        numbers, section = dict[str, int](), ""
        for line in (self.path / "boot" / "autoboot.txt").read_text().splitlines():
            if line.startswith("["):
                section = line.strip("[]")
            elif line.startswith("boot_partition="):
                numbers[section] = int(line.partition("=")[2])
        assert sorted(numbers.values()) == [2, 3]
        number = numbers["tryboot" if tries else "all"]
        (self.path / "partition").write_bytes(number.to_bytes(4, "big"))
        return {2: "A", 3: "B"}[number]

    def ask(self, capsys: pytest.CaptureFixture[str], *words: str) -> str:
        assert tryboot.main(words, self.places) == 0
        return capsys.readouterr().out.strip()

    def do(self, *words: str) -> None:
        assert tryboot.main(words, self.places) == 0


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_fresh_card(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    words = (["get-current"], ["get-primary"], ["get-state", "A"], ["get-state", "B"])
    assert [machine.ask(capsys, *asked) for asked in words] == ["A", "A", "good", "good"]


def install(machine: Machine) -> None:
    """As RAUC does: the target is bad while it is written, then good, then the next to start."""
    machine.do("set-state", "B", "bad")
    machine.do("set-state", "B", "good")
    machine.do("set-primary", "B")


def test_a_good_update_becomes_the_usual_start(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    install(machine)
    assert machine.ask(capsys, "get-primary") == "B"
    assert machine.start(tries=True) == "B"
    assert machine.ask(capsys, "get-primary") == "A", "until it is marked good"
    machine.do("set-state", "B", "good")
    assert machine.ask(capsys, "get-primary") == "B"
    assert machine.start() == "B"
    assert machine.start(tries=True) == "A", "the next update is tried there"


def test_a_try_is_one_until_it_is_marked_good(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    install(machine)
    assert machine.ask(capsys, "is-trial") == "no", "armed is not tried yet"
    assert machine.start(tries=True) == "B"
    assert machine.ask(capsys, "is-trial") == "yes"
    machine.do("set-state", "B", "good")
    assert machine.ask(capsys, "is-trial") == "no"
    assert machine.start() == "B"
    assert machine.ask(capsys, "is-trial") == "no"


def test_where_the_card_does_not_tell_the_firmware_says_whether_it_is_a_try(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    (machine.places.boot / "autoboot.txt").unlink()
    assert tryboot.main(["is-trial"], machine.places) == 1, "nobody knows"
    for said, answer in ((0, "no"), (1, "yes")):
        machine.places.tried.write_bytes(said.to_bytes(4, "big"))
        assert machine.ask(capsys, "is-trial") == answer


def test_a_try_that_fails_leaves_nothing_pending(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    install(machine)
    assert machine.start(tries=True) == "B"
    assert machine.start() == "A"
    assert machine.ask(capsys, "get-primary") == "A"


def test_a_power_cut_before_the_try_leaves_nothing_pending(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    install(machine)
    assert machine.start() == "A"
    assert machine.ask(capsys, "get-primary") == "A"
    machine.do("set-primary", "B")
    assert machine.ask(capsys, "get-primary") == "B", "armed again"


def test_a_bad_slot_is_not_tried(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    install(machine)
    machine.do("set-state", "B", "bad")
    assert machine.ask(capsys, "get-primary") == "A"
    assert machine.ask(capsys, "get-state", "B") == "bad"
    machine.do("set-primary", "B")
    assert machine.ask(capsys, "get-state", "B") == "good"
    machine.do("set-primary", "A")
    assert machine.ask(capsys, "get-primary") == "A"


def test_a_slot_that_does_not_run_is_not_made_the_usual_one(machine: Machine) -> None:
    machine.do("set-state", "B", "good")
    assert machine.start() == "A"


def test_without_a_device_tree_the_command_line_says_the_slot(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.places.partition.unlink()
    machine.places.command_line.write_text("root=/dev/dm-0 rauc.slot=B quiet\n")
    assert machine.ask(capsys, "get-current") == "B"
    machine.places.command_line.write_text("root=/dev/dm-0 rauc.slot=C quiet\n")
    assert tryboot.main(["get-current"], machine.places) == 1
    assert "which slot runs" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["get-state"], ["set-primary", "C"], ["set-state", "A", "fine"], ["reboot"]])
def test_other_words_are_refused(machine: Machine, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert tryboot.main(words, machine.places) == 1
    assert "lockgate-tryboot:" in capsys.readouterr().err


def test_a_partition_that_is_no_slot_and_a_file_without_one_are_said(machine: Machine) -> None:
    machine.places.partition.write_bytes((7).to_bytes(4, "big"))
    assert tryboot.main(["get-current"], machine.places) == 1
    (machine.places.boot / "autoboot.txt").write_text("[tryboot]\nboot_partition=3\n")
    assert tryboot.main(["get-primary"], machine.places) == 1


@pytest.mark.parametrize("cut", range(12))
def test_a_power_cut_at_any_call_leaves_a_slot_that_starts(
    machine: Machine, cut: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(machine)
    assert machine.start(tries=True) == "B"
    left, really = [cut], {name: getattr(os, name) for name in ("fsync", "replace", "open")}

    def counted(name: str) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            if not left[0]:
                raise PowerCutError
            left[0] -= 1
            return really[name](*arguments, **options)

        return call

    with monkeypatch.context() as patch:
        for name in really:
            patch.setattr(os, name, counted(name))
        try:
            tryboot.main(["set-state", "B", "good"], machine.places)
            done = True
        except PowerCutError:
            done = False
    slot = machine.start()
    assert slot in ("A", "B")
    assert slot == "B" or not done


@given(st.text(alphabet="[]altryboo_partition=0123456789\n ", max_size=120))
def test_any_text_names_a_slot_or_is_refused(text: str) -> None:
    try:
        slot = tryboot.read_default(text)
    except tryboot.TrybootError:
        return
    assert f"boot_partition={tryboot.PARTITIONS[slot]}" in text


@pytest.mark.parametrize("slot", ["A", "B"])
def test_what_is_written_is_read(slot: str) -> None:
    assert tryboot.read_default(tryboot.written(slot)) == slot
    assert len(tryboot.written(slot)) == len(START)
