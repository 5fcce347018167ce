"""A peer dies with whoever started it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tools.peers import keeper

STARTER = """
import os, sys
from pathlib import Path
from tools.peers import keeper
keeper.start(["/bin/sh", "-c", "echo $$; exec sleep 600"], Path(sys.argv[1]), dict(os.environ))
print("started", flush=True)
sys.stdin.read()
"""


def is_alive(pid: int) -> bool:
    try:
        said = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return said.rpartition(")")[2].split()[0] != "Z"


def until_said(log: Path) -> int:
    end = time.monotonic() + 10
    while not log.read_text().strip():
        assert time.monotonic() < end
    return int(log.read_text())


def until_gone(pid: int) -> None:
    end = time.monotonic() + 10
    while is_alive(pid):
        assert time.monotonic() < end


def test_it_ends_when_it_is_told_to(tmp_path: Path) -> None:
    process = keeper.start(["/bin/sh", "-c", "echo $$; exec sleep 600"], tmp_path / "log", dict(os.environ))
    pid = until_said(tmp_path / "log")
    keeper.stop(process)
    assert process.returncode != 0
    until_gone(pid)


def test_it_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(log)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"started\n"
        pid = until_said(log)
        starter.send_signal(signal.SIGKILL)
    until_gone(pid)


def test_its_end_is_the_commands_end(tmp_path: Path) -> None:
    process = keeper.start(["/bin/sh", "-c", "echo done; exit 3"], tmp_path / "log", dict(os.environ))
    assert process.wait(10) == 3
    keeper.stop(process)
    assert (tmp_path / "log").read_text() == "done\n"
