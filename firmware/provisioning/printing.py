"""The printer as a site's file says it, what it asks of us (a password, a certificate), and what makes its pages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from firmware.provisioning import certificates
from firmware.provisioning.box import DEVICE
from firmware.provisioning.section import Section, malformed

PASSWORD, KEY, CERTIFICATE, CA = "printer-password", "printer-key.pem", "printer-cert.pem", "printer-ca.pem"
SECRETS = (PASSWORD, KEY)
"""The files that the station's user has to itself, as hal/drivers/printer_login.py wants them."""
MOST_PASSWORD = 1000
"""Bytes; a password file may have 1024."""
_LIMIT = re.compile(r"(most-mib|page-mib|page-seconds)=[1-9]\d{0,8}", re.ASCII)
_OF_IPP = {"user": ("ipps", "ipp"), "ca": ("ipps",), "cert": ("ipps",)}
"""The schemes of URIs that have such an option."""


@dataclass(frozen=True, slots=True)
class Printing:
    """`uri` without what the other fields say; empty what the file does not say. Certificates and key are PEM."""

    uri: str = ""
    converter: str = ""
    user: str = ""
    password: str = field(repr=False, default="")
    ca: str = field(repr=False, default="")
    cert: str = field(repr=False, default="")
    key: str = field(repr=False, default="")

    def files(self) -> dict[str, str]:
        """What the URI names, by the names of files."""
        password = f"{self.password}\n" if self.password else ""
        found = {PASSWORD: password, CA: self.ca, CERTIFICATE: self.cert, KEY: self.key}
        return {name: text for name, text in found.items() if text}

    def address(self, folder: str) -> str:
        """The URI with the files, which are in `folder`."""
        options = {"ca": f"{folder}/{CA}"} if self.ca else {}
        options |= {"user": self.user, "password-file": f"{folder}/{PASSWORD}"} if self.user else {}
        options |= {"cert": f"{folder}/{CERTIFICATE}", "key": f"{folder}/{KEY}"} if self.cert else {}
        said = "&".join(f"{name}={quote(value)}" for name, value in options.items())
        return f"{self.uri}{'&' if '?' in self.uri else '?'}{said}" if said else self.uri

    def tables(self, folder: str) -> dict[str, dict[str, object]]:
        """As firmware/settings.py names them."""
        return {"printer": {"uri": self.address(folder), "converter": self.converter}}


def printing(table: object) -> Printing:
    """The table `printer`. Raises `ProvisioningError`."""
    section = Section(table, "printer")
    uri = section.text("uri", "a printer, such as ipps://printer.example/ipp/print", DEVICE.fullmatch)
    converter = section.text("converter", "what makes pages, such as mutool:", _is_converter)
    user = section.text("user", "whom the printer knows us as, without a colon", lambda text: ":" not in text)
    hint = f"what the printer asks for, at most {MOST_PASSWORD} bytes"
    password = section.text("password", hint, lambda text: len(text.encode()) <= MOST_PASSWORD)
    ca = section.pem("ca", "certificates of authorities, in PEM", certificates.authorities)
    cert, key = section.pem("cert", "a certificate in PEM"), section.pem("key", "its key in PEM")
    section.end()
    _require_pairs((("user", user), ("password", password)), (("cert", cert), ("key", key)))
    _require_scheme(uri, {"user": user, "ca": ca, "cert": cert})
    return Printing(uri, converter, user, password, ca, *_own(cert, key))


def _is_converter(text: str) -> bool:
    """As hal/drivers/mutool_converter.py takes it."""
    if text in ("none:", "mutool:"):
        return True
    limits = [_LIMIT.fullmatch(one) for one in text.removeprefix("mutool:?").split("&")]
    names = [found[1] for found in limits if found]
    return text.startswith("mutool:?") and len(set(names)) == len(limits)


def _own(cert: str, key: str) -> tuple[str, str]:
    if not cert:
        return "", ""
    try:
        return certificates.own(cert, key)
    except ValueError:
        words = "printer.cert and printer.key must be a certificate and its key in PEM, neither locked nor weak"
        raise malformed(words) from None


def _require_pairs(*pairs: tuple[tuple[str, str], tuple[str, str]]) -> None:
    for (name, value), (other, its) in pairs:
        if bool(value) != bool(its):
            raise malformed(f"printer.{name} and printer.{other} go together")


def _require_scheme(uri: str, said: Mapping[str, str]) -> None:
    for name, value in said.items():
        if value and uri.partition(":")[0].lower() not in _OF_IPP[name]:
            raise malformed(f"printer.{name} goes with a printer.uri at {' or '.join(_OF_IPP[name])}")
