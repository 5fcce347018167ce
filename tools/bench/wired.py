"""One emulated reader to hold badges to, and `lockgate`, which reads it through its real driver."""

import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from select import select
from subprocess import PIPE, Popen, TimeoutExpired

from hal.sim.cards.card import CardTwin, UidCard
from hal.sim.cards.type2 import tag_with
from tools.peers import kinds
from tools.peers.hid import ENTER, HidReader, strokes
from tools.peers.reader import FieldPeer, ReaderPeer
from tools.peers.spoken import SpokenReader
from tools.peers.wires import Wire

STOP_SECONDS = 5.0
OF_LINES = "tap NUMBER, send TEXT, tear TEXT (a line without its end)"
OF_CARDS = "tap NUMBER, hold NUMBER, tag TEXT (an NDEF tag, held), two (cards, held), lift"
OF_ALL = "unplug, plug, wait SECONDS, quit; > TEXT answers what lockgate asks"
WATCH = ("badge", "watch")
CONFIG = """\
readers = [{0}]
[station]
data_dir = {1}
[identity]
keys = "file:/nonexistent"
"""
TAG_SIZE = 496
"""Bytes of data in a tag, as in an NTAG215: enough for the longest text."""
LONGEST_TEXT = 250
PAIR = "04A1B2C3", "04D4E5F6"

Typing = Callable[[Popen[bytes]], Iterable[str]]
"""The lines to obey while that command runs."""


class WordError(ValueError):
    """A line that says nothing this reader can do."""


Screen = tuple[int | None, int | None]
"""File numbers for standard output and error."""
OURS: Screen = (None, None)


def hold(kind: str, words: Sequence[str], typing: Typing, options: str = "", screen: Screen = OURS) -> int:
    """Plug in a reader of that kind, run `lockgate` with these words (none: `badge watch`) on a station that has this
    reader and nothing else, and obey the lines. `options` go on in the reader's URI; what `lockgate` says is shown on
    `screen`. Its exit code; 0 where it was ended by `quit`."""
    with kinds.reader(kind) as reader, tempfile.TemporaryDirectory(prefix="lockgate-bench-") as directory:
        if reader is None:
            raise WordError(f"{kind} is no wire")
        uri = f"{reader.uri}&{options}" if options else reader.uri
        _tell(f"{kinds.described(kind)}: {uri}")
        _tell(f"say {vocabulary(reader)}")
        with _started(reader, uri, Path(directory), words or WATCH, screen) as child:
            try:
                return child.wait() if _obey_all(reader, child, typing(child)) else 0
            finally:
                _stop(child)


def vocabulary(reader: ReaderPeer) -> str:
    """What can be said to it."""
    return f"{OF_CARDS if isinstance(reader, FieldPeer) else OF_LINES}, {OF_ALL}"


def typed_until_end(source: int, child: Popen[bytes]) -> Iterator[str]:
    """The lines of a file descriptor, until it ends or the child does: somebody at a terminal need not press a key."""
    ended, typed = os.pidfd_open(child.pid), b""
    try:
        while ended not in select([source, ended], [], [])[0]:
            data = os.read(source, 4096)
            *lines, typed = (typed + data).split(b"\n") if data else (typed, b"")
            yield from (line.decode(errors="replace") for line in lines)
            if not data:
                return
    finally:
        os.close(ended)


def _started(reader: ReaderPeer, uri: str, directory: Path, words: Sequence[str], screen: Screen) -> Popen[bytes]:
    config = directory / "lockgate.toml"
    config.write_text(CONFIG.format(json.dumps(uri), json.dumps(str(directory / "data"))))
    command = [*reader.command, sys.executable, "-m", "firmware", "--config", str(config), *words]
    out, err = screen
    return Popen(command, env={**os.environ, **reader.environment}, stdin=PIPE, stdout=out, stderr=err, bufsize=0)


