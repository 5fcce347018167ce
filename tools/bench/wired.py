"""One emulated reader to hold badges to, and `lockgate`, which reads it through its real driver."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, Popen, TimeoutExpired

from tools.peers import kinds
from tools.peers.reader import ReaderPeer

STOP_SECONDS = 5.0
WORDS = "tap NUMBER, unplug, plug, wait SECONDS, quit"
WATCH = ("badge", "watch")
CONFIG = """\
readers = [{0}]
[station]
data_dir = {1}
[identity]
keys = "file:/nonexistent"
"""


class WordError(ValueError):
    """A line that is none of WORDS."""


def hold(kind: str, words: Sequence[str], lines: Iterable[str]) -> int:
    """Plug in a reader of that kind, run `lockgate` with these words (none: `badge watch`) on a station that has this
    reader and nothing else, and obey `lines`. The exit code of `lockgate`; 0 where it was ended by `quit`."""
    with kinds.reader(kind) as reader, tempfile.TemporaryDirectory(prefix="lockgate-bench-") as directory:
        if reader is None:
            raise WordError(f"{kind} is no wire")
        _tell(f"{kinds.described(kind)}: {reader.uri}")
        _tell(f"say {WORDS}")
        child = _started(reader, Path(directory), words or WATCH)
        try:
            return child.wait() if _obey_all(reader, lines) else 0
        finally:
            _stop(child)


def _started(reader: ReaderPeer, directory: Path, words: Sequence[str]) -> Popen[bytes]:
    config = directory / "lockgate.toml"
    config.write_text(CONFIG.format(json.dumps(reader.uri), json.dumps(str(directory / "data"))))
    command = [*reader.command, sys.executable, "-m", "firmware", "--config", str(config), *words]
    return Popen(command, env={**os.environ, **reader.environment}, stdin=DEVNULL)


def _obey_all(reader: ReaderPeer, lines: Iterable[str]) -> bool:
    """Whether to wait for the command after them: nobody said `quit`."""
    for line in lines:
        if line.strip() == "quit":
            return False
        try:
            obey(reader, line)
        except (WordError, OSError) as exc:
            _tell(str(exc))
    return True


def obey(reader: ReaderPeer, line: str) -> None:
    """Do what one line says. Raises `WordError`, and `OSError` where nobody listens to the reader."""
    match line.split():
        case []:
            return
        case ["tap", number]:
            reader.tap(_hexadecimal(number))
        case ["unplug"]:
            reader.unplug()
        case ["plug"]:
            reader.plug()
        case ["wait", seconds]:
            time.sleep(_seconds(seconds))
        case _:
            raise WordError(f"not understood: say {WORDS}")


def _hexadecimal(number: str) -> str:
    try:
        bytes.fromhex(number)
    except ValueError as exc:
        raise WordError("a card number is an even count of hexadecimal digits here") from exc
    return number


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError as exc:
        raise WordError(f"not a number of seconds: {text}") from exc


def _stop(child: Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    child.terminate()
    with suppress(TimeoutExpired):
        child.wait(STOP_SECONDS)
        return
    child.kill()
    child.wait()


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
