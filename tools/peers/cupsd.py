"""A private cupsd with one raw queue, as a peer to measure against. Root only: cupsd gives up its own rights."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.peers.ports import free_port

CUPSD = "/usr/sbin/cupsd"
QUEUE = "peer"
START_SECONDS = 60.0

CUPSD_CONF = """\
Listen 127.0.0.1:{port}
Browsing Off
LogLevel warn
MaxLogSize 0
PreserveJobFiles No
DefaultAuthType None
<Location />
Order allow,deny
Allow all
</Location>
<Policy default>
<Limit All>
Order deny,allow
</Limit>
</Policy>
"""

CUPS_FILES_CONF = """\
User lp
Group lp
SystemGroup root
ServerRoot {root}/etc
RequestRoot {root}/spool
CacheDir {root}/cache
StateDir {root}/run
TempDir {root}/tmp
AccessLog {root}/log/access
ErrorLog {root}/log/error
PageLog {root}/log/page
ServerKeychain {root}/ssl
"""


@dataclass(frozen=True)
class Cupsd:
    """A running cupsd; `environment` points the CUPS command line tools at it."""

    server: str

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "CUPS_SERVER": self.server}

    def hold(self, document: Path) -> str:
        """Queue a document on hold, and give its job name."""
        said = self._run("lp", "-d", QUEUE, "-H", "hold", "-o", "raw", str(document))
        return said.split()[3]

    def resume(self, job: str) -> None:
        self._run("lp", "-i", job, "-H", "resume")

    def is_done(self, job: str) -> bool:
        return job not in self._run("lpstat", "-W", "not-completed", "-o")

    def _run(self, *command: str) -> str:
        done = subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True, timeout=60)
        return done.stdout


def available() -> bool:
    """True when cupsd and its command line tools are installed and may be started by this user."""
    return os.geteuid() == 0 and Path(CUPSD).exists() and all(shutil.which(tool) for tool in ("lp", "lpadmin"))


def write_configuration(root: Path, port: int) -> None:
    for folder in ("etc", "spool", "cache", "run", "tmp", "log", "ssl"):
        (root / folder).mkdir()
    (root / "etc/cupsd.conf").write_text(CUPSD_CONF.format(port=port))
    (root / "etc/cups-files.conf").write_text(CUPS_FILES_CONF.format(root=root))
    root.chmod(0o755)
    for path in (root, *root.rglob("*")):
        shutil.chown(path, "lp", "lp")


def wait_until_up(server: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    environment = {**os.environ, "CUPS_SERVER": server}
    while (
        subprocess.run(["lpstat", "-r"], env=environment, capture_output=True, check=False).stdout
        != b"scheduler is running\n"
    ):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError("cupsd did not start")
        time.sleep(0.05)


@contextmanager
def cupsd(printer_uri: str) -> Iterator[Cupsd]:
    """Run cupsd with one raw queue to `printer_uri` until the block ends."""
    root = Path(tempfile.mkdtemp(prefix="lockgate-cupsd-"))
    port = free_port()
    write_configuration(root, port)
    etc = root / "etc"
    process = subprocess.Popen([CUPSD, "-f", "-c", str(etc / "cupsd.conf"), "-s", str(etc / "cups-files.conf")])
    try:
        running = Cupsd(server=f"127.0.0.1:{port}")
        wait_until_up(running.server, process)
        queue = ["lpadmin", "-p", QUEUE, "-E", "-v", printer_uri, "-m", "raw"]
        subprocess.run(queue, env=running.environment, check=True, capture_output=True, timeout=60)
        yield running
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(root, ignore_errors=True)
