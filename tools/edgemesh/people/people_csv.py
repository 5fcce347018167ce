"""People and badges from a CSV file (RFC 4180): every fault is named with its line, people_import.py keeps them."""

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from firmware.badges.number import BadgeUnreadableError, card_number
from firmware.badges.random_uid import is_random_number
from firmware.vault.identity import is_id, is_user
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.people.pins import check_new
from tools.edgemesh.storage.records import User

COLUMNS = ("user", "language", "badge", "pin", "stations", "auto_release")
REQUIRED = ("user",)
MAX_BYTES = 64 * 2**20
MAX_ROWS = 200_000
MAX_FIELD = 4096
MAX_STATIONS = 64
MAX_LANGUAGE = 35  # RFC 5646 4.4.1
_TRUE, _FALSE = ("yes", "true", "1"), ("no", "false", "0")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line (from 1, the header's), without the values that stand there."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Row:
    """One person with at most one badge. `badge` is as a reader reads it; both may be empty. `given` are the columns
    that the file has: of the others nothing is said, and who is known keeps what they have."""

    line: int
    user: User = field(repr=False)
    badge: str = field(repr=False)
    pin: str = field(repr=False)
    given: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Parsed:
    """The rows that are right, and every fault, in the order of their lines."""

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]


class _RowError(ValueError):
    """Says what is wrong by the column's name, never by its value."""


class _FileError(ValueError):
    """What is wrong with the file itself, from that line on."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line, self.what = line, what


def parse(raw: bytes) -> Parsed:
    """The rows of a file in UTF-8, with or without a byte-order mark, separated by commas or semicolons. Columns may
    stand in any order; `user` must be there; an empty cell says the usual. Several rows of one person give them several
    badges and must agree in everything else. Raises nothing: what is wrong is a fault."""
    rows, faults = list[Row](), list[Fault]()
    try:
        header, lines = _table(raw)
        for line, values in lines:
            try:
                rows.append(_row(line, header, values))
            except _RowError as exc:
                faults.append(Fault(line, str(exc)))
    except _FileError as exc:
        faults.append(Fault(exc.line, exc.what))
    return _without_conflicts(rows, faults)


def _table(raw: bytes) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The header, and each row that is not empty with its line. Raises `_FileError`, as the iterator does."""
    if len(raw) > MAX_BYTES:
        raise _FileError(1, f"larger than {MAX_BYTES} bytes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise _FileError(1 + raw.count(b"\n", 0, exc.start), "not UTF-8") from None
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    lines = _lines(text, delimiter)
    header = [name.strip().lower() for name in next(lines, (1, []))[1]]
    if not set(REQUIRED) <= set(header):
        raise _FileError(1, f"the first line must name the columns, at least {', '.join(REQUIRED)}")
    if not set(header) <= set(COLUMNS) or len(set(header)) < len(header):
        raise _FileError(1, f"columns are {', '.join(COLUMNS)}, each at most once")
    return header, lines


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    for count in itertools.count():
        line = reader.line_num + 1
        try:
            values = next(reader, None)
        except csv.Error:  # there is no telling where the next row would begin
            raise _FileError(line, "not CSV: a quote is wrong, or a field is too long") from None
        if values is None:
            return
        if count > MAX_ROWS:
            raise _FileError(line, f"more than {MAX_ROWS} rows")
        if values or not count:
            yield line, values


def _row(line: int, header: Sequence[str], found: Sequence[str]) -> Row:
    if len(found) != len(header):
        raise _RowError(f"{len(header)} columns wanted, {len(found)} are there")
    if any(len(value) > MAX_FIELD for value in found):
        raise _RowError("a field is too long")
    values = {name: value.strip() for name, value in zip(header, found, strict=True)}
    user, language = values["user"], values.get("language") or "en"
    if not is_user(user):
        raise _RowError("user: 1 to 128 printable characters wanted")
    if len(language) > MAX_LANGUAGE or not language.isascii() or not language.replace("-", "").isalnum():
        raise _RowError("language: a tag such as en or de-CH wanted")
    stations = tuple(values.get("stations", "").split())
    if len(stations) > MAX_STATIONS or not all(map(is_id, stations)):
        raise _RowError("stations: ids of stations, separated by blanks, wanted")
    badge, pin = _badge(values.get("badge", "")), values.get("pin", "")
    _check_pin(pin, badge)
    auto = _truth(values.get("auto_release") or "yes")
    return Row(line, User(user, language, auto, stations=stations), badge, pin, frozenset(header))


def _badge(text: str) -> str:
    if not text:
        return ""
    try:
        number = card_number(text.encode())
    except BadgeUnreadableError:
        raise _RowError("badge: 4 to 64 ASCII letters and digits wanted") from None  # its text may hold the number
    if is_random_number(number):
        raise _RowError("badge: this badge says another number each time")
    return number


def _check_pin(pin: str, badge: str) -> None:
    if not pin:
        return
    try:
        check_new(pin, (badge,) if badge else ())
    except Problem as exc:
        raise _RowError(f"pin: {exc.detail}") from None


def _truth(text: str) -> bool:
    if text.lower() not in (*_TRUE, *_FALSE):
        raise _RowError("auto_release: yes or no wanted")
    return text.lower() in _TRUE


def _without_conflicts(rows: Iterable[Row], faults: list[Fault]) -> Parsed:
    """Rows that contradict an earlier one are faults."""
    people, badges, kept = dict[str, Row](), dict[str, str](), list[Row]()
    for row in rows:
        name, first = row.user.user_id, people.setdefault(row.user.user_id, row)
        if (first.user, first.pin) != (row.user, row.pin):
            faults.append(Fault(row.line, f"says something else of this person than line {first.line}"))
        elif (first is not row and not row.badge) or badges.get(row.badge) == name:
            faults.append(Fault(row.line, "the same as an earlier line"))
        elif row.badge in badges:
            faults.append(Fault(row.line, "the badge is another person's on an earlier line"))
        else:
            kept.append(row)
            badges |= {row.badge: name} if row.badge else {}
    return Parsed(tuple(kept), tuple(sorted(faults, key=lambda fault: fault.line)))
