"""A real rsyslogd with TLS, on a port of its own, writing what it received as it parsed it."""

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, Self

from firmware.vault.identity import Kind
from tests.support.pki import Holder, Pki
from tools.edgemesh.ca import chain_pem
from tools.peers import keeper
from tools.peers.ports import free_port

PATIENCE = 60.0
FIELDS = {
    "pri": "pri",
    "version": "protocol-version",
    "timestamp": "timereported",
    "host": "hostname",
    "app": "app-name",
    "process": "procid",
    "id": "msgid",
    "data": "structured-data",
    "text": "msg",
}
CONFIGURATION = """
global(workDirectory="{work}" maxMessageSize="64k" debug.onShutdown="off"
       defaultNetstreamDriver="ossl"
       defaultNetstreamDriverCAFile="{work}/ca.pem"
       defaultNetstreamDriverCertFile="{work}/server.pem"
       defaultNetstreamDriverKeyFile="{work}/server.key")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="{auth}")
template(name="parsed" type="list" option.jsonf="on") {{
{properties}
}}
ruleset(name="received") {{ action(type="omfile" file="{work}/received" template="parsed" flushInterval="1") }}
input(type="imtcp" address="127.0.0.1" port="{port}" ruleset="received")
"""


class Rsyslog:
    """`received` gives the messages as its own parser took them apart."""

    def __init__(self, work: Path, pki: Pki, *, asks_who_we_are: bool = False) -> None:
        self._work = work
        self._asks = asks_who_we_are
        self.port = free_port()
        work.mkdir()
        self.write_identity("server", pki.holder(Kind.VAULT, "log", hosts=["127.0.0.1"]))
        (work / "ca.pem").write_bytes(pki.ca.certificate_pem)
        self._process: subprocess.Popen[bytes] | None = None

    def write_identity(self, name: str, holder: Holder) -> None:
        """A certificate chain and key as two files."""
        (self._work / f"{name}.pem").write_bytes(chain_pem(holder.chain))
        (self._work / f"{name}.key").write_bytes(holder.key_pem)

    def start(self) -> None:
        """Run it, and wait until it answers."""
        properties = "\n".join(
            f'property(outname="{name}" name="{parsed}" format="jsonf" dateFormat="rfc3339")'
            if parsed == "timereported"
            else f'property(outname="{name}" name="{parsed}" format="jsonf")'
            for name, parsed in FIELDS.items()
        )
        auth = "x509/certvalid" if self._asks else "anon"
        path = self._work / "rsyslog.conf"
        path.write_text(CONFIGURATION.format(work=self._work, port=self.port, auth=auth, properties=properties))
        command = ["/usr/sbin/rsyslogd", "-n", "-f", str(path), "-i", str(self._work / "pid")]
        self._process = keeper.start(command, self._work / "log", dict(os.environ))
        self._wait_until_it_answers()

    def stop(self) -> None:
        """End it as an administrator does; what it received is on disk."""
        if self._process is not None:
            keeper.stop(self._process)
            self._process = None

    def kill(self) -> None:
        """End it as the kernel does when memory is short."""
        os.kill(int((self._work / "pid").read_text()), signal.SIGKILL)
        self.stop()

    def received(self) -> list[dict[str, Any]]:
        """Everything so far, in order."""
        path = self._work / "received"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return [json.loads(line) for line in text.rpartition("\n")[0].splitlines()]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def _wait_until_it_answers(self) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=30).close()
            except OSError:
                assert time.monotonic() < end, (self._work / "log").read_text()
                time.sleep(0.05)
            else:
                return
