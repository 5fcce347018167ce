"""What the head of a printer's HTTP answer may say (RFC 9112): everything that two readers could understand
differently is refused, for one of them might be a gateway between the printer and us."""

import re
from email.message import Message

from hal.framing.ipp import IppFormatError

_LENGTH = re.compile(r"[0-9]{1,18}")


def check_head(fields: Message) -> None:
    """Raises `IppFormatError` for folded or malformed lines, two lengths, a length beside chunks, other codings."""
    if fields.defects or any("\n" in value or "\r" in value for value in fields.values()):
        raise IppFormatError("malformed HTTP fields")
    lengths = set(fields.get_all("Content-Length", ()))
    if len(lengths) > 1 or not all(_LENGTH.fullmatch(length) for length in lengths):
        raise IppFormatError("no HTTP length, or more than one")
    codings = fields.get_all("Transfer-Encoding", ())
    if codings and (lengths or [coding.lower() for coding in codings] != ["chunked"]):
        raise IppFormatError("an ambiguous or unknown HTTP transfer coding")
    if any(coding.lower() != "identity" for coding in fields.get_all("Content-Encoding", ())):
        raise IppFormatError("a compressed answer, which nobody asked for")


def challenges(fields: Message) -> tuple[str, ...]:
    """Its WWW-Authenticate fields."""
    return _utf_8(fields, "WWW-Authenticate")


def login_news(fields: Message) -> tuple[str, ...]:
    """Its Authentication-Info fields (RFC 7615)."""
    return _utf_8(fields, "Authentication-Info")


def _utf_8(fields: Message, name: str) -> tuple[str, ...]:
    """`http.client` reads fields as Latin-1, printers write UTF-8."""
    said = fields.get_all(name, ())
    return tuple(one.encode("latin-1", "replace").decode(errors="replace") for one in said)
