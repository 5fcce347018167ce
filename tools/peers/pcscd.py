"""A real pcscd with the virtual reader vpcd, in namespaces of its own: `with Pcscd(directory) as pcscd`.

vpcd listens on every address of its network, and pcscd has one fixed place for its socket and takes every USB reader it
finds; in here there is nothing but a loopback, a private /run and the one driver. Needs root, or a kernel that lets
everybody make namespaces. Debian: pcscd, vsmartcard-vpcd.
"""

import ctypes
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path
from typing import Self

if __name__ != "__main__":  # inside, this file runs alone
    from tools.peers import keeper

READER = "Virtual PCD 00 00"
PORT = 35963
DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
SIOCSIFFLAGS, IFF_UP = 0x8914, 1  # linux/sockios.h, linux/if.h
NAMESPACES = ("--mount", "--net", "--pid", "--fork", "--kill-child")
"""Of processes too: with the first one inside all of them end."""
SCOPE_SYSTEM, STATE_CHANGED = 2, 2  # winscard.h
PATIENCE = 10.0
CHECK_SECONDS = 0.01


class PcscdError(Exception):
    """It cannot be started here; the message says what is missing."""


class Pcscd:
    """pcscd can be stopped, started and killed as often as wanted; the namespaces stay. `directory` is short: the name
    of a socket in it has at most 107 characters."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process needs to speak to this pcscd and to no other."""
        return {"PCSCLITE_CSOCK_NAME": str(self._directory / "run/pcscd/pcscd.comm")}

    def __enter__(self) -> Self:
        missing = [name for name in ("/usr/sbin/pcscd", str(DRIVER)) if not Path(name).exists()]
        if missing:
            raise PcscdError(f"not installed: {', '.join(missing)} (Debian: pcscd, vsmartcard-vpcd)")
        for name in ("run/pcscd", "conf", "none"):
            (self._directory / name).mkdir(parents=True, exist_ok=True)
        self.plug()
        mine = [] if os.geteuid() == 0 else ["--map-root-user"]
        command = ["unshare", *mine, *NAMESPACES, "--", sys.executable, "-ISE", __file__, str(self._directory)]
        self._process = keeper.start(command, self._directory / "log", dict(os.environ))
        try:
            self._wait_until_it_answers(self._process)
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            with suppress(OSError, PcscdError):  # it ends without an answer, or had never begun
                self._ask(b"end")
            keeper.stop(self._process)
            self._process = None

    def start(self) -> None:
        """Returns once it takes connections; idempotent."""
        self._ask(b"start")

    def stop(self) -> None:
        """As `systemctl stop` does."""
        self._ask(b"stop")

    def freeze(self) -> None:
        """It takes connections from here on and answers nothing, until `thaw`."""
        self._ask(b"freeze")

    def thaw(self) -> None:
        """It goes on."""
        self._ask(b"thaw")

    def plug(self) -> None:
        """A pcscd that starts has the reader. One that runs takes no new one: vpcd's is no USB reader."""
        lines = (f'FRIENDLYNAME "{READER[:-6]}"', f"DEVICENAME /dev/null:0x{PORT:X}",
                 f"LIBPATH {self._directory / DRIVER.name}", f"CHANNELID 0x{PORT:X}")  # fmt: skip
        (self._directory / "conf/vpcd").write_text("\n".join(lines) + "\n")

    def unplug(self) -> None:
        """A pcscd that starts has none."""
        (self._directory / "conf/vpcd").unlink(missing_ok=True)

    def wait_until_empty(self) -> None:
        """Returns once pcscd knows that no card lies there."""
        self._ask(b"empty")

    def slot(self) -> socket.socket:
        """A new connection to the slot of the virtual reader: whoever holds it is a card that was put on."""
        found = self._ask(b"slot")
        assert found is not None, "a slot is an open connection"  # noqa: S101 - a promise of the other side
        found.setblocking(True)
        return found

    def _ask(self, request: bytes) -> socket.socket | None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asking:
            asking.settimeout(PATIENCE * 2)
            asking.connect(str(self._directory / "ask"))
            asking.send(request)
            answer, handles, _, _ = socket.recv_fds(asking, 1024, 1)
        if answer != b"done":
            raise PcscdError(f"{request.decode()}: {answer.decode() or 'ended'}; {self._log()}")
        return socket.socket(fileno=handles[0]) if handles else None

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        limit = time.monotonic() + PATIENCE
        while not (self._directory / "ask").exists():
            if process.poll() is not None or time.monotonic() > limit:
                raise PcscdError(f"no namespaces for us: needs root, or user namespaces for everybody; {self._log()}")
            time.sleep(CHECK_SECONDS)

    def _log(self) -> str:
        return (self._directory / "log").read_text(errors="replace")[-500:]


