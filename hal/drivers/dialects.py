"""The dialects a reader's URI may name with `protocol=`, and the options each takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hal.drivers.uri import DeviceUri
from hal.framing.dialect import Dialect
from hal.framing.lines import Lines
from hal.ports.errors import DeviceConfigError

ENDS = ("cr", "lf", "crlf", "idle")


@dataclass(frozen=True, slots=True)
class Speaking:
    """How to make the dialect from a URI with these options. May raise `DeviceConfigError`."""

    options: tuple[str, ...]
    make: Callable[[DeviceUri], Dialect]


def _lines(uri: DeviceUri) -> Dialect:
    """`end` is cr, lf, crlf (all three take CR and LF, in whatever order they come) or idle, where a pause ends it."""
    return Lines(idle_ends=uri.one_of("end", ENDS) == "idle")


DIALECTS: Mapping[str, Speaking] = {
    "lines": Speaking(("end",), _lines),
}
"""`lines` is the default."""

OPTIONS = ("protocol", *sorted({option for speaking in DIALECTS.values() for option in speaking.options}))


def dialect(uri: DeviceUri) -> Dialect:
    """The dialect that `uri` names. Raises `DeviceConfigError` also for an option that belongs to another dialect."""
    name = uri.one_of("protocol", tuple(DIALECTS))
    own = DIALECTS[name].options
    for option in uri.options:
        if option in OPTIONS and option not in ("protocol", *own):
            raise DeviceConfigError(uri.scheme, f"protocol={name} has no option {option!r}")
    return DIALECTS[name].make(uri)
