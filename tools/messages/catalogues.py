"""Catalogues on disk: brought up to date with the sources, and written so that only what changed differs."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from tools.messages.books import PANEL, Book

_HEADER: Final = """# {name} for Lockgate's {title}. The terms chosen: {glossary}.
msgid ""
msgstr ""
"Language: {tag}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural}\\n"

"""
"""Without dates, versions and names of tools: they would change with every extraction."""


def path_of(tag: str, locales: Path | None = None, book: Book = PANEL) -> Path:
    """The file of one language, in the book's own folder or another."""
    return (locales or book.locales) / tag / "LC_MESSAGES" / f"{book.name}.po"


def stored(tag: str, locales: Path | None = None, book: Book = PANEL) -> Catalog:
    """What is translated already; nothing where there is no file yet. Raises `babel.messages.pofile.PoFileError`."""
    path = path_of(tag, locales, book)
    if not path.exists():
        return Catalog(tag, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, tag, abort_invalid=True)


def updated(tag: str, sources: Catalog, before: Catalog) -> Catalog:
    """The messages of the sources with the translations of `before`; what the sources have no more is left out. Nothing
    is guessed from a message that is alike."""
    made = Catalog(tag, fuzzy=False)
    for message in in_order(sources):
        known = before.get(message.id, message.context)
        kept = known if known is not None and _shape(known) == _shape(message) else None
        made.add(
            message.id,
            kept.string if kept else "",
            locations=sorted({(place, 0) for place, _ in message.locations}),
            flags={"fuzzy"} if kept and kept.fuzzy else (),
            auto_comments=message.auto_comments,
            user_comments=kept.user_comments if kept else (),
            context=message.context,
        )
    return made


def written(catalogue: Catalog, book: Book = PANEL) -> bytes:
    """The file."""
    tag = str(catalogue.locale)
    name, plural = Locale.parse(tag).english_name, catalogue.plural_forms.rstrip("; ")
    header = _HEADER.format(tag=tag, name=name, plural=plural, title=book.title, glossary=book.glossary)
    body = BytesIO()
    write_po(body, catalogue, width=120, omit_header=True, include_lineno=False)
    return header.encode() + body.getvalue().rstrip() + b"\n"


def in_order(catalogue: Catalog) -> Sequence[Message]:
    """Its messages without the header, as they stand in the sources."""
    return [message for message in catalogue if message.id]


def _shape(message: Message) -> bool:
    """Whether it has forms for numbers."""
    return isinstance(message.id, (list, tuple))
