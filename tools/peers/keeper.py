"""Runs one command and ends it when its own standard input does: a peer dies with its starter, kill -9 included.

A parent-death signal would not do: the kernel sends it when the *thread* that started the child ends.
"""

import os
import subprocess
import sys
import threading
from pathlib import Path

PATIENCE = 3.0
"""Seconds between asking a command to end and killing it."""


def start(command: list[str], log: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Run `command` under a keeper, its output in `log`; `stop` or this process's end ends it."""
    with log.open("wb") as output:
        return subprocess.Popen(
            kept(command),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,  # signals to our whole group are for us; we then end its input
        )


def kept(command: list[str]) -> list[str]:
    """`command` under a keeper, for whoever starts it in a session of its own, with a pipe as standard input."""
    return [sys.executable, "-ISE", str(Path(__file__)), *command]


def stop(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """End a command that `start` began, and wait for it."""
    if process.stdin is not None:
        process.stdin.close()
    process.wait(PATIENCE * 3)


def _keep(command: list[str]) -> int:
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    threading.Thread(target=_end_with_input, args=(child,), daemon=True).start()
    return child.wait()


def _end_with_input(child: subprocess.Popen[bytes]) -> None:
    while os.read(0, 4096):  # not `sys.stdin`: its lock, held by a thread, makes Python abort at exit
        pass
    child.terminate()
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == "__main__":
    sys.exit(_keep(sys.argv[1:]))
