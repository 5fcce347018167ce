"""What is wrong with a catalogue: whatever a person would see as another language, a wrong number, or a torn page."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from gettext import c2py
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog, Message

from tools.messages.catalogues import in_order

_PLACE: Final = re.compile(r"%\((\w+)\)s")
_PERCENT: Final = re.compile(r"%(?!\(\w+\)s)")
_MARKUP: Final = re.compile(r"<[^>]*>|&\w+;|[<>{}]")
_ENDS: Final = {"。": ".", "؟": "?"}
"""What NFKC leaves of the ends that other scripts give a sentence."""
_CLOSING: Final = ".?!:…"
_MANY: Final = 1000


def faults(stored: Catalog, fresh: Catalog) -> Iterator[str]:
    """A sentence for each: `stored` is the file, `fresh` what `updated` makes of it."""
    ours, theirs = (_by_key(catalogue) for catalogue in (stored, fresh))
    yield from (f"{key[0]!r} is in the sources, not in the catalogue" for key in theirs if key not in ours)
    yield from (f"{key[0]!r} is in the sources no more" for key in ours if key not in theirs)
    yield from disagreements(stored)
    if stored.obsolete:
        yield f"{len(stored.obsolete)} obsolete messages are kept in it"
    for message in in_order(stored):
        yield from (f"{message.id!r}: {fault}" for fault in _of(message, stored))


def _by_key(catalogue: Catalog) -> set[tuple[object, str | None]]:
    return {(message.id, message.context) for message in in_order(catalogue)}


def _of(message: Message, catalogue: Catalog) -> Iterator[str]:
    ids = message.id if isinstance(message.id, (list, tuple)) else [message.id]
    strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    if message.fuzzy:
        yield "is fuzzy"
    if len(ids) > 1 and len(strings) != catalogue.num_plurals:
        yield f"has {len(strings)} forms for numbers, not {catalogue.num_plurals}"
    for index, string in enumerate(strings):
        if not string:
            yield "is not translated"
        else:
            may_omit = len(ids) > 1 and index in single_forms(catalogue)
            yield from _differences(ids[-1], string, may_omit_number=may_omit)


def _differences(source: str, string: str, *, may_omit_number: bool) -> Iterator[str]:
    wanted, found = (sorted(_PLACE.findall(text)) for text in (source, string))
    if found != wanted and not (may_omit_number and [*found, "num"] == wanted):
        yield f"has the places {found} for {wanted}"
    if _PERCENT.search(string):
        yield "has a % that is no place"
    if sorted(_MARKUP.findall(source)) != sorted(_MARKUP.findall(string)):
        yield "has other markup"
    if string != string.strip() or "  " in string or "\n" in string:
        yield "has blanks that are not wanted"
    if _end(source) != _end(string):
        yield f"ends with {_end(string)!r} for {_end(source)!r}"


def _end(text: str) -> str:
    last = unicodedata.normalize("NFKC", text)[-1]
    last = _ENDS.get(last, last)
    return last if last in _CLOSING else ""


def single_forms(catalogue: Catalog) -> frozenset[int]:
    """The forms that one single number has each, which may be said without a digit."""
    return _single(catalogue.plural_expr)


@cache
def _single(expression: str) -> frozenset[int]:
    forms = Counter(map(c2py(expression), range(_MANY)))
    return frozenset(form for form, count in forms.items() if count == 1)


def disagreements(catalogue: Catalog) -> Iterator[str]:
    """Where the numbers that share a form are others than those that share a category of CLDR."""
    form_of, category_of = c2py(catalogue.plural_expr), Locale.parse(str(catalogue.locale)).plural_form
    pairs = {(form_of(number), category_of(number)) for number in range(_MANY)}
    for index, what in enumerate(("form", "category")):
        counted = Counter(pair[index] for pair in pairs)
        yield from (f"{what} {one} is shared by other numbers" for one, count in counted.items() if count > 1)
