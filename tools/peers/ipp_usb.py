"""The real ipp-usb daemon over an emulated IPP-over-USB printer, in which ippeveprinter prints."""

import fcntl
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hal.drivers.ipp_usb_daemon import is_running
from tools.peers import ippeveprinter, keeper, usb
from tools.peers.ippeveprinter import PATH, IppEvePrinter, PeerFailedError
from tools.peers.ports import free_port
from tools.peers.usb import UsbPrinter, usb_printer
from tools.peers.usb_nodes import DRIVERLESS

PROGRAMS = ("ipp-usb", "bwrap")
START_SECONDS = 30.0
"""It takes about one: it waits for the printer and asks it all it can before it serves it."""
SERVES = "_ipp-usb._tcp TXT record"
"""What its log says last, right after it has opened the way to a printer, even where it advertises nothing."""
CONFIGURATION = """\
[network]
  http-min-port = {port}
  http-max-port = {last}
  dns-sd = disable
  interface = loopback
  ipv6 = disable
[logging]
  device-log = error
  main-log = error
  console-log = debug
"""
PLACES = {"state": "/var/ipp-usb", "log": "/var/log/ipp-usb", "configuration": "/etc/ipp-usb"}
"""What the daemon has of its own on a machine, one for all: here each has another, by a mount of its own."""


def available() -> bool:
    """True when everything is installed."""
    programs = all(shutil.which(program, path=PATH) for program in PROGRAMS)
    return programs and usb.available() and ippeveprinter.available()


@dataclass
class IppUsb:
    """The daemon, the printer at its bus and the printer inside. `state` is the daemon's directory."""

    usb: UsbPrinter
    inner: IppEvePrinter
    root: Path
    port: int
    _stack: ExitStack = field(default_factory=ExitStack, repr=False)

    @property
    def state(self) -> Path:
        """Where it says which port it serves a printer at."""
        return self.root / "state"

    @property
    def uri(self) -> str:
        """As configuration says it."""
        return f"ipp-usb://{self.usb.device.ids}?state={self.state}"

    @property
    def state_files(self) -> list[Path]:
        """One for each printer that it has ever served."""
        return sorted((self.state / "dev").glob("*.state"))

    def start(self) -> None:
        """Run the daemon until it serves the printer. Raises `PeerFailedError`."""
        for place in PLACES:
            (self.root / place).mkdir(exist_ok=True)
        said = CONFIGURATION.format(port=self.port, last=min(self.port + 99, 65535))
        (self.root / "configuration/ipp-usb.conf").write_text(said)
        log = self.root / "ipp-usb.log"
        mounts = [word for place, path in PLACES.items() for word in ("--bind", str(self.root / place), path)]
        alone = [] if os.geteuid() == 0 else ["--unshare-user", "--uid", "0", "--gid", "0"]
        command = ["bwrap", *alone, "--dev-bind", "/", "/", *mounts, "--die-with-parent", *self.usb.command]
        command += [shutil.which("ipp-usb", path=PATH) or "ipp-usb", "debug"]
        process = keeper.start(command, log, {**os.environ, **self.usb.environment})
        self._stack.callback(self._wait_until_gone)
        self._stack.callback(keeper.stop, process)
        self.wait_until_served(log_from=0)

    def stop(self) -> None:
        """The daemon ends; the printer stays plugged in. Idempotent."""
        self._stack.close()

    def _wait_until_gone(self) -> None:
        """bwrap ends before what runs in it does: until nothing of the daemon is left that anybody could meet. Raises
        `PeerFailedError`."""
        end = time.monotonic() + START_SECONDS
        while self._is_there():
            if time.monotonic() > end:
                raise PeerFailedError("ipp-usb does not end")
            time.sleep(0.01)

    def _is_there(self) -> bool:
        if is_running(self.state):
            return True
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", self.port)) == 0:
                return True
        held = self.state / "lock/ipp-usb.lock"
        if not held.exists():  # it never came that far
            return False
        with held.open("ab") as lock:
            try:
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):  # POSIX lets lockf say either
                return True
        return False

    def wait_until_served(self, log_from: int) -> None:
        """Until it has asked the printer all it wants to know, which it does each time it is plugged in. `log_from` is
        how long its log was before. Raises `PeerFailedError`."""
        end, log = time.monotonic() + START_SECONDS, self.root / "ipp-usb.log"
        while True:
            said = log.read_bytes()[log_from:].decode(errors="replace") if log.exists() else ""
            if SERVES in said:
                return
            if time.monotonic() > end:
                raise PeerFailedError(f"ipp-usb does not serve the printer: {said[-500:]}")
            time.sleep(0.05)

    def heard(self) -> int:
        """How long its log is by now."""
        return (self.root / "ipp-usb.log").stat().st_size


@contextmanager
def ipp_usb(command: Path | None = None) -> Iterator[IppUsb]:
    """A printer that is plugged in and served, until the block ends. Its files are
    where the name of a socket stays short (unix(7): 107 bytes). Raises `PeerFailedError`."""
    with ExitStack() as stack:
        root = Path(tempfile.mkdtemp(prefix="lockgate-ipp-usb-"))
        stack.callback(shutil.rmtree, root, ignore_errors=True)
        inner = stack.enter_context(IppEvePrinter.start(root, command=command))
        bus = stack.enter_context(usb_printer(DRIVERLESS, inner.port))
        made = IppUsb(bus, inner, root, free_port())
        stack.callback(made.stop)
        made.start()
        yield made
