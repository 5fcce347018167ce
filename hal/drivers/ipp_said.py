"""One group of a printer's answer, asked for what it says: a stranger's values, so that nothing is taken on trust."""

from hal.framing.ipp import IppFormatError, Value, Values

MAX_TEXT = 255


class Said:
    """Texts are cut short, and without control characters. What is of another type is as if it had not been said."""

    def __init__(self, group: Values) -> None:
        self._group = group

    def first(self, name: str) -> Value | None:
        return next(iter(self._group.get(name, ())), None)

    def number(self, name: str) -> int | None:
        """Zero or more."""
        return next(iter(self.numbers(name)), None)

    def numbers(self, name: str) -> tuple[int, ...]:
        values = self._group.get(name, ())
        return tuple(int(one) for one in values if isinstance(one, int) and not isinstance(one, bool) and one >= 0)

    def pairs(self, name: str) -> tuple[tuple[int, int], ...]:
        """Ranges, or resolutions."""
        return tuple(value for value in self._group.get(name, ()) if isinstance(value, tuple))

    def enum(self, name: str) -> str:
        """The name that the value has in `pyipp`'s enum, which is the port's name too."""
        value = self.first(name)
        known = getattr(value, "name", None)
        if not isinstance(known, str):
            raise IppFormatError(f"{name} is {value!r}"[:MAX_TEXT])
        return known

    def texts(self, name: str) -> tuple[str, ...]:
        values = (value for value in self._group.get(name, ()) if isinstance(value, str) and value)
        return tuple("".join(filter(str.isprintable, value))[:MAX_TEXT] for value in values)

    def text(self, name: str) -> str:
        return next(iter(self.texts(name)), "")

    def keywords(self, name: str) -> tuple[str, ...]:
        return tuple(word for word in self.texts(name) if word != "none")


def only(groups: tuple[Values, ...], kind: str) -> Said:
    """The one group of that kind. Raises `IppFormatError`."""
    if len(groups) != 1:
        raise IppFormatError(f"{len(groups)} {kind} groups instead of one")
    return Said(groups[0])
