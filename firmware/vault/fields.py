"""Strict reading of signed JSON: one flat object, exact fields, exact types. Anything else is a `FieldError`."""

import base64
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
MAX_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly (RFC 7493)."""


class FieldError(ValueError):
    """Says what is wrong by the field's name, never by its value."""


class Fields:
    """The fields of one JSON object, taken one by one with their type; `FieldError` for whatever does not fit."""

    def __init__(self, value: object, names: Iterable[str]) -> None:
        if not isinstance(value, dict) or set(value) != set(names):
            raise FieldError("fields missing or unknown")
        self._values: dict[str, Any] = value

    def text(self, name: str, *, longest: int, shortest: int = 1) -> str:
        """A string of so many characters, which UTF-8 can carry."""
        value = self._values[name]
        if not isinstance(value, str) or not shortest <= len(value) <= longest or not _encodable(value):
            raise FieldError(name)
        return value

    def integer(self, name: str, *, least: int = 0, most: int = MAX_INTEGER) -> int:
        """An integer in a closed range; a truth value is none."""
        value = self._values[name]
        if type(value) is not int or not least <= value <= most:
            raise FieldError(name)
        return value

    def octets(self, name: str, *, shortest: int, longest: int) -> bytes:
        """Bytes in standard base64 (RFC 4648 4), in its one canonical spelling."""
        text = self.text(name, shortest=0, longest=(longest + 2) // 3 * 4)
        try:
            value = base64.b64decode(text, validate=True)
        except ValueError as exc:
            raise FieldError(name) from exc
        if encode_octets(value) != text or not shortest <= len(value) <= longest:
            raise FieldError(name)
        return value

    def time(self, name: str) -> datetime:
        """A moment in UTC to the second: RFC 3339, `YYYY-MM-DDThh:mm:ssZ` and no other spelling."""
        try:
            return read_time(self.text(name, longest=20))
        except FieldError as exc:
            raise FieldError(name) from exc

    def items(self, name: str, *, fewest: int, most: int) -> list[Any]:
        """An array of so many items, each still to be read."""
        value = self._values[name]
        if not isinstance(value, list) or not fewest <= len(value) <= most:
            raise FieldError(name)
        return value

    def value(self, name: str) -> object:
        """Whatever is there, still to be read."""
        return self._values[name]


def read_time(text: str) -> datetime:
    """A moment as `Fields.time` takes it. Raises `FieldError`."""
    try:
        if _TIME.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError as exc:  # such as a month 13
        raise FieldError("not a moment") from exc
    raise FieldError("not a moment")


def read_object(raw: bytes, names: Iterable[str]) -> Fields:
    """The one JSON object in `raw` (UTF-8, RFC 8259), with exactly these fields, none twice, no fractions, and no
    deep nesting. The caller bounds the length of `raw`. Raises `FieldError`."""
    return Fields(_parsed(raw), names)


def read_kept(raw: bytes, names: Iterable[str]) -> Fields:
    """As `read_object`, of what a box keeps for itself alone: a later version may have written it, from which the box
    went back. Raises `FieldError`."""
    return known(_parsed(raw), names)


def known(value: object, names: Iterable[str]) -> Fields:
    """These fields of an object; what a later version has put beside them is passed over. Raises `FieldError`."""
    wanted = tuple(names)
    return Fields({name: value[name] for name in wanted if name in value} if isinstance(value, dict) else value, wanted)


def encode_octets(value: bytes) -> str:
    """Bytes as standard base64."""
    return base64.b64encode(value).decode()


def encode_time(moment: datetime) -> str:
    """An aware time as RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def encode_object(fields: dict[str, object]) -> bytes:
    """JSON without needless spaces, in UTF-8. A lone surrogate passes here, and is refused by whoever reads it: an
    encoding error would carry the text about."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")


def _parsed(raw: bytes) -> object:
    try:
        return json.loads(raw.decode(), object_pairs_hook=_object, parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError) as exc:
        raise FieldError("not a JSON object of ours") from exc


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise FieldError("a field is there twice")
    return fields


def _refuse(_text: str) -> object:
    raise FieldError("neither fractions nor infinities")


def _encodable(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
