"""The processes of a demonstration: a mesh, a station, a submission. Each dies with us."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tools.peers import keeper
from tools.peers.reader import ReaderPeer

START_SECONDS = 60.0
NOTHING: Mapping[str, str] = MappingProxyType({})
STOP_SECONDS = 30.0


class DemoError(RuntimeError):
    """A part did not do what the demonstration needs; the text says which and what it said last."""


@dataclass
class Talker:
    """A child process that says one JSON object a line; lines that are none are kept for the error text."""

    process: subprocess.Popen[str]
    name: str
    said: list[dict[str, Any]] = field(default_factory=list)
    _lines: queue.Queue[str | None] = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._pump, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """After the process has ended."""
        self._thread.join(STOP_SECONDS)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def tell(self, words: str) -> float:
        """Write one line to it; the monotonic time just before."""
        now = time.monotonic()
        print(words, file=self.process.stdin, flush=True)
        return now

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = START_SECONDS) -> dict[str, Any]:
        """The next object that is `wanted`. Raises `DemoError` when it ends first or says nothing so long."""
        end = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise DemoError(
                    f"{self.name} did not get on in {seconds:g} s; its last words: {self._last()}"
                ) from None
            if line is None:
                raise DemoError(f"{self.name} ended with {self.process.wait()}; its last words: {self._last()}")
            if (found := self._heard(line)) is not None and wanted(found):
                return found

    def rest(self) -> None:
        """Take in what it says until it ends."""
        while (line := self._lines.get(timeout=STOP_SECONDS)) is not None:
            self._heard(line)

    def drain(self) -> None:
        """Take in what it has said by now."""
        while not self._lines.empty():
            if (line := self._lines.get()) is not None:
                self._heard(line)

    def _heard(self, line: str) -> dict[str, Any] | None:
        try:
            found = json.loads(line)
        except ValueError:
            found = {"text": line.strip()}
        self.said.append(found)
        return found if isinstance(found, dict) else None

    def _pump(self) -> None:
        for line in self.process.stdout or ():
            self._lines.put(line)
        self._lines.put(None)

    def _last(self) -> str:
        return " | ".join(str(item.get("line") or item.get("text") or item) for item in self.said[-4:]) or "none"


@contextmanager
def talker(
    name: str, *arguments: str, under: Sequence[str] = (), variables: Mapping[str, str] = NOTHING
) -> Iterator[Talker]:
    """Run `python -m …` from the checkout, `under` a wrapper and with more `variables` where given, until the block
    ends; then it is asked to stop, and killed if it does not. It is one that ends by itself when its standard input
    does."""
    with _talking(name, [*under, sys.executable, "-m", *arguments], variables) as running:
        try:
            yield running
        finally:
            running.process.terminate()


@contextmanager
def _talking(name: str, command: list[str], variables: Mapping[str, str] = NOTHING) -> Iterator[Talker]:
    process = subprocess.Popen(
        command,
        start_new_session=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
        env={**environment(), **variables},
    )
    running = Talker(process, name)
    try:
        yield running
    finally:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        running.close()


@contextmanager
def station(
    config: Path, reader: ReaderPeer | None = None, under: Sequence[str] = (), variables: Mapping[str, str] = NOTHING
) -> Iterator[Talker]:
    """A running station, ready for a tap at `reader`, or for one that is typed; `under` a wrapper and with more
    `variables` where its printer wants them. Raises `DemoError` where its reader wants others."""
    if reader is not None and reader.command:
        if under:
            raise DemoError("a reader and a printer cannot both be emulated by the kernel's stand-in: choose another")
        under, variables = reader.command, reader.environment
    elif reader is not None:
        variables = {**variables, **reader.environment}
    with talker("the station", "tools.demo.station", str(config), under=under, variables=variables) as running:
        running.wait_for(lambda said: str(said.get("line", "")).startswith("started"))
        if not any("listening" in said for said in running.said):
            running.wait_for(lambda said: "listening" in said)
        yield running


@contextmanager
def mesh(directory: Path) -> Iterator[str]:
    """A running mesh; its URL."""
    serve = [sys.executable, "-m", "tools.edgemesh", "serve", "--dir", str(directory), "--port", "0"]
    with _talking("the mesh", keeper.kept(serve)) as running:
        try:
            yield str(running.wait_for(lambda said: said.get("ready") is True)["url"])
        finally:
            keeper.stop(running.process)


def submit(document: Path, profile: Path, url: str, *options: str) -> dict[str, Any]:
    """Seal and submit a document as `lockgate-submit` does; its JSON answer."""
    command = [sys.executable, "-m", "tools.submit", "--profile", str(profile), "--mesh", url, "--json", *options]
    done = subprocess.run(
        [*command, "--", str(document)], capture_output=True, text=True, env=environment(), check=False
    )
    if done.returncode != 0:
        raise DemoError(f"lockgate-submit ended with {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def environment() -> dict[str, str]:
    """Ours, with the checkout on the path and nothing of a configured Lockgate in it."""
    root = str(Path(__file__).parents[2])
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LOCKGATE_")}
    return {**clean, "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}
