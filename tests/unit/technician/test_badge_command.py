"""`lockgate badge` as a process, on a real serial driver over a pseudo-terminal: what a technician types and sees."""

import json
import os
import select
import signal
import subprocess
import sys
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hal.drivers.file_storage import FileStorage

ROOT = Path(__file__).parents[3]
BADGE = b"946EBD28\r\n"


class Box:
    """A configuration with one reader; what of its other devices is opened would fail."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.config = folder / "lockgate.toml"
        self.hand, self.wire = os.openpty()
        tty.setraw(self.wire)
        self.config.write_text(
            f"""
readers = ["serial://{os.ttyname(self.wire)}?name=front"]
[station]
data_dir = "{self.data}"
[identity]
keys = "file:/proc/no-keys"
[printer]
uri = "nonsense:"
"""
        )

    @contextmanager
    def lockgate(self, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
        with subprocess.Popen(
            [sys.executable, "-m", "firmware", "badge", *arguments, "--config", str(self.config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def ran(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        with self.lockgate(*arguments) as process:
            out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def tap(self) -> None:
        os.write(self.hand, BADGE)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path)
    yield made
    os.close(made.hand)
    os.close(made.wire)


def first_output(box: Box, process: "subprocess.Popen[str]") -> str:
    """What is on stdout once a badge was read: it is presented until then, for what comes before the reader is open is
    not taken, and what comes as it opens is told as torn."""
    assert process.stdout is not None
    line = ""
    while not line or "read-torn" in line:
        while not select.select([process.stdout], [], [], 0.2)[0]:
            assert process.poll() is None
            box.tap()
        line = process.stdout.readline()
        assert line, process.stderr and process.stderr.read()
    return line


def test_watch_shows_a_badge_masked_and_touches_nothing_but_the_reader(box: Box) -> None:
    with box.lockgate("watch") as process:
        line = first_output(box, process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert "front  ••••••28  text, 8 characters, unknown  rules: none  number ••••••28" in line
    assert process.returncode == 0
    assert "946EBD28" not in (line + out + err).upper()
    assert err.startswith("watching front")
    assert not box.data.exists()


@pytest.mark.parametrize("pause", [0.001, 0.004, 0.015])
def test_impatient_interrupts_end_watch_without_a_word(box: Box, pause: float) -> None:
    with box.lockgate("watch") as process:
        first_output(box, process)
        process.send_signal(signal.SIGINT)
        while True:
            try:
                process.wait(timeout=pause)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGINT)
            else:
                break
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert err.splitlines()[1:] == []


def test_watch_counts_and_speaks_json(box: Box) -> None:
    with box.lockgate("watch", "--count", "1", "--json", "--show") as process:
        line = first_output(box, process)
        assert process.wait(timeout=60) == 0
    seen = json.loads(line)
    assert (seen["raw"], seen["number"], seen["reader"]) == ("946EBD28", "946ebd28", "front")
    assert seen["ms"] >= 0


def test_solve_writes_the_rule_that_watch_then_uses_and_rules_lists_and_removes(box: Box) -> None:
    with box.lockgate("solve") as process:
        assert process.stdin is not None
        process.stdin.write("2490285352\n\n")
        process.stdin.flush()
        first_output(box, process)
        assert process.stdout is not None
        out = process.stdout.read()
        assert process.wait(timeout=60) == 0
    assert "1  hex2dec  2490285352" in out
    assert json.loads(box.ran("rules", "--json").stdout) == {"readers": {"front": ["hex2dec"]}, "site": []}
    with box.lockgate("watch", "--count", "1", "--show") as process:
        assert "rules: hex2dec  number 2490285352" in first_output(box, process)
    assert b"2490" not in b"".join(path.read_bytes() for path in box.data.iterdir())
    assert box.ran("rules", "--remove", "front").returncode == 0
    assert json.loads(box.ran("rules", "--json").stdout) == {"readers": {}, "site": []}
    again = box.ran("rules", "--remove", "front")
    assert (again.returncode, again.stderr) == (78, "lockgate: badge-rule-none: nothing was written for front\n")


def test_solve_while_the_station_has_the_storage_says_to_stop_it(box: Box) -> None:
    station = FileStorage(box.data)
    station.lock()
    done = box.ran("solve")
    assert done.returncode == 78
    assert done.stderr.startswith("lockgate: badge-busy: another process uses")
    assert "systemctl stop lockgate" in done.stderr


def test_a_reader_that_another_process_holds_is_lost_with_words_that_help(box: Box) -> None:
    with box.lockgate("watch") as holder:
        first_output(box, holder)
        done = box.ran("solve")
        assert done.returncode == 78
        assert "device-lost: front: " in done.stderr
        assert "stop it first" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["watch", "--reader", "none"], 78), (["watch", "--count", "0"], 2), ([], 2), (["rules", "--remove"], 2)],
)
def test_wrong_arguments(box: Box, arguments: list[str], code: int) -> None:
    assert box.ran(*arguments).returncode == code


def test_damaged_rules_have_a_code(box: Box) -> None:
    box.data.mkdir(mode=0o700)
    (box.data / "badge-rules").write_text("{")
    done = box.ran("rules")
    assert (done.returncode, done.stderr.split(":")[1]) == (78, " badge-rules-damaged")
