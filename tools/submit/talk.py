"""What the command says: results on stdout, everything else on stderr (clig.dev)."""

import json
from collections.abc import Mapping
from typing import TextIO

from firmware.errors import LockgateError
from tools.submit.errors import advice
from tools.submit.progress import Bar, Silent
from tools.submit.upload import Progress


class Talk:
    """Speaks to a person at a terminal, to a person reading a log, or to a program."""

    def __init__(self, out: TextIO, err: TextIO, environment: Mapping[str, str], *, as_json: bool, quiet: bool) -> None:
        self._out = out
        self._err = err
        self._as_json = as_json
        self._quiet = quiet
        self._lively = err.isatty() and environment.get("TERM") != "dumb" and not quiet
        self._coloured = self._lively and not environment.get("NO_COLOR")

    def say(self, words: str) -> None:
        """Something worth knowing while it goes well."""
        if not self._quiet:
            print(words, file=self._err)

    def warn(self, words: str) -> None:
        """Something to put right one day."""
        if not self._quiet:
            print(f"{self._colour('warning:', 33)} {words}", file=self._err)

    def progress(self, label: str) -> Progress:
        """Whoever shows how far an upload is, here."""
        return Bar(self._err, label) if self._lively else Silent()

    def result(self, words: str, values: Mapping[str, object]) -> None:
        """What the command was run for: `words` for a person, `values` for a program."""
        print(json.dumps(values) if self._as_json else words, file=self._out, flush=True)

    def failure(self, error: LockgateError) -> None:
        """Why it did not work, and what to do; a program gets it on stdout as well."""
        hint = advice(error)
        if self._as_json:
            document = {"code": error.code, "detail": error.detail, "advice": hint}
            print(json.dumps({"error": document}), file=self._out, flush=True)
        name = self._colour("lockgate-submit:", 31)
        print(f"{name} {error.detail or error.code} [{error.code}]", file=self._err)
        if hint:
            print(f"  {hint}", file=self._err)

    def _colour(self, words: str, number: int) -> str:
        return f"\x1b[{number}m{words}\x1b[0m" if self._coloured else words
