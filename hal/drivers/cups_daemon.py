"""One cupsd as our child: started, watched, and ended together with every filter and backend it began."""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from hal.drivers.cups_address import NAME
from hal.drivers.cups_room import Room
from hal.ports.errors import DeviceConfigError, PrinterUnreachableError

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
START_LIMIT = 30.0
PATIENCE = 5.0
"""Seconds between asking cupsd to end and killing it."""
PAUSE = 0.01
LAST_WORDS = 300


class Daemon:
    """Blocking, and for the one thread that made it: the kernel ends cupsd together with that thread
    (PR_SET_PDEATHSIG), so that none is left behind when the station dies. `kill` may come from any thread."""

    def __init__(self, room: Room) -> None:
        """Start it; returns once it answers. Raises `DeviceConfigError` and `PrinterUnreachableError`."""
        self._room = room
        cupsd, setpriv = (shutil.which(name, path=PATH) for name in ("cupsd", "setpriv"))
        if not cupsd or not setpriv:
            raise DeviceConfigError(NAME, "cupsd or setpriv is missing: apt-get install cups-daemon util-linux")
        etc = room.root / "etc"
        files = ["-c", str(etc / "cupsd.conf"), "-s", str(etc / "cups-files.conf")]
        with room.log.open("ab") as said:
            self._process = subprocess.Popen(  # noqa: S603 (fixed programs; the paths are our own)
                [setpriv, "--pdeathsig", "TERM", cupsd, "-f", *files],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                env={"PATH": PATH, "LANG": "C.UTF-8", "DBUS_SYSTEM_BUS_ADDRESS": "disabled:"},
                start_new_session=True,
            )
        try:
            self._await_answer()
        except BaseException:
            self.kill()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_alive(self) -> bool:
        """Looks without reaping: until then nobody else gets its number, which its children's session has."""
        if self._process.returncode is not None:
            return False
        with suppress(ChildProcessError):
            return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        return False

    def stop(self) -> None:
        """Let it end its jobs' programs, then end what is left. Idempotent."""
        if self.is_alive():
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._wait_unreaped(PATIENCE)
        self.kill()

    def kill(self) -> None:
        """End all of it at once, whatever it does. Idempotent."""
        if self._process.returncode is None:
            while living := members(self._process.pid):
                for pid in living:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                time.sleep(PAUSE)
            self._process.wait()

    def _wait_unreaped(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while self.is_alive() and time.monotonic() < end:
            time.sleep(PAUSE)

    def _await_answer(self) -> None:
        end = time.monotonic() + START_LIMIT
        while not answers(self._room.socket):
            if not self.is_alive() or time.monotonic() > end:
                said = self._room.log.read_text(errors="replace")[-LAST_WORDS:].strip()
                raise PrinterUnreachableError(NAME, f"cupsd did not start: {said or 'it says nothing'}")
            time.sleep(PAUSE)


def answers(path: str) -> bool:
    """Whether somebody listens at that socket."""
    with socket.socket(socket.AF_UNIX) as door:
        return door.connect_ex(path) == 0


def members(session: int) -> list[int]:
    """The processes of a session that still run (proc_pid_stat(5)): cupsd's programs have groups of their own."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError, IndexError):
                state, _, _, belongs = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[:4]
                if int(belongs) == session and state not in "ZX":
                    found.append(int(folder.name))
    return found
