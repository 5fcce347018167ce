"""Reading JSON from strangers: bounded size and depth, no duplicate names, each field of the type that is expected."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import NoReturn

from firmware.vault.fields import encode_octets
from tools.edgemesh.interface.problems import Problem

MAX_JSON = 256 * 1024
MAX_DEPTH = 16
MAX_TEXT = 512
MALFORMED = "json-malformed"
MAX_CHAIN = 4
_STRUCTURE = re.compile(rb'"(?:[^"\\]++|\\.?)*+"?|[\[{]|[\]}]', re.DOTALL)
"""A string (or an unfinished one, so that no input is scanned twice) or one bracket."""


def decode(raw: bytes, code: str = MALFORMED, limit: int = MAX_JSON) -> "Fields":
    """The object in `raw` (UTF-8, RFC 8259). Raises `Problem`: request-too-large, or `code`, as its fields will."""
    if len(raw) > limit:
        raise Problem("request-too-large", f"JSON is limited to {limit} bytes")
    _check_depth(raw, code)
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_object, parse_constant=_no_constant)
    except (ValueError, RecursionError) as exc:
        raise Problem(code, "not JSON") from exc
    if not isinstance(value, dict):
        raise Problem(code, "not an object")
    return Fields(value, code)


def _check_depth(raw: bytes, code: str) -> None:
    """Before the parser: its recursion is bounded by us, not by the interpreter's stack."""
    depth = 0
    for found in _STRUCTURE.finditer(raw):
        first = found[0][:1]
        depth += (first in b"[{") - (first in b"]}")
        if depth > MAX_DEPTH:
            raise Problem(code, f"nested deeper than {MAX_DEPTH}")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("duplicate name")
    return names


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are not JSON


class Fields:
    """One JSON object, read field by field; every reader raises `Problem` of `code`, naming the field. Fields nobody
    reads are left alone, so that an older mesh takes a newer client's request."""

    def __init__(self, values: Mapping[str, object], code: str = MALFORMED) -> None:
        self._values, self._code = values, code

    def has(self, name: str) -> bool:
        return self._values.get(name) is not None

    def filled(self, name: str) -> bool:
        """Whether there is something other than an empty text."""
        return self._values.get(name) not in (None, "")

    def text(self, name: str, limit: int = MAX_TEXT) -> str:
        """A printable, non-empty string of at most `limit` characters."""
        value = self._values.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= limit or not value.isprintable():
            raise Problem(self._code, f"{name}: 1 to {limit} printable characters wanted")
        return value

    def remark(self, name: str) -> str:
        """Words for people, at most 512 characters: what is too long or cannot be printed must not keep the rest of
        the message from being taken in. Empty when there are none."""
        value = self._values.get(name) or ""
        if not isinstance(value, str):
            raise Problem(self._code, f"{name}: words wanted")
        return "".join(letter if letter.isprintable() else " " for letter in value[:MAX_TEXT])

    def number(self, name: str) -> int:
        """An integer from 0 to 2^53 - 1 (RFC 7493)."""
        value = self._values.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
            raise Problem(self._code, f"{name}: a whole number wanted")
        return value

    def blob(self, name: str, limit: int = MAX_JSON) -> bytes:
        """Bytes in standard base64 (RFC 4648 section 4)."""
        return self._unbase64(name, self._values.get(name), limit)

    def chain(self, name: str) -> tuple[bytes, ...]:
        """A certificate chain: one to four DER certificates in base64, leaf first."""
        value = self._values.get(name)
        if not isinstance(value, list) or not 0 < len(value) <= MAX_CHAIN:
            raise Problem(self._code, f"{name}: one to {MAX_CHAIN} certificates wanted")
        return tuple(self._unbase64(name, item, MAX_JSON) for item in value)

    def inner(self, name: str) -> "Fields":
        """An object inside this one."""
        value = self._values.get(name)
        if not isinstance(value, dict):
            raise Problem(self._code, f"{name}: an object wanted")
        return Fields(value, self._code)

    def flag(self, name: str) -> bool:
        value = self._values.get(name)
        if not isinstance(value, bool):
            raise Problem(self._code, f"{name}: true or false wanted")
        return value

    def inners(self, name: str) -> tuple["Fields", ...]:
        """A list of objects."""
        value = self._values.get(name)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise Problem(self._code, f"{name}: a list of objects wanted")
        return tuple(Fields(item, self._code) for item in value)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of at most 64 strings."""
        value = self._values.get(name)
        if not isinstance(value, list) or len(value) > 64 or not all(isinstance(item, str) for item in value):
            raise Problem(self._code, f"{name}: a list of strings wanted")
        return tuple(value)

    def _unbase64(self, name: str, value: object, limit: int) -> bytes:
        try:
            raw = base64.b64decode(value, validate=True) if isinstance(value, str) else None
        except (binascii.Error, ValueError) as exc:
            raise Problem(self._code, f"{name}: base64 wanted") from exc
        if raw is None or len(raw) > limit:
            raise Problem(self._code, f"{name}: base64 of at most {limit} bytes wanted")
        return raw


def octets_texts(values: tuple[bytes, ...]) -> list[str]:
    """A certificate chain as it travels in JSON."""
    return [encode_octets(value) for value in values]
