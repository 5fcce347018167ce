"""Sentences to the technician that can be said in another language: English here, with what they were made of."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Self

_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


class Told(str):
    """An English sentence. `message` has places (`%(name)s`), of which `values` are the fillings."""

    __slots__ = ("message", "values")
    message: str
    values: Mapping[str, object]

    def __new__(cls, text: str, message: str = "", values: Mapping[str, object] = _NOTHING) -> Self:
        """A text alone is its own message."""
        made = super().__new__(cls, text)
        made.message, made.values = message or text, values
        return made

    def __reduce__(self) -> tuple[type[Self], tuple[str, str, dict[str, object]]]:
        """Copied and pickled as what it was made of."""
        return type(self), (str(self), self.message, dict(self.values))


def told(message: str, **values: object) -> Told:
    """The sentence. Its message is found by `tools/dev messages`, so it stands here as a literal."""
    return Told(message % values if values else message, message, values)


def joined(sentences: Sequence[str], between: str = " ") -> Told:
    """One after the other, each a sentence that is said by itself."""
    sentences = [one for one in sentences if one]
    values = {f"sentence{number}": Told(one) if type(one) is str else one for number, one in enumerate(sentences)}
    return Told(between.join(sentences), between.join(f"%({name})s" for name in values), values)


def said(words: str, gettext: Callable[[str], str]) -> str:
    """In the language of that `gettext`; words that are no sentence of ours as they are. A value that is a sentence is
    said in it, too."""
    if not isinstance(words, Told):
        return gettext(words) if words else ""
    values = {name: said(one, gettext) if isinstance(one, Told) else one for name, one in words.values.items()}
    return gettext(words.message) % values if values else gettext(words.message)


def mapped(words: str, change: Callable[[str], str]) -> str:
    """The words with `change` made to them, and to each value."""
    if not isinstance(words, Told):
        return change(words)
    values = {name: mapped(one, change) if isinstance(one, str) else one for name, one in words.values.items()}
    return Told(change(words), words.message, values)
