"""Brings the catalogues of the panel and of the other pages up to date with the sources, or with --check says what is
wrong with them: `python -m tools.messages [--check] [--add TAG]`."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel import Locale, UnknownLocaleError

from tools.messages.books import BOOKS, Book
from tools.messages.catalogues import path_of, stored, updated, written
from tools.messages.extraction import extracted
from tools.messages.faults import faults


def main(arguments: list[str] | None = None, locales: Path | None = None, books: Sequence[Book] = BOOKS) -> int:
    """1 where a catalogue is not complete; what is missing is said. `locales` is another folder for all of them."""
    parser = argparse.ArgumentParser(prog="tools/dev messages", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--add", metavar="TAG", type=_tag, help="begin another language, such as pt")
    given = parser.parse_args(arguments)
    wrong = [
        f"{book.name}: {fault}"
        for book in books
        for fault in _brought(book, locales or book.locales, given.add, write=not given.check)
    ]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


def _brought(book: Book, locales: Path, added: str | None, *, write: bool) -> Iterator[str]:
    sources = extracted(book=book)
    tags = {path.parent.parent.name for path in locales.glob(f"*/LC_MESSAGES/{book.name}.po")}
    for tag in sorted(tags | {added} if added else tags):
        path, before = path_of(tag, locales, book), stored(tag, locales, book)
        fresh = updated(tag, sources, before)
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(written(fresh, book))
            before = stored(tag, locales, book)
        elif path.read_bytes() != written(fresh, book):
            yield f"{tag}: stale: run tools/dev messages"
        yield from (f"{tag}: {fault}" for fault in faults(before, fresh))


def _tag(text: str) -> str:
    try:
        return str(Locale.parse(text, sep="-"))
    except (ValueError, UnknownLocaleError) as exc:
        raise argparse.ArgumentTypeError(f"{text} is no language of CLDR") from exc


if __name__ == "__main__":
    sys.exit(main())