class ReaderState(ctypes.Structure):
    """SCARD_READERSTATE of winscard.h."""

    _fields_ = (
        ("reader", ctypes.c_char_p),
        ("user", ctypes.c_void_p),
        ("current", ctypes.c_ulong),
        ("event", ctypes.c_ulong),
        ("length", ctypes.c_ulong),
        ("atr", ctypes.c_ubyte * 33),
    )


class _Inside:
    """What runs within the namespaces and does what it is asked, one request a connection."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._pcscd: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", IFF_UP))
        (self._directory / DRIVER.name).write_bytes(DRIVER.read_bytes())
        for source, target in (("run", "/run"), ("none", "/usr/lib/pcsc/drivers")):
            subprocess.run(["mount", "--bind", str(self._directory / source), target], check=True)

    def serve(self) -> None:
        path = self._directory / "ask"
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
            listening.bind(str(path.with_suffix(".new")))
            listening.listen()
            path.with_suffix(".new").rename(path)  # from here on it answers
            while True:
                self._answer(listening.accept()[0])

    def _answer(self, asking: socket.socket) -> None:
        deeds = {b"start": self._start, b"stop": self._stop, b"slot": self._slot,
                 b"freeze": self._freeze, b"thaw": self._thaw, b"end": sys.exit,
                 b"empty": self._wait_until_empty}  # fmt: skip
        with asking:
            try:
                given = deeds[asking.recv(64)]()
            except (OSError, subprocess.SubprocessError) as exc:
                asking.send(str(exc).encode())
                return
            if given is None:
                asking.send(b"done")
                return
            with given:
                socket.send_fds(asking, [b"done"], [given.fileno()])

    def _start(self) -> None:
        if self._pcscd is not None and self._pcscd.poll() is None:
            return
        comm = Path("/run/pcscd/pcscd.comm")
        comm.unlink(missing_ok=True)
        Path("/run/pcscd/pcscd.pid").unlink(missing_ok=True)
        self._pcscd = subprocess.Popen(["pcscd", "--foreground", "--config", str(self._directory / "conf")])
        limit = time.monotonic() + PATIENCE
        while not _takes_connections(comm):
            if self._pcscd.poll() is not None or time.monotonic() > limit:
                raise OSError("pcscd does not start")
            time.sleep(CHECK_SECONDS)

    def _stop(self) -> None:
        if self._pcscd is not None:
            self._pcscd.terminate()
            self._pcscd.wait(PATIENCE)

    def _wait_until_empty(self) -> None:
        """The state's high half counts cards put on and lifted: even, and pcscd has seen the last one go; the state
        alone says so before, when an APDU failed."""
        context, state = ctypes.c_long(), ReaderState(READER.encode())
        pcsc = ctypes.CDLL("libpcsclite.so.1")
        if pcsc.SCardEstablishContext(SCOPE_SYSTEM, None, None, ctypes.byref(context)):
            raise OSError("pcscd does not run")
        limit = time.monotonic() + PATIENCE
        while pcsc.SCardGetStatusChange(context, 1000, ctypes.byref(state), 1) or state.event >> 16 & 1:
            state.current = state.event & ~STATE_CHANGED
            if time.monotonic() > limit:
                raise OSError("a card lies there")
        pcsc.SCardReleaseContext(context)

    def _freeze(self) -> None:
        self._signal("STOP")

    def _thaw(self) -> None:
        self._signal("CONT")

    def _signal(self, name: str) -> None:
        if self._pcscd is not None:
            subprocess.run(["kill", f"-{name}", str(self._pcscd.pid)], check=True)

    def _slot(self) -> socket.socket:
        limit = time.monotonic() + PATIENCE
        while True:
            with suppress(ConnectionRefusedError):  # pcscd is about to open its reader
                return socket.create_connection(("127.0.0.1", PORT), PATIENCE)
            if time.monotonic() > limit:
                raise OSError("the virtual reader does not listen")
            time.sleep(CHECK_SECONDS)


def _takes_connections(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as trying, suppress(OSError):
        trying.connect(str(path))
        return True
    return False


if __name__ == "__main__":
    inside = _Inside(Path(sys.argv[1]))
    inside.prepare()
    inside.serve()
