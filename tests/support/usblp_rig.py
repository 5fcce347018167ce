"""The rig of a printer without a job model: its driver in a process under umockdev, and what reached it."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Protocol, cast

from tools.peers.usb import UsbPrinter

ROOT = Path(__file__).parents[2]
PDF = "application/pdf"
PATIENCE = 30.0


class Peer(Protocol):
    """Whatever opens it runs under `command` with `environment`."""

    @property
    def command(self) -> tuple[str, ...]: ...

    @property
    def environment(self) -> Mapping[str, str]: ...


class PrinterProcess:
    """One process with one printer; calls are made one after the other."""

    def __init__(self, peer: Peer, uri: str) -> None:
        self._process = subprocess.Popen(
            [*peer.command, sys.executable, "-m", "tests.support.usblp_child", uri],
            cwd=ROOT, env={**os.environ, **peer.environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self._input, self._output = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)

    @property
    def pid(self) -> int:
        """The process: the wrapper of umockdev has become it."""
        return self._process.pid

    def ended(self) -> None:
        """Wait until it has."""
        self._process.wait(PATIENCE)

    def ask(self, do: str, **more: object) -> dict[str, Any]:
        """One call of the port; what it raised is under `error`."""
        told = {"do": do, "name": "job", "format": PDF, "size": None, "copies": 1, **more}
        self._input.write(json.dumps(told).encode() + b"\n")
        self._input.flush()
        answer: dict[str, Any] = json.loads(self._output.readline())
        return answer

    def print(self, *chunks: int, **more: object) -> dict[str, Any]:
        """A job with a document of zeroes, in chunks of so many bytes, to its end."""
        job = self.ask("create", **more)
        if "error" in job:
            return job
        self.ask("send", job=job["job"], chunks=[*chunks, 0], **more)
        return {"job": job["job"], **self.ask("sent")}

    def close(self) -> None:
        """The process ends with its input."""
        self._input.close()
        self._process.wait(PATIENCE)
        self._output.close()


class UsblpRig(PrinterProcess):
    """The driver of usblp, and what reached the printer."""

    def __init__(self, peer: UsbPrinter, uri: str = "") -> None:
        super().__init__(peer, uri or f"usblp://{peer.device.ids}")
        self.peer = peer

    def arrived(self) -> tuple[int, str]:
        """Bytes and their SHA-256, since the last `fresh`."""
        said = next(said for node, said in self.peer.told().items() if node.startswith("/dev/usb/"))
        return said["size"], said["digest"]

    def until_arrived(self, size: int) -> str:
        """Once so many bytes have arrived: what the driver hands over comes out of a device file a moment later."""
        end = time.monotonic() + PATIENCE
        while (now := self.arrived())[0] < size:
            assert time.monotonic() < end, f"{now[0]} of {size} bytes came"
            time.sleep(0.01)
        return now[1]


def zeroes(size: int) -> str:
    return hashlib.sha256(bytes(size)).hexdigest()
