"""The real `ippeveprinter` of CUPS as a peer: a printer nobody here wrote, with the D-Bus it insists on."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from hal.drivers.printer_trust import key_hash
from tools.peers import keeper
from tools.peers.ports import free_port

T = TypeVar("T")

PROGRAMS = ("ippeveprinter", "dbus-daemon")
PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
FORMATS = ("application/pdf", "application/postscript", "image/pwg-raster", "image/jpeg", "text/plain")
START_SECONDS = 60.0
TRIES = 3
"""About one start in twenty ends in a refused connection or a lost race for the port."""

DBUS_CONF = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="true"/>
<allow receive_sender="*"/><allow eavesdrop="true"/></policy></busconfig>
"""


class PeerFailedError(RuntimeError):
    """The peer did not come up; the text ends with what it said last."""


def available() -> bool:
    """True when both programs are installed."""
    return all(shutil.which(program, path=PATH) for program in PROGRAMS)


@dataclass
class IppEvePrinter:
    """A running printer on the loopback. `pin` is the SHA-256 of its key in hex. Documents stay in its spool."""

    port: int
    pin: str
    spool: Path
    _stack: ExitStack = field(repr=False)

    @classmethod
    def start(
        cls, directory: Path | None = None, *, formats: Sequence[str] = FORMATS, command: Path | None = None
    ) -> "IppEvePrinter":
        """Start one with its files in `directory`, or in a temporary one that goes away with it.

        `command` is run for each document, as `-c` says. Raises `PeerFailedError`.
        """
        for attempt in range(TRIES):
            with ExitStack() as stack:
                try:
                    printer = cls._start(stack, directory, formats, command)
                except PeerFailedError:
                    if attempt == TRIES - 1:
                        raise
                    continue
                printer._stack = stack.pop_all()
                return printer
        raise AssertionError("unreachable")

    @classmethod
    def _start(
        cls, stack: ExitStack, directory: Path | None, formats: Sequence[str], command: Path | None
    ) -> "IppEvePrinter":
        root = Path(tempfile.mkdtemp(prefix="lockgate-printer-", dir=directory))
        stack.callback(shutil.rmtree, root, ignore_errors=True)
        _start_bus(stack, root)
        port, spool = free_port(), root / "spool"
        for folder in (spool, root / "keys", root / "output"):
            folder.mkdir()
        options = ["-2", "-k", "-r", "off", "-n", "localhost", "-p", str(port), "-K", str(root / "keys")]
        options += ["-d", str(spool), "-D", f"file://{root / 'output'}", "-f", ",".join(formats), "-s", "600"]
        options += ["-c", str(command or shutil.which("true"))]  # without one it sleeps 5 to 15 s a job
        process = _run(stack, root, "ippeveprinter", [*options, "lockgate-peer"])
        certificate = _wait(process, root / "ippeveprinter.log", lambda: _certificate(port))
        return cls(port, key_hash(certificate).hex(), spool, stack)

    @property
    def uri(self) -> str:
        """Its URI, the pin not in it."""
        return f"ipps://localhost:{self.port}/ipp/print"

    @property
    def pinned_uri(self) -> str:
        """What a station's configuration says."""
        return f"{self.uri}?pin=sha256:{self.pin}"

    def documents(self) -> list[Path]:
        """What was delivered, `<job-id>-<job-name>.<extension>`, oldest first."""
        return sorted(self.spool.iterdir(), key=lambda path: int(path.name.partition("-")[0]))

    def document(self, job_id: int) -> Path | None:
        """What was delivered for one job."""
        return next((path for path in self.documents() if path.name.startswith(f"{job_id}-")), None)

    def stop(self) -> None:
        """End it and remove its files. Idempotent."""
        self._stack.close()

    def __enter__(self) -> "IppEvePrinter":
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()


def _start_bus(stack: ExitStack, root: Path) -> None:
    """A private system bus, without which it cannot "initialize DNS-SD", even with `-r off`. It looks there for
    Avahi, of which there can be one on a machine only, and does well without it."""
    (root / "dbus.conf").write_text(DBUS_CONF.format(socket=root / "bus"))
    bus = _run(stack, root, "dbus-daemon", [f"--config-file={root / 'dbus.conf'}", "--nofork", "--nopidfile"])
    _wait(bus, root / "dbus-daemon.log", lambda: (root / "bus").exists() or None)


def _run(stack: ExitStack, root: Path, program: str, options: list[str]) -> subprocess.Popen[bytes]:
    path = shutil.which(program, path=PATH)
    if path is None:
        raise PeerFailedError(f"{program} is not installed")
    environment = {**os.environ, "PATH": PATH, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={root / 'bus'}"}
    process = keeper.start([path, *options], root / f"{program}.log", environment)
    stack.callback(keeper.stop, process)
    return process


def _wait(process: subprocess.Popen[bytes], log: Path, ready: Callable[[], T | None]) -> T:
    end = time.monotonic() + START_SECONDS
    while (found := ready()) is None:
        if process.poll() is not None or time.monotonic() > end:
            raise PeerFailedError(f"{log.stem} did not come up: {log.read_text(errors='replace')[-500:]}")
        time.sleep(0.02)
    return found


def _certificate(port: int) -> bytes | None:
    """Its certificate, DER; made at the first TLS connection. None while it does not answer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection(("localhost", port), START_SECONDS) as plain,
            context.wrap_socket(plain) as encrypted,
        ):
            return encrypted.getpeercert(binary_form=True)
    except OSError:
        return None
