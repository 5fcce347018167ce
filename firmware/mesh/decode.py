"""Strict reading of JSON from the mesh: each type, length and count is checked; every failure is MeshProtocolError.

Messages name the field and never its value: values may be names, card numbers or keys. Unknown fields are ignored, so
that a newer mesh can talk to an older station."""

import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeGuard, TypeVar

from firmware.mesh.port import MeshProtocolError

T = TypeVar("T")

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,127}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_SURROGATE = re.compile("[\ud800-\udfff]")  # JSON can spell half a character, which no encoding takes
_MISSING = object()


def parse_json(body: bytes) -> object:
    """The value of a JSON text in UTF-8 (RFC 8259): no repeated names, no NaN, no nesting that exhausts the stack."""
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_unrepeated, parse_constant=_no_constant)
    except (ValueError, RecursionError) as exc:
        raise MeshProtocolError("the answer is not JSON") from exc


class Fields:
    """One JSON object, read field by field. `where` names it in errors."""

    __slots__ = ("_values", "_where")

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise MeshProtocolError(f"{where} is not an object")
        self._values = value
        self._where = where

    def text(self, name: str, longest: int, *, shortest: int = 1) -> str:
        """A string of `shortest` to `longest` characters."""
        value = self._value(name)
        if not _is_text(value, shortest, longest):
            raise self._wrong(name)
        return value

    def id(self, name: str) -> str:
        """A name that is safe in a path and in a log: 1 to 128 of `A-Z a-z 0-9 . _ ~ -`, a letter or digit first."""
        value = self.text(name, 128)
        if not _ID.fullmatch(value):
            raise self._wrong(name)
        return value

    def number(self, name: str, lowest: int, highest: int) -> int:
        """An integer, both bounds included; `true` and `1.0` are none."""
        value = self._value(name)
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise self._wrong(name)
        return value

    def flag(self, name: str) -> bool:
        """`true` or `false`."""
        value = self._value(name)
        if not isinstance(value, bool):
            raise self._wrong(name)
        return value

    def octets(self, name: str, longest: int) -> bytes:
        """1 to `longest` bytes, as standard base64 with padding (RFC 4648, 4)."""
        return self._octets(self._value(name), name, longest)

    def hex(self, name: str, longest: int) -> bytes:
        """1 to `longest` bytes, as two hexadecimal digits each."""
        value = self.text(name, 2 * longest)
        if not _HEX.fullmatch(value):
            raise self._wrong(name)
        return bytes.fromhex(value)

    def moment(self, name: str) -> datetime:
        """An aware time, RFC 3339 in UTC with `Z`."""
        value = self.text(name, 40)
        if not _TIME.fullmatch(value):
            raise self._wrong(name)
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError) as exc:
            raise self._wrong(name) from exc

    def within(self, name: str) -> "Fields":
        """An object inside this one."""
        return Fields(self._value(name), f"{self._where}.{name}")

    def readable(self, name: str, most: int, read: Callable[["Fields"], T]) -> tuple[list[T], int]:
        """A list of up to `most` objects, each read by `read`, without those it refuses, and how many those were. Where
        it refuses all of them, the list is refused."""
        found: list[T] = []
        refusals: list[MeshProtocolError] = []
        for item in self._items(name, 0, most):
            try:
                found.append(read(Fields(item, f"{self._where}.{name}[]")))
            except MeshProtocolError as exc:
                refusals.append(exc)
        if refusals and not found:
            raise refusals[0]
        return found, len(refusals)

    def texts(self, name: str, most: int, longest: int, *, fewest: int = 0) -> tuple[str, ...]:
        """A list of `fewest` to `most` strings of 1 to `longest` characters."""
        items = self._items(name, fewest, most)
        texts = tuple(item for item in items if _is_text(item, 1, longest))
        if len(texts) != len(items):
            raise self._wrong(name)
        return texts

    def table(self, name: str, most: int, longest_name: int, longest: int) -> dict[str, str]:
        """An object of up to `most` texts by name; a text may be empty."""
        value = self._value(name)
        if not isinstance(value, dict) or len(value) > most:
            raise self._wrong(name)
        if not all(_is_text(key, 1, longest_name) and _is_text(text, 0, longest) for key, text in value.items()):
            raise self._wrong(name)
        return value

    def chain(self, name: str) -> tuple[bytes, ...]:
        """A certificate chain: 1 to 4 DER certificates of at most 16 KiB."""
        return tuple(self._octets(item, name, 16 * 1024) for item in self._items(name, 1, 4))

    def optional(self, name: str) -> bool:
        """Whether the field is there at all and not null."""
        return self._values.get(name) is not None

    def _value(self, name: str) -> object:
        value: object = self._values.get(name, _MISSING)
        if value is _MISSING:
            raise MeshProtocolError(f"{self._where}.{name} is missing")
        return value

    def _items(self, name: str, fewest: int, most: int) -> list[object]:
        value = self._value(name)
        if not isinstance(value, list) or not fewest <= len(value) <= most:
            raise self._wrong(name)
        return value

    def _octets(self, value: object, name: str, longest: int) -> bytes:
        if not isinstance(value, str) or not 0 < len(value) <= 4 * (longest // 3 + 1):
            raise self._wrong(name)
        try:
            octets = base64.b64decode(value, validate=True)
        except ValueError as exc:
            raise self._wrong(name) from exc
        if not 0 < len(octets) <= longest:
            raise self._wrong(name)
        return octets

    def _wrong(self, name: str) -> MeshProtocolError:
        return MeshProtocolError(f"{self._where}.{name} is not what the interface says")


def _is_text(value: object, shortest: int, longest: int) -> TypeGuard[str]:
    return isinstance(value, str) and shortest <= len(value) <= longest and not _SURROGATE.search(value)


def _unrepeated(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is repeated")
    return found


def _no_constant(text: str) -> object:
    raise ValueError(f"{text} is not JSON")
