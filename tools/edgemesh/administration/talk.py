"""What a command says and asks: results on stdout, everything else on stderr, secrets without an echo (clig.dev)."""

import getpass
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from firmware.errors import LockgateError
from firmware.mesh.answers import printable

MAX_SECRET = 4096


class InputError(LockgateError):
    """`input-missing`: an answer was wanted and may not be asked for, or was none; `not-confirmed`: a destructive act
    was not."""

    code = "input-missing"


@dataclass(frozen=True, slots=True)
class Talk:
    """Speaks to a person at a terminal, or to a program."""

    out: TextIO
    err: TextIO
    stdin: TextIO
    environment: Mapping[str, str]
    as_json: bool = False
    no_input: bool = False
    yes: bool = False

    def result(self, words: str, values: Mapping[str, object]) -> None:
        """What the command was run for: `words` for a person (none is printed of none), `values` for a program."""
        if self.as_json:
            print(json.dumps(values), file=self.out, flush=True)
        elif words:
            print(words, file=self.out, flush=True)

    def table(self, name: str, rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
        """A list: one line each, under a heading; or one JSON object with all there is."""
        if self.as_json:
            self.result("", {name: list(rows)})
            return
        lines = [[column.upper().replace("_", " ") for column in columns]]
        lines += [[cell(row.get(column)) for column in columns] for row in rows]
        widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
        for line in lines if rows else []:
            padded = "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True))
            print(padded.rstrip(), file=self.out)
        if not rows:
            self.say("None.")

    def say(self, words: str) -> None:
        """Something worth knowing; programs do not want to."""
        if not self.as_json:
            print(words, file=self.err)

    def warn(self, words: str) -> None:
        """Something to see to."""
        print(f"{self._colour('warning:', 33)} {words}", file=self.err)

    def failure(self, detail: str, code: str, advice: str = "") -> None:
        """Why it did not work; a program gets it on stdout as well."""
        if self.as_json:
            document = {"code": code, "detail": detail, "advice": advice}
            print(json.dumps({"error": document}), file=self.out, flush=True)
        print(f"{self._colour('edgemesh:', 31)} {printable(detail) or code} [{code}]", file=self.err)
        if advice:
            print(f"  {advice}", file=self.err)

    def secret(self, what: str) -> str:
        """A secret, typed without an echo, or the next line of stdin where that is no terminal; never an argument,
        which everybody on the machine can read. Raises `InputError`."""
        if self.stdin.isatty():
            if self.no_input:
                raise InputError(f"{what} is wanted: give it on stdin")
            try:
                return getpass.getpass(f"{what} (not shown): ", self.err).strip()
            except EOFError:  # Ctrl-D
                raise InputError(f"{what}: nothing was typed") from None
        try:
            line = self.stdin.readline(MAX_SECRET)
        except UnicodeDecodeError:
            raise InputError(f"{what}: what is on stdin is not text") from None  # its words may hold the secret
        if not line.strip():
            raise InputError(f"{what} is wanted on stdin")
        return line.strip()

    def confirm(self, what: str, word: str) -> None:
        """Have a person type `word` before something that cannot be undone. Raises `InputError` not-confirmed."""
        if self.yes:
            return
        if self.no_input or not self.stdin.isatty():
            raise InputError(f"{what.rstrip(chr(46))}: say --yes if you mean it", code="not-confirmed")
        print(f"{what}\nType {word} to go on: ", end="", file=self.err, flush=True)
        if self.stdin.readline(MAX_SECRET).strip() != word:
            raise InputError("nothing was done", code="not-confirmed")

    def _colour(self, words: str, number: int) -> str:
        lively = self.err.isatty() and self.environment.get("TERM") != "dumb" and not self.environment.get("NO_COLOR")
        return f"\x1b[{number}m{words}\x1b[0m" if lively else words


def cell(value: object) -> str:
    """A value of a list for a person; whatever the mesh says cannot command the terminal."""
    match value:
        case None | "" | []:
            return "-"
        case bool():
            return "yes" if value else "no"
        case list():
            return ",".join(map(cell, value))
        case _:
            return printable(str(value))


def standard(*, as_json: bool, no_input: bool, yes: bool, environment: Mapping[str, str]) -> Talk:
    """With this program's own streams."""
    return Talk(sys.stdout, sys.stderr, sys.stdin, environment, as_json=as_json, no_input=no_input, yes=yes)
