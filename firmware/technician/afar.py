"""Commands for a technician who may read nothing of the station's: asked over a socket of the box, answered by somebody
who runs as the station. One line of JSON goes there, the words of one command; what it prints comes back, then a zero
byte and its exit code in digits.
"""

import errno
import json
import re
import socket
from collections.abc import Callable, Sequence
from io import BufferedIOBase
from typing import BinaryIO, TextIO

REPORTS = (("status",), ("doctor",), ("update",), ("audit", "verify"), ("printer", "show"))
"""What may be asked, with or without `--json`: all of it only looks."""
WISHES = (("update", "check"), ("update", "install"))
OFFERED = frozenset((*REPORTS, *((*one, "--json") for one in REPORTS), *WISHES))
LONGEST = 256
"""Bytes of a line."""
PIECE = 4096
USAGE, UNAVAILABLE, INTERRUPTED = 2, 69, 130
"""Exit codes: not offered here; nobody answers, or not to the end (EX_UNAVAILABLE in sysexits.h); Ctrl-C."""
END = b"\0"

Main = Callable[[Sequence[str]], int]
"""What runs the words of a command, prints to stdout and says the exit code."""


def wanted(line: bytes) -> tuple[str, ...] | None:
    """The words of a command that is offered; None for anything else."""
    try:
        words = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return None
    return tuple(words) if tuple(words) in OFFERED else None


def answer(asked: BinaryIO, told: TextIO, main: Main) -> None:
    """One command, for whoever is at the other end. `told` is where `main` prints, too."""
    words = wanted(asked.readline(LONGEST))
    if words is None:
        told.write(f"over SSH there are: {', '.join(sorted(' '.join(one) for one in OFFERED))}\n")
    code = USAGE if words is None else main(words)
    told.write(f"{END.decode()}{code}")
    told.flush()


def called(path: str, words: Sequence[str], out: BinaryIO, err: TextIO) -> int:
    """`ask`, from a terminal: the exit code."""
    try:
        return ask(path, words, out)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as exc:
        err.write(f"lockgate: no answer, or half of one: {exc.strerror}. Two commands at a time are the most.\n")
        return UNAVAILABLE


def ask(path: str, words: Sequence[str], out: BinaryIO) -> int:
    """Have a command run at the socket `path`. The exit code. Raises `OSError`."""
    with socket.socket(socket.AF_UNIX) as there:
        there.connect(path)
        there.sendall(json.dumps(list(words)).encode()[: LONGEST - 1] + b"\n")
        return relay(there.makefile("rb"), out)


def relay(answered: BufferedIOBase, out: BinaryIO) -> int:
    """Pass on what is said until its end, as it comes; the exit code. Raises `OSError` where it has none."""
    code = b""
    while piece := answered.read1(PIECE):
        said, end, rest = (b"", b"", piece) if code else piece.partition(END)
        out.write(said)
        out.flush()
        code += end + rest
    found = re.fullmatch(rb"\0([0-9]{1,3})", code)
    if found is None:
        raise ConnectionAbortedError(errno.ECONNABORTED, "it broke off")
    return int(found[1])
