"""A software TPM 2.0 (swtpm) in a process of its own, on two ports of this machine; needs no root."""

import signal
import socket
import subprocess
from pathlib import Path
from typing import Self

ATTEMPTS = 20
CHECK_SECONDS = 0.02


class SoftTpm:
    """Its state is in `state`, so that it can be switched off and on; another state is another TPM."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    def __enter__(self) -> Self:
        self._state.mkdir(exist_ok=True)
        for _ in range(ATTEMPTS):
            if self._start(self._port or _two_free_ports()):
                return self
        raise AssertionError("swtpm does not start")

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
            self._process.wait()
            self._process = None

    @property
    def tcti(self) -> str:
        return f"swtpm:host=127.0.0.1,port={self._port}"

    def hang(self) -> None:
        """It takes connections from here on and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def tool(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """What somebody else does to this TPM, by `tpm2`; the slots it used are free afterwards."""
        line = ["tpm2", arguments[0], "-T", self.tcti, *arguments[1:]]
        done = subprocess.run(line, input=stdin, capture_output=True, cwd=self._state)
        subprocess.run(["tpm2", "flushcontext", "-T", self.tcti, "-t"], capture_output=True)
        return done

    def _start(self, port: int) -> bool:
        line = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self._state}", "--flags",
                "not-need-init,startup-clear", "--server", f"type=tcp,port={port}",
                "--ctrl", f"type=tcp,port={port + 1}"]  # fmt: skip
        self._port, self._process = port, subprocess.Popen(line, stderr=subprocess.DEVNULL)
        while not _listens(port + 1):
            try:
                self._process.wait(CHECK_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            self._port = 0  # somebody took one of the ports
            return False
        return self._process.poll() is None


def _two_free_ports() -> int:
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port: int = first.getsockname()[1]
            try:
                socket.create_server(("127.0.0.1", port + 1)).close()
            except OSError:
                continue
            return port


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=30).close()
    except OSError:
        return False
    return True
