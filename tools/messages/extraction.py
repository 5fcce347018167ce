"""Every message of the sources, as a catalogue without translations."""

from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract

from tools.messages.books import PANEL, Book

ROOT: Final = Path(__file__).parents[2]
TRANSLATORS: Final = ("translators:",)
"""Comments that begin so are for whoever translates."""
_OPTIONS: Final = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}


def extracted(root: Path = ROOT, book: Book = PANEL) -> Catalog:
    """What stands in the sources of a book now, in the order of their names. `root` is the checkout's."""
    found = Catalog(fuzzy=False)
    for folder, pattern, method in book.sources:
        for path in sorted((root / folder).glob(pattern)):
            _add(found, path, path.relative_to(root).as_posix(), method, book)
    return found


def _add(found: Catalog, path: Path, place: str, method: str, book: Book) -> None:
    keywords = {**DEFAULT_KEYWORDS, **dict.fromkeys(book.keywords)}
    with path.open("rb") as source:
        for line, message, comments, context in extract(
            method, source, keywords, comment_tags=TRANSLATORS, options=_OPTIONS, strip_comment_tags=True
        ):
            apart = context or book.contexts.get(place)
            found.add(message, locations=[(place, line)], auto_comments=comments, context=apart)
