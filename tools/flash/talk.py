"""What the command says and asks: results on stdout, everything else on stderr, questions at a terminal only."""

import json
from collections.abc import Mapping
from typing import TextIO

from firmware.errors import LockgateError
from tools.flash.errors import FlashError, advice
from tools.submit.progress import Bar, Silent
from tools.submit.upload import Progress


class Talk:
    """Speaks to a person at a terminal, to one who reads a log, or to a program."""

    def __init__(self, out: TextIO, err: TextIO, asked: TextIO, *, as_json: bool, quiet: bool) -> None:
        self._out, self._err, self._asked = out, err, asked
        self._as_json, self._quiet = as_json, quiet

    def say(self, words: str) -> None:
        """Something worth knowing."""
        if not self._quiet:
            print(words, file=self._err, flush=True)

    def result(self, words: str, values: Mapping[str, object]) -> None:
        """What the command was run for."""
        print(json.dumps(values) if self._as_json else words, file=self._out, flush=True)

    def document(self, values: Mapping[str, object]) -> None:
        """A result that is for programs alone."""
        print(json.dumps(values, indent=2), file=self._out, flush=True)

    def bar(self, label: str) -> Progress:
        """Whoever shows how far it is; in a log, a line when it begins."""
        if self._quiet:
            return Silent()
        if not self._err.isatty():
            self.say(f"{label} …")
            return Silent()
        return Bar(self._err, label)

    def ask(self, question: str) -> str:
        """A line from the person at the terminal. Raises `FlashError` flash-unasked where nobody is there."""
        if not self._asked.isatty():
            raise FlashError("nobody is here to be asked", code="flash-unasked")
        print(question, end=" ", file=self._err, flush=True)
        return self._asked.readline().strip()

    def failure(self, error: LockgateError) -> None:
        """Why it did not work, and what to do; a program gets it on stdout as well."""
        hint = advice(error)
        if self._as_json:
            document = {"code": error.code, "detail": error.detail, "advice": hint}
            print(json.dumps({"error": document}), file=self._out, flush=True)
        print(f"lockgate-flash: {error.detail or error.code} [{error.code}]", file=self._err)
        if hint:
            print(f"  {hint}", file=self._err, flush=True)
