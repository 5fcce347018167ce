"""How many pages a PDF has, when a few reads can tell for certain (ISO 32000-2, 7.5 and annex F); else unknown."""

import re
from collections.abc import Callable, Iterator

Read = Callable[[int, int], bytes]
"""Up to so many bytes from an offset; fewer at the end."""

Values = dict[bytes, list[bytes]]
"""A dictionary's keys, each with the tokens of its value; of arrays and dictionaries only the first token."""

_TAIL_BYTES = 2048
_TABLE_HEAD_BYTES = 64
_OBJECT_BYTES = 256 * 1024
_ENTRY_BYTES = 20  # 7.5.4: one entry of a cross-reference table
_MOST_SECTIONS = 64
_MOST_PAGES = 1_000_000

_LINEARIZED = re.compile(rb"\s*\d{1,9}\s+\d{1,5}\s+obj\s*(<<[^<>]*/Linearized\b[^<>]*>>)")
_START = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF\s*\Z")
_SUBSECTION = re.compile(rb"\s*(\d{1,9})[ ](\d{1,9})[ ]?\r?\n?")
_ENTRY = re.compile(rb"(\d{10}) \d{5} n")
_WHITE = re.compile(rb"(?:[\s\0]|%[^\r\n]*[\r\n])*")
_TOKEN = re.compile(  # strings with parentheses in them are not understood: then nothing is certain
    rb"<<|>>|[\[\]]|/[^\s\0()<>\[\]{}/%]*|\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]*>|[^\s\0()<>\[\]{}/%]+", re.DOTALL
)


class _UncertainError(ValueError):
    """Not a file whose structure is as plain as we ask for."""


def pdf_pages(read: Read, size: int) -> int | None:
    """The number of pages of a PDF of `size` bytes, None when it is not certain."""
    try:
        pages = _linearized(read(0, _TAIL_BYTES), size)
        return pages if pages is not None else _classic(read, size)
    except _UncertainError:
        return None


def _linearized(head: bytes, size: int) -> int | None:
    """Annex F: the first object tells; it is out of date when anything was appended."""
    start = head.find(b"\n", head.find(b"%PDF-"))
    found = _LINEARIZED.match(re.sub(rb"%[^\r\n]*[\r\n]+", b"", head[start + 1 :]))
    if found is None:
        return None
    values = _dictionary(found[1])
    if _number(values, b"/L") != size:
        return None
    return _pages(values, b"/N")


def _classic(read: Read, size: int) -> int:
    """By cross-reference tables: trailer, catalogue, root of the page tree."""
    found = _START.search(read(max(0, size - _TAIL_BYTES), _TAIL_BYTES))
    if found is None:
        raise _UncertainError
    sections = list(_sections(read, int(found[1])))
    catalogue = _object(read, sections, _reference(sections[0][1], b"/Root"))
    root = _object(read, sections, _reference(catalogue, b"/Pages"))
    if root.get(b"/Type") != [b"/Pages"] or b"/Kids" not in root or b"/Parent" in root:
        raise _UncertainError
    return _pages(root, b"/Count")


def _sections(read: Read, offset: int) -> Iterator[tuple[list[tuple[int, int, int]], Values]]:
    """Each section, the newest first: its subsections (first object, count, offset of the entries) and trailer."""
    for _ in range(_MOST_SECTIONS):
        table, offset = _table(read, offset)
        trailer = _dictionary(read(offset, _OBJECT_BYTES).partition(b"startxref")[0])
        if b"/Encrypt" in trailer or b"/XRefStm" in trailer:
            raise _UncertainError
        yield table, trailer
        if b"/Prev" not in trailer:
            return
        offset = _number(trailer, b"/Prev")
    raise _UncertainError


def _table(read: Read, offset: int) -> tuple[list[tuple[int, int, int]], int]:
    """A table's subsections, and where its trailer's dictionary is to be looked for."""
    subsections: list[tuple[int, int, int]] = []
    head = read(offset, _TABLE_HEAD_BYTES)
    if not head.startswith(b"xref"):
        raise _UncertainError  # a cross-reference stream, or nothing of the kind
    head, offset = head[4:], offset + 4
    while (found := _SUBSECTION.match(head)) is not None and len(subsections) < 10_000:
        entries = offset + found.end()
        subsections.append((int(found[1]), int(found[2]), entries))
        offset = entries + int(found[2]) * _ENTRY_BYTES
        head = read(offset, _TABLE_HEAD_BYTES)
    white = len(head) - len(head.lstrip())
    if not subsections or not head[white:].startswith(b"trailer"):
        raise _UncertainError
    return subsections, offset + white + len(b"trailer")


def _object(read: Read, sections: list[tuple[list[tuple[int, int, int]], Values]], number: int) -> Values:
    """The dictionary of an object, as the newest section that lists it says."""
    for table, _ in sections:
        for first, count, entries in table:
            if first <= number < first + count:
                entry = _ENTRY.match(read(entries + (number - first) * _ENTRY_BYTES, _ENTRY_BYTES))
                if entry is None:
                    raise _UncertainError
                return _dictionary_of(read(int(entry[1]), _OBJECT_BYTES), number)
    raise _UncertainError


def _dictionary_of(text: bytes, number: int) -> Values:
    found = re.match(rb"\s*(\d{1,10})\s+\d{1,5}\s+obj\b", text)
    if found is None or int(found[1]) != number:
        raise _UncertainError
    return _dictionary(text[found.end() :])


def _dictionary(text: bytes) -> Values:
    """The first dictionary in `text`, which must begin with it and hold it whole."""
    values: Values = {}
    depth, key = 0, b""
    for token in _tokens(text):
        if depth == 1 and token == b">>":
            return values
        if depth == 1 and token.startswith(b"/") and (not key or values[key]):
            if token in values:
                raise _UncertainError
            key, values[token] = token, []
        elif depth == 1 and key:
            values[key].append(token)
        elif depth == 0 and token != b"<<":
            raise _UncertainError
        depth += (token in (b"<<", b"[")) - (token in (b">>", b"]"))
    raise _UncertainError


def _tokens(text: bytes) -> Iterator[bytes]:
    """7.2 and 7.3, as far as dictionaries need it."""
    place = 0
    while white := _WHITE.match(text, place):
        found = _TOKEN.match(text, white.end())
        if found is None:
            raise _UncertainError
        yield found[0]
        place = found.end()


def _number(values: Values, key: bytes) -> int:
    tokens = values.get(key, [])
    if len(tokens) != 1 or not re.fullmatch(rb"\d{1,12}", tokens[0]):
        raise _UncertainError
    return int(tokens[0])


def _pages(values: Values, key: bytes) -> int:
    pages = _number(values, key)
    if not 0 < pages <= _MOST_PAGES:
        raise _UncertainError
    return pages


def _reference(values: Values, key: bytes) -> int:
    tokens = values.get(key, [])
    if len(tokens) != 3 or tokens[2] != b"R" or not re.fullmatch(rb"\d{1,9}", tokens[0]):
        raise _UncertainError
    return int(tokens[0])
