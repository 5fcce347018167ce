"""The rules that `lockgate badge solve` wrote, in the storage port: strictly read, before the configuration's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from firmware.badges.rules import RuleError, Rules
from firmware.config import Config
from firmware.errors import LockgateError
from firmware.numbers import Numbers
from firmware.vault.fields import FieldError, encode_object, read_kept
from hal.ports.storage import Storage

FILE = "badge-rules"
VERSION = 1
LONGEST = 64 * 1024
MOST_READERS = 64
LONGEST_NAME = 200
MOST_STEPS = 32

Steps = tuple[str, ...]


class RuleStoreError(LockgateError):
    """The stored rules are damaged: none of them is used."""

    code = "badge-rules-damaged"


@dataclass(frozen=True, slots=True)
class StoredRules:
    """The steps for the site, None where none were found for it, and for single readers by their names."""

    site: Steps | None = None
    readers: Mapping[str, Steps] = field(default_factory=dict)

    def having(self, reader: str | None, steps: Steps) -> "StoredRules":
        """With `steps` for the reader of that name, or for the site."""
        if reader is None:
            return replace(self, site=steps)
        return replace(self, readers={**self.readers, reader: steps})

    def without(self, reader: str | None) -> "StoredRules":
        """Without those of that reader, or of the site."""
        if reader is None:
            return replace(self, site=None)
        return replace(self, readers={name: steps for name, steps in self.readers.items() if name != reader})


def read_stored(data: bytes) -> StoredRules:
    """The content of the file. Raises `RuleStoreError`, which says where it is damaged."""
    try:
        if len(data) > LONGEST:
            raise FieldError("too long")  # noqa: TRY301 - told as what is found within
        fields = read_kept(data, ("version", "site", "readers"))
        fields.integer("version", least=VERSION, most=VERSION)
        site, readers = fields.value("site"), fields.value("readers")
        if not isinstance(readers, dict) or len(readers) > MOST_READERS or not all(map(_is_name, readers)):
            raise FieldError("readers")  # noqa: TRY301 - as above
        return StoredRules(
            None if site is None else _steps(site, "site"),
            {name: _steps(steps, "readers") for name, steps in readers.items()},
        )
    except (FieldError, RuleError) as exc:
        raise RuleStoreError(f"{FILE}: {exc}") from exc


def stored(storage: Storage) -> StoredRules:
    """What is stored; no rules where nothing is. Raises `RuleStoreError`, `StorageError`."""
    data = storage.read(FILE)
    return StoredRules() if data is None else read_stored(data)


def store(storage: Storage, rules: StoredRules) -> None:
    """Durably, instead of what was there. Raises `RuleStoreError` where these are too many rules, `StorageError`."""
    readers = {name: list(steps) for name, steps in rules.readers.items()}
    site = None if rules.site is None else list(rules.site)
    data = encode_object({"version": VERSION, "site": site, "readers": readers}) + b"\n"
    read_stored(data)
    storage.replace(FILE, data)


def numbers(config: Config, storage: Storage, tell: Callable[[str], None]) -> Numbers:
    """The rules that a station goes by: a reader's own before the site's, and of either the stored ones before those
    of the configuration. Damaged rules are told, and the configuration's stand alone. Raises `StorageError`,
    `RuleError`."""
    try:
        found = stored(storage)
    except RuleStoreError as exc:
        tell(f"{exc}: the configuration's rules are used; find them again with lockgate badge solve")
        found = StoredRules()
    site = config.badge_rules if found.site is None else found.site
    return Numbers.configured(site, {**config.reader_rules, **found.readers})


def _is_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= LONGEST_NAME and name.isprintable()


def _steps(value: Any, where: str) -> Steps:
    if not isinstance(value, list) or len(value) > MOST_STEPS or not all(isinstance(step, str) for step in value):
        raise FieldError(where)
    return Rules.parse(value).steps
