"""Commands about what the whole site shows people: on stations' screens, and on the page for phones."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace

from tools.edgemesh.administration.talk import InputError
from tools.edgemesh.administration.words import Desk, Group, Words, local_site
from tools.edgemesh.settings import OnScreen, PhonePage, Prices
from tools.edgemesh.site import Site, read_site
from tools.edgemesh.site_screen import phone_table, read_phone, read_screen, screen_table, write_tables

_AFTERWARDS = "It counts from the next start of `edgemesh serve` on."
_BOTH = argparse.BooleanOptionalAction


def words(groups: "argparse._SubParsersAction[Words]") -> None:
    """`site screen`, `site phone`."""
    site = Group(
        groups,
        "site",
        "what the whole site shows people",
        "  edgemesh site screen --no-titles\n"
        "  edgemesh site screen --languages en,de,fr --prices EUR:3:12\n"
        "  edgemesh site phone --url https://print.example --listen 0.0.0.0:443"
        " --certificate chain.pem --key key.pem",
    )
    screen = local_site(
        site.local("screen", "what stations' screens show; without options, what they do now", on_screen)
    )
    screen.add_argument("--titles", action=_BOTH, help="whether people see what their jobs are called")
    screen.add_argument("--languages", metavar="TAGS", help="those offered, the usual one first; empty: all there are")
    screen.add_argument(
        "--prices", metavar="CUR:GREY:COLOUR", help="of one side, in the currency's smallest unit; empty: none"
    )
    phone = local_site(site.local("phone", "the page on which phones ask for a release", on_phone))
    phone.add_argument("--url", help="what phones call it, https://HOST[:PORT]")
    phone.add_argument("--listen", metavar="HOST:PORT", help="where it answers")
    phone.add_argument("--certificate", metavar="FILE", help="a chain in PEM that phones believe")
    phone.add_argument("--key", metavar="FILE", help="its key in PEM")
    phone.add_argument("--off", action="store_true", help="no such page any more")


def on_screen(desk: Desk) -> None:
    """Change, or show, what screens show."""
    given, site = desk.arguments, read_site(desk.arguments.dir)
    screen = _changed(site.settings.screen, given)
    if screen != site.settings.screen:
        _checked(read_screen, _said(screen))
        write_tables(site.directory, screen=screen_table(screen))
    prices = screen.prices
    charged = f"{prices.currency} {prices.grey_side} grey, {prices.colour_side} colour, a side" if prices else "nothing"
    shown = "shown" if screen.titles else "hidden"
    text = f"Titles are {shown}; languages: {', '.join(screen.languages) or 'all there are'}; charged: {charged}."
    desk.talk.result(f"{text} {_AFTERWARDS}" if screen != site.settings.screen else text, _said(screen))


def _changed(screen: OnScreen, given: argparse.Namespace) -> OnScreen:
    if given.titles is not None:
        screen = replace(screen, titles=given.titles)
    if given.languages is not None:
        screen = replace(screen, languages=tuple(filter(None, given.languages.split(","))))
    if given.prices is not None:
        screen = replace(screen, prices=_prices(given.prices))
    return screen


def _prices(text: str) -> Prices | None:
    if not text:
        return None
    currency, *sides = text.split(":")
    if len(sides) != 2 or not all(side.isascii() and side.isdigit() and len(side) < 11 for side in sides):
        raise InputError("prices look like EUR:3:12")
    return Prices(currency, int(sides[0]), int(sides[1]))


def _said(screen: OnScreen) -> dict[str, object]:
    prices = screen.prices
    priced = {} if prices is None else {
        "currency": prices.currency, "grey_side": prices.grey_side, "colour_side": prices.colour_side
    }  # fmt: skip
    return {"titles": screen.titles, "languages": list(screen.languages), **priced}


def on_phone(desk: Desk) -> None:
    """Change, or show, where phones are served."""
    given, site = desk.arguments, read_site(desk.arguments.dir)
    page = PhonePage() if given.off else _page(site, given)
    if page != site.settings.phone:
        _checked(read_phone, _page_said(page))
        write_tables(site.directory, phone=phone_table(page))
    text = f"Phones open {page.url}, answered at {page.listen}." if page.url else "There is no page for phones."
    desk.talk.result(f"{text} {_AFTERWARDS}" if page != site.settings.phone else text, _page_said(page))


def _page(site: Site, given: argparse.Namespace) -> PhonePage:
    names = ("url", "listen", "certificate", "key")
    return replace(site.settings.phone, **{name: getattr(given, name) for name in names if getattr(given, name)})


def _page_said(page: PhonePage) -> dict[str, object]:
    if not page.url and not page.listen:
        return {}
    return {"url": page.url, "listen": page.listen, "certificate": page.certificate, "key": page.key}


def _checked(read: Callable[[Mapping[str, object]], object], said: Mapping[str, object]) -> None:
    try:
        read(said)
    except ValueError as exc:
        raise InputError(str(exc)) from exc
