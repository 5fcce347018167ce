"""A device's URI (RFC 3986) as configuration writes it, such as `serial:///dev/ttyUSB0?baud=9600`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from hal.ports.errors import DeviceConfigError


@dataclass(frozen=True, slots=True)
class DeviceUri:
    """`path` is percent-decoded; `options` are the query, each name once."""

    scheme: str
    path: str
    options: Mapping[str, str]

    def whole(self, name: str, default: int) -> int:
        """An option that is a whole number above zero. Raises `DeviceConfigError`."""
        text = self.options.get(name, str(default))
        if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
            raise DeviceConfigError(self.scheme, f"{name} must be a whole number above 0, not {text!r}")
        return int(text)

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str:
        """An option that is one of `allowed`; the first is the default. Raises `DeviceConfigError`."""
        text = self.options.get(name, allowed[0])
        if text not in allowed:
            raise DeviceConfigError(self.scheme, f"{name} must be one of {', '.join(allowed)}, not {text!r}")
        return text


def parse(uri: str, options: tuple[str, ...] = ()) -> DeviceUri:
    """Take apart a URI of a local device: scheme, path and the query `options` it may have.

    Raises `DeviceConfigError` for a malformed query, an unknown or repeated option, a host or a fragment.
    """
    scheme, _, _ = uri.partition(":")
    try:
        parts = urlsplit(uri)
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query), errors="strict")
    except ValueError as exc:
        raise DeviceConfigError(scheme, f"malformed URI {uri!r}: {exc}") from exc
    if parts.netloc or parts.fragment:
        raise DeviceConfigError(scheme, f"a local device has no host or fragment: {uri!r}")
    names = [name for name, _ in pairs]
    for name in names:
        if name not in options:
            raise DeviceConfigError(scheme, f"unknown option {name!r}; known: {', '.join(options) or 'none'}")
    if len(set(names)) < len(names):
        raise DeviceConfigError(scheme, f"an option is given twice: {uri!r}")
    return DeviceUri(parts.scheme, unquote(parts.path), dict(pairs))
