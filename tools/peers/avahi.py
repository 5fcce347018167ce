"""The real Avahi as a peer: printers that advertise themselves in a network of their own, made in a namespace.

Run as `unshare --net --mount python -m tools.peers.avahi FOLDER COMMAND …`: makes a network there, advertises what
stands in PRINTERS, and runs the command in it. Root only.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tools.peers import keeper
from tools.peers.ippeveprinter import DBUS_CONF

ADDRESS = "10.99.0.1"
LINK = (
    "ip link set lo up",
    "ip link add lockgate0 type veth peer name lockgate1",
    "ip link set lockgate1 up",
    f"ip address add {ADDRESS}/24 dev lockgate0",
    "ip link set lockgate0 up multicast on",
    "ip route add 224.0.0.0/4 dev lockgate0",
    "mount -t tmpfs none /run",
)
AVAHI_CONF = """\
[server]
host-name=copyroom
allow-interfaces=lockgate0
use-ipv6=no
"""
PRINTERS = (
    ("Copy Room", "_ipps._tcp", "8631", "rp=ipp/print", "ty=Brand X", "UUID=1-2", "pdl=application/pdf,image/urf"),
    ("Copy Room", "_ipp._tcp", "8631", "rp=ipp/print", "ty=Brand X", "UUID=1-2", "note=third floor"),
    ("Old Printer", "_ipp._tcp", "631", "rp=printers/old"),
    ("\x1b]0;Somebody\x07", "_ipps._tcp", "8632", "rp=ipp/print"),
)
"""The last is a stranger's joke: what stands in its name, a terminal would obey."""
SECONDS = 30.0


def commands() -> tuple[str, ...]:
    """The programs it needs."""
    return ("unshare", "ip", "dbus-daemon", "avahi-daemon", "avahi-publish")


def main(folder: Path, command: list[str]) -> int:
    """The command's exit code."""
    for line in LINK:
        subprocess.run(line.split(), check=True)
    (folder / "dbus.conf").write_text(DBUS_CONF.format(socket=folder / "bus"))
    (folder / "avahi.conf").write_text(AVAHI_CONF)
    Path("/run/avahi-daemon").mkdir()
    environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder / 'bus'}"}
    with ExitStack() as stack:

        def run(name: str, *words: str) -> Path:
            log = folder / f"{name}.log"
            stack.callback(keeper.stop, keeper.start(list(words), log, environment))
            return log

        bus = run("bus", "dbus-daemon", f"--config-file={folder / 'dbus.conf'}", "--nofork", "--nopidfile")
        _wait(bus, (folder / "bus").exists)
        options = ("-f", str(folder / "avahi.conf"), "--no-drop-root", "--no-chroot", "--no-rlimits")
        daemon = run("avahi", "avahi-daemon", *options)
        _wait(daemon, partial(_says, daemon, "startup complete"))
        for number, printer in enumerate(PRINTERS):
            said = run(f"printer-{number}", "avahi-publish", "-s", *printer)
            _wait(said, partial(_says, said, "Established"))
        return subprocess.run(command, check=False).returncode


def _says(log: Path, words: str) -> bool:
    return words in log.read_text()


def _wait(log: Path, ready: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(f"{log.stem}: {log.read_text()[-500:]}")
        time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
