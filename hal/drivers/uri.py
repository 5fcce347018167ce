"""A device's URI (RFC 3986) as configuration writes it, such as `serial:///dev/ttyUSB0?baud=9600`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from hal.ports.errors import DeviceConfigError


@dataclass(frozen=True, slots=True)
class DeviceUri:
    """`path` is percent-decoded; `options` are the query, each name once. `host`, without brackets, and `port` are
    those of a network device; a local one has none."""

    scheme: str
    path: str
    options: Mapping[str, str]
    host: str = ""
    port: int = 0

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

    def seconds(self, name: str, default: float, *, most: float) -> float:
        """An option in seconds, decimal, above 0 and up to `most`. Raises `DeviceConfigError`."""
        text = self.options.get(name, str(default))
        if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,4})?", text) or not 0 < float(text) <= most:
            raise DeviceConfigError(self.scheme, f"{name} must be seconds above 0 and up to {most:g}, not {text!r}")
        return float(text)

    def characters(self, name: str, *, most: int) -> bytes:
        """An option of up to `most` ASCII characters, control characters as `%02`; none is the default.
        Raises `DeviceConfigError`."""
        text = self.options.get(name, "")
        if not text.isascii() or len(text) > most:
            raise DeviceConfigError(self.scheme, f"{name} must be at most {most} ASCII characters, not {text!r}")
        return text.encode("ascii")


def parse(uri: str, options: tuple[str, ...] = ()) -> DeviceUri:
    """Take apart a URI of a local device: scheme, path and the query `options` it may have.

    Raises `DeviceConfigError` for a malformed query, an unknown or repeated option, a host or a fragment.
    """
    parts, chosen = _taken_apart(uri, options)
    if parts.netloc or parts.fragment:
        raise DeviceConfigError(parts.scheme, f"a local device has no host or fragment: {uri!r}")
    return DeviceUri(parts.scheme, unquote(parts.path), chosen)


def parse_network(uri: str, options: tuple[str, ...] = ()) -> DeviceUri:
    """Take apart the URI of a device on the network, such as `tcp://reader.example:2001` or `tcp://[fe80::1%25eth0]:23`.

    Raises `DeviceConfigError` as `parse` does, and without a host and a port, or with a user, a path or a fragment.
    """
    parts, chosen = _taken_apart(uri, options)
    try:
        host, port = unquote(parts.hostname or "", errors="strict"), parts.port
    except ValueError as exc:
        raise DeviceConfigError(parts.scheme, f"malformed host or port in {uri!r}: {exc}") from exc
    if not host or not port or "@" in parts.netloc or parts.path.strip("/") or parts.fragment:
        raise DeviceConfigError(parts.scheme, f"a network device is {parts.scheme}://host:port, not {uri!r}")
    return DeviceUri(parts.scheme, "", chosen, host, port)


def _taken_apart(uri: str, options: tuple[str, ...]) -> tuple[SplitResult, dict[str, str]]:
    scheme, _, _ = uri.partition(":")
    try:
        parts = urlsplit(uri)
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query), errors="strict")
    except ValueError as exc:
        raise DeviceConfigError(scheme, f"malformed URI {uri!r}: {exc}") from exc
    names = [name for name, _ in pairs]
    for name in names:
        if name not in options:
            raise DeviceConfigError(scheme, f"unknown option {name!r}; known: {', '.join(options) or 'none'}")
        if names.count(name) > 1:
            raise DeviceConfigError(scheme, f"the option {name!r} is given twice")
    return parts, dict(pairs)
