"""What `mesh.toml` says of the stations' screens and of the page for phones: the tables `[screen]` and `[phone]`."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.edgemesh.settings import OnScreen, PhonePage, Prices

MOST_LANGUAGES = 50
MOST_PRICE = 10**9
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_URL = re.compile(r"https://([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?", re.ASCII)
_LISTEN = re.compile(r"([0-9.]{7,15}|\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253}):([0-9]{1,5})", re.ASCII)
_HEADER = re.compile(r"\s*\[\s*([A-Za-z0-9_-]+)[^\]]*\]")
_MAX_PORT = 65535


def read_screen(table: Mapping[str, Any]) -> OnScreen:
    """`[screen]`; what is not said is as usual. Raises `ValueError`."""
    _known("screen", table, {"titles", "languages", "currency", "grey_side", "colour_side"})
    titles, languages = table.get("titles", True), table.get("languages", [])
    if type(titles) is not bool:
        raise ValueError("screen: titles is true or false")
    if not isinstance(languages, list) or len(languages) > MOST_LANGUAGES:
        raise ValueError(f"screen: languages is a list of at most {MOST_LANGUAGES}")
    if not all(isinstance(tag, str) and _TAG.fullmatch(tag) for tag in languages):
        raise ValueError("screen: languages are BCP 47 tags, such as en or pt-BR")
    return OnScreen(titles, tuple(languages), _prices(table))


def _prices(table: Mapping[str, Any]) -> Prices | None:
    named = [name for name in ("currency", "grey_side", "colour_side") if name in table]
    if not named:
        return None
    if len(named) != 3:
        raise ValueError("screen: currency, grey_side and colour_side go together")
    currency, sides = table["currency"], (table["grey_side"], table["colour_side"])
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise ValueError("screen: currency is a code of ISO 4217, such as EUR")
    if any(type(side) is not int or not 0 <= side <= MOST_PRICE for side in sides):
        raise ValueError("screen: a side's price is a whole number of the currency's smallest unit")
    return Prices(currency, *sides)


def read_phone(table: Mapping[str, Any]) -> PhonePage:
    """`[phone]`; without it there is no such page. Raises `ValueError`."""
    _known("phone", table, {"url", "listen", "certificate", "key"})
    if not table:
        return PhonePage()
    page = PhonePage(*(table.get(name, "") for name in ("url", "listen", "certificate", "key")))
    if not all(isinstance(text, str) and text for text in (page.url, page.listen, page.certificate, page.key)):
        raise ValueError("phone: url, listen, certificate and key go together")
    if not _URL.fullmatch(page.url):
        raise ValueError("phone: url is https://HOST or https://HOST:PORT, without a path")
    address_of(page)
    return page


def address_of(page: PhonePage) -> tuple[str, int]:
    """Where it listens: host and port. Raises `ValueError`."""
    found = _LISTEN.fullmatch(page.listen)
    if found is None or int(found[2]) > _MAX_PORT:
        raise ValueError("phone: listen is HOST:PORT")
    return found[1].strip("[]"), int(found[2])


def _known(name: str, table: Mapping[str, Any], keys: set[str]) -> None:
    if not isinstance(table, dict) or not table.keys() <= keys:
        raise ValueError(f"{name}: {', '.join(sorted(keys))} are what can be said")


def screen_table(screen: OnScreen) -> str:
    """`[screen]` as text of TOML 1.0."""
    prices = screen.prices
    said = {"titles": screen.titles, "languages": list(screen.languages)}
    priced = {} if prices is None else {
        "currency": prices.currency, "grey_side": prices.grey_side, "colour_side": prices.colour_side
    }  # fmt: skip
    return _table("screen", said | priced)


def phone_table(page: PhonePage) -> str:
    """`[phone]` as text, empty where there is no page."""
    if not page.url:
        return ""
    said = {"url": page.url, "listen": page.listen, "certificate": page.certificate, "key": page.key}
    return _table("phone", said)


def _table(name: str, values: Mapping[str, object]) -> str:
    lines = (f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())
    return f"[{name}]\n{''.join(lines)}"


def replaced(text: str, name: str, table: str) -> str:
    """A site's file with another table of that name, at its end; all else stays as an administrator wrote it."""
    kept, is_old = list[str](), False
    for line in text.splitlines():
        if found := _HEADER.match(line):
            is_old = found[1] == name
        if not is_old:
            kept.append(line)
    rest = "\n".join(kept).rstrip("\n") + "\n"
    return rest + (f"\n{table}" if table else "")


def write_tables(directory: Path, **tables: str) -> None:
    """Put tables into a site's file, all at once. Raises `OSError`."""
    path = directory / "mesh.toml"
    text = path.read_text(encoding="utf-8")
    for name, table in tables.items():
        text = replaced(text, name, table)
    aside = path.with_suffix(".toml.new")
    aside.write_text(text, encoding="utf-8")
    aside.chmod(path.stat().st_mode & 0o777)
    aside.replace(path)