def _obey_all(reader: ReaderPeer, child: Popen[bytes], lines: Iterable[str]) -> bool:
    """Whether the command's own exit code counts: it was not ended by `quit`."""
    for line in lines:
        if child.poll() is not None:
            return True
        if line.strip() == "quit":
            return False
        try:
            if line.startswith(">"):
                _answer(child, line[1:].strip())
            else:
                obey(reader, line)
        except (ValueError, OSError) as exc:
            _tell(str(exc))
    if child.stdin is not None:
        child.stdin.close()
    return True


def _answer(child: Popen[bytes], text: str) -> None:
    if child.stdin is not None:
        child.stdin.write(f"{text}\n".encode())


def obey(reader: ReaderPeer, line: str) -> None:
    """Do what one line says. Raises `WordError`, `ValueError` for what the reader cannot take, and `OSError` where
    nobody listens to it."""
    word, _, rest = line.strip().partition(" ")
    match word, rest:
        case "", _:
            return
        case "unplug", "":
            reader.unplug()
        case "plug", "":
            reader.plug()
        case "wait", seconds if seconds:
            time.sleep(_seconds(seconds))
        case "tap", number if number:
            _tap(reader, number)
        case (("send" | "tear"), text) if text:
            _say(reader, text, torn=word == "tear")
        case _:
            _leave(reader, word, rest)


def _tap(reader: ReaderPeer, number: str) -> None:
    if isinstance(reader, FieldPeer):
        _uid(number)
        reader.lift()
    elif not _is_hexadecimal(number):
        _say(reader, number)
        return
    reader.tap(number)


def _say(reader: ReaderPeer, text: str, *, torn: bool = False) -> None:
    """As this reader says any text: a line, or keys and Enter."""
    match reader:
        case HidReader():
            try:
                keys = strokes(text)
            except KeyError as exc:
                raise WordError(f"a US keyboard has no key for {exc.args[0]}") from exc
            reader.keys(keys, *(() if torn else (ENTER,)))
        case Wire() if not isinstance(reader, SpokenReader):
            reader.send(text.encode("ascii") + (b"" if torn else b"\r"))
        case _:
            raise WordError(f"this reader reads cards: say {vocabulary(reader)}")


def _leave(reader: ReaderPeer, word: str, rest: str) -> None:
    """Cards that stay until they are lifted."""
    if not isinstance(reader, FieldPeer):
        raise WordError(f"not understood: say {vocabulary(reader)}")
    match word, rest:
        case "lift", "":
            reader.lift()
        case "two", "":
            _lay(reader, *(UidCard(_uid(number)) for number in PAIR))
        case "hold", number if number:
            _lay(reader, UidCard(_uid(number)))
        case "tag", text if text:
            _lay(reader, _tag(text))
        case _:
            raise WordError(f"not understood: say {vocabulary(reader)}")


def _lay(reader: FieldPeer, *cards: CardTwin) -> None:
    """In place of those that lie there."""
    reader.lift()
    reader.present(*cards)


def _tag(text: str) -> CardTwin:
    """Another text is on another tag."""
    tag = tag_with(_text_record(text), TAG_SIZE)
    tag.uid = b"\x04" + hashlib.sha256(text.encode()).digest()[:6]
    return tag


def _text_record(text: str) -> bytes:
    """An NDEF message of one short record, type T, in UTF-8 and called English (NFC Forum RTD Text 1.0)."""
    said = text.encode()
    if len(said) > LONGEST_TEXT:
        raise WordError(f"a tag takes {LONGEST_TEXT} bytes of text here")
    payload = b"\x02en" + said
    return bytes((0xD1, 1, len(payload))) + b"T" + payload


def _is_hexadecimal(number: str) -> bool:
    try:
        return bool(bytes.fromhex(number))
    except ValueError:
        return False


def _uid(number: str) -> bytes:
    if not _is_hexadecimal(number):
        raise WordError("a card number is an even count of hexadecimal digits here")
    return bytes.fromhex(number)


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
