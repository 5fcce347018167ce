"""One table of a site's file, taken apart strictly: what nobody asked for is refused, and no value is ever told."""

from collections.abc import Callable, Mapping
from typing import Any

from firmware.provisioning.errors import ProvisioningError

LONGEST_TEXT = 2048
LONGEST_PEM = 16 * 1024
MOST_ITEMS = 32
OF_THE_FILE = "the site's file: "
"""How an error begins that cannot say which file."""


class Section:
    """Ask for every key there may be, then `end`. Each method raises `ProvisioningError` naming the key."""

    def __init__(self, table: object, name: str) -> None:
        if not isinstance(table, dict):
            raise malformed(f"{name} must be a table, [{name}]")
        self._left: dict[str, Any] = dict(table)
        self._name = name

    def path(self, key: str) -> str:
        """Where a key stands, for people."""
        return f"{self._name}.{shown(key)}" if self._name else shown(key)

    def has(self, key: str) -> bool:
        """Whether the key is there and was not asked for yet."""
        return key in self._left

    def text(self, key: str, hint: str, fits: Callable[[str], object], *, required: bool = False) -> str:
        """A text that `fits`; empty where there is none and none has to be. `hint` says what is wanted."""
        if key not in self._left:
            if required:
                raise malformed(f"{self.path(key)} is missing: {hint}")
            return ""
        return self._checked(self._left.pop(key), key, hint, fits)

    def texts(self, key: str, hint: str, fits: Callable[[str], object]) -> tuple[str, ...]:
        """A list of at most `MOST_ITEMS` of them; empty where there is none."""
        items = self._left.pop(key, [])
        if not isinstance(items, list) or len(items) > MOST_ITEMS:
            raise malformed(f"{self.path(key)} must be a list of at most {MOST_ITEMS}: {hint}")
        return tuple(self._checked(item, key, hint, fits) for item in items)

    def pem(self, key: str, hint: str, read: Callable[[str], str] = str) -> str:
        """A text of several lines, as `read` returns it, which raises `ValueError`; empty where there is none."""
        if key not in self._left:
            return ""
        value = self._left.pop(key)
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_PEM or not value.isascii():
            raise malformed(f"{self.path(key)} must be {hint}")
        try:
            return read(value)
        except ValueError:
            raise malformed(f"{self.path(key)} must be {hint}") from None

    def flag(self, key: str) -> bool | None:
        """None where there is none."""
        value = self._left.pop(key, None)
        if value is not None and not isinstance(value, bool):
            raise malformed(f"{self.path(key)} must be true or false")
        return value

    def number(self, key: str, allowed: range) -> int:
        """0 where there is none."""
        if key not in self._left:
            return 0
        value = self._left.pop(key)
        if type(value) is not int or value not in allowed:
            raise malformed(f"{self.path(key)} must be a whole number, {allowed.start} to {allowed.stop - 1}")
        return value

    def table(self, key: str) -> dict[str, Any]:
        """A table within, as it stands; empty where there is none."""
        found = self._left.pop(key, {})
        if not isinstance(found, dict) or len(found) > MOST_ITEMS:
            raise malformed(f"{self.path(key)} must be a table of at most {MOST_ITEMS}")
        return found

    def end(self, others: Mapping[str, object] | tuple[str, ...] = ()) -> None:
        """Raises `ProvisioningError` provisioning-key-unknown for what is left over."""
        for key in self._left:
            if key not in others:
                where = self.path(key)
                raise ProvisioningError(f"{where}: there is no such key", code="provisioning-key-unknown")

    def _checked(self, value: object, key: str, hint: str, fits: Callable[[str], object]) -> str:
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TEXT or not value.isprintable():
            raise malformed(f"{self.path(key)} must be {hint}")
        if not fits(value):
            raise malformed(f"{self.path(key)} must be {hint}")
        return value


def malformed(detail: str) -> ProvisioningError:
    """What to raise for a value that cannot be."""
    return ProvisioningError(f"{OF_THE_FILE}{detail}")


def shown(key: str) -> str:
    """A key as an error may tell it: somebody may have written a secret in its place."""
    return key if len(key) <= 32 and key.isascii() and key.replace("_", "").replace("-", "").isalnum() else "…"
