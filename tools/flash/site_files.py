"""The site's settings for one card, of one file or several: what is common, and what a station pairs by."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from firmware.provisioning.errors import ProvisioningError
from firmware.provisioning.section import OF_THE_FILE, shown
from firmware.provisioning.site_file import MOST_BYTES, SiteFile, parse, parse_toml, read_tables, require_devices
from firmware.provisioning.toml_text import written
from hal.named import require_named


def joined(paths: Sequence[Path]) -> tuple[SiteFile, bytes]:
    """What they say together, and the file for the card. A table may stand in several, a key in one. Raises
    `ProvisioningError`."""
    tables: dict[str, Any] = {}
    for path in paths:
        _add(tables, _tables(path), path)
    require_devices(read_tables(tables), require_named)
    content = written(tables).encode()
    return parse(content), content


def _tables(path: Path) -> dict[str, Any]:
    content = _content(path)
    try:
        return parse_toml(content)
    except ProvisioningError as exc:
        raise ProvisioningError(f"{path}: {exc.detail.removeprefix(OF_THE_FILE)}", code=exc.code) from exc


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as exc:
        raise ProvisioningError(f"{path}: {exc.strerror}") from exc


def _add(tables: dict[str, Any], more: dict[str, Any], path: Path) -> None:
    for name, value in more.items():
        here = tables.setdefault(name, {} if isinstance(value, dict) else value)
        if isinstance(value, dict) and isinstance(here, dict):
            twice = sorted(set(here) & set(value))
            if twice:
                raise _clash(f"{shown(name)}.{shown(twice[0])}", path)
            here.update(value)
        elif here is not value:
            raise _clash(shown(name), path)


def _clash(where: str, path: Path) -> ProvisioningError:
    return ProvisioningError(f"{where} stands in {path} and in another file", code="provisioning-clash")
