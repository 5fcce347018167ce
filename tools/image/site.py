"""A mesh on this machine for a board in emulation, and the site's file by which the board joins it."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tools.image.apart import GATEWAY, has_gateway
from tools.image.errors import ImageError

ANY = "0.0.0.0"  # noqa: S104 (of a network that nobody else is in)
LONGEST, LOOK_SECONDS = 60.0, 0.1
READY = '"ready": true'


@dataclass(slots=True)
class Site:
    """An edge mesh that answers at `port`. Leaving the context ends it."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    def __enter__(self) -> "Site":
        hosts = ["--host", GATEWAY, "--host", "localhost", "--host", "127.0.0.1"]
        self.edgemesh("init", "--dir", str(self.mesh), "--org", "acme.example", *hosts, "--url", self._url("localhost"))
        self.serve(for_guests=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def serve(self, *, for_guests: bool) -> None:
        """Answer, calling itself by the address that guests have for it, or by the one that this machine has: nobody
        else could follow it, but in a network `apart`. Raises `ImageError`."""
        self._stop()
        command = [sys.executable, "-m", "tools.edgemesh", "serve", "--dir", str(self.mesh), "--port", str(self.port)]
        command += ["--host", ANY] if has_gateway() else []
        command += ["--public-url", self._url(GATEWAY if for_guests else "localhost")]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._variables
            )
        self._await_ready()

    def _url(self, host: str) -> str:
        return f"https://{host}:{self.port}"

    def _stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(LONGEST)
            self.process.kill()
            self.process = None

    def _await_ready(self) -> None:
        """Until the mesh says that it answers. Raises `ImageError` where it ends before, or takes too long."""
        until = time.monotonic() + LONGEST
        while READY not in (said := self._log.read_text(errors="replace")):
            if self.process is None or self.process.poll() is not None or time.monotonic() > until:
                self._stop()
                raise ImageError(f"the mesh does not answer: {said.strip()[-500:]}")
            time.sleep(LOOK_SECONDS)

    @property
    def _log(self) -> Path:
        return self.folder / "mesh.log"

    @property
    def mesh(self) -> Path:
        """The mesh's directory."""
        return self.folder / "mesh"

    @property
    def _variables(self) -> dict[str, str]:
        return {**os.environ, "EDGEMESH_PROFILE": str(self.folder / "admin"), "PYTHONUNBUFFERED": "1"}

    def edgemesh(self, *arguments: str, stdin: str = "") -> str:
        """One command of the mesh's administrator, and what it prints. Raises `ImageError`."""
        command = [sys.executable, "-m", "tools.edgemesh", *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, env=self._variables, check=False)
        if done.returncode:
            raise ImageError(f"edgemesh {' '.join(arguments[:2])}: {done.stderr.strip()}")
        return done.stdout

    def file(self, name: str, readers: Sequence[str] = ("pcsc:",), printer: str = "none:") -> bytes:
        """What a site writes onto the card of the box that is to become the station `name`, by a token good once."""
        out = self.folder / f"{name}.toml"
        self.edgemesh("provision", "station", name, "--out", str(out))
        pairing = out.read_text().replace(self._url("localhost"), self._url(GATEWAY))
        return _site_file(readers, pairing, printer)

    def introduction(self, name: str, readers: Sequence[str] = ("pcsc:",), printer: str = "none:") -> bytes:
        """What a site writes onto a card that anybody may hold: the box learns whom to ask, and an administrator of the
        mesh has to type the code that it shows."""
        mesh = f'[mesh]\nurl = "{self._url(GATEWAY)}"\nname = "{name}"\n'
        return _site_file(readers, mesh, printer)


def _site_file(readers: Sequence[str], mesh: str, printer: str) -> bytes:
    listed = ", ".join(f'"{one}"' for one in readers)
    return f'readers = [{listed}]\n{mesh}\n[printer]\nuri = "{printer}"\n'.encode()
