"""The dialects a reader's URI may name with `protocol=`, and the options each takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hal.drivers.records import READ
from hal.drivers.uri import DeviceUri
from hal.framing.dialect import Dialect
from hal.framing.inditag import tag
from hal.framing.lines import GAP, LIMIT, STX, Framing, Lines
from hal.framing.pn532 import Pn532
from hal.framing.rfideas import RfIdeas
from hal.framing.twn3 import prox
from hal.framing.twn4 import TAG_TYPES, Twn4
from hal.ports.errors import DeviceConfigError

ENDS = {"cr": b"", "lf": b"", "crlf": b"", "tab": b"\t", "etx": b"\x03", "idle": b""}
"""What ends a line besides CR and LF, which always do."""
FRAMING = ("end", "start", "prefix", "suffix", "gap", "limit")
LONGEST_GAP = 5.0
LONGEST_LINE = 512


@dataclass(frozen=True, slots=True)
class Speaking:
    """How to make the dialect from a URI with these options. May raise `DeviceConfigError`."""

    options: tuple[str, ...]
    make: Callable[[DeviceUri], Dialect]
    baud: int = 9600
    """Of a serial line whose URI does not say."""


def _framing(uri: DeviceUri) -> Framing:
    end = uri.one_of("end", tuple(ENDS))
    limit = uri.whole("limit", LIMIT)
    if limit > LONGEST_LINE:
        raise DeviceConfigError(uri.scheme, f"limit must be at most {LONGEST_LINE} bytes, not {limit}")
    return Framing(
        ends=ENDS[end],
        begins=STX if uri.one_of("start", ("none", "stx")) == "stx" else b"",
        prefix=uri.characters("prefix", most=8),
        suffix=uri.characters("suffix", most=8),
        idle_ends=end == "idle",
        gap=_gap(uri),
        limit=limit,
    )


def _gap(uri: DeviceUri) -> float:
    return uri.seconds("gap", GAP, most=LONGEST_GAP)


def _rfideas(uri: DeviceUri) -> Dialect:
    delimiter = uri.characters("delimiter", most=1)
    if delimiter in (b"\r", b"\n"):
        raise DeviceConfigError(uri.scheme, "delimiter cannot be CR or LF, which end the line")
    return Lines(_framing(uri), RfIdeas(delimiter, uri.one_of("digits", ("any", "dec", "hex"))))


def _twn4(uri: DeviceUri) -> Dialect:
    """`tags` are the kinds of card to search for; `crc=on` where the reader is set to checksums."""
    tags = tuple(uri.options["tags"].split(",")) if "tags" in uri.options else ()
    if unknown := sorted(set(tags) - set(TAG_TYPES)):
        raise DeviceConfigError(uri.scheme, f"tags must be out of {', '.join(TAG_TYPES)}, not {unknown[0]!r}")
    return Twn4(tags=tags, checksum=uri.one_of("crc", ("off", "on")) == "on")


DIALECTS: Mapping[str, Speaking] = {
    "lines": Speaking(FRAMING, lambda uri: Lines(_framing(uri))),
    "rfideas": Speaking((*FRAMING, "delimiter", "digits"), _rfideas),
    "twn3": Speaking(("gap",), lambda uri: Lines(Framing(gap=_gap(uri)), prox)),
    "inditag": Speaking(("gap",), lambda uri: Lines(Framing(gap=_gap(uri)), tag)),
    "twn4": Speaking(("tags", "crc"), _twn4),
    "pn532": Speaking((READ,), lambda _: Pn532(), baud=115200),
}
"""`lines` is the default."""

OPTIONS = ("protocol", *sorted({option for speaking in DIALECTS.values() for option in speaking.options}))


def default_baud(uri: DeviceUri) -> int:
    """What the dialect that `uri` names is spoken at, where the URI does not say. Raises `DeviceConfigError`."""
    return DIALECTS[uri.one_of("protocol", tuple(DIALECTS))].baud


def dialect(uri: DeviceUri) -> Dialect:
    """The dialect that `uri` names. Raises `DeviceConfigError` also for an option that belongs to another dialect."""
    name = uri.one_of("protocol", tuple(DIALECTS))
    own = DIALECTS[name].options
    for option in uri.options:
        if option in OPTIONS and option not in ("protocol", *own):
            raise DeviceConfigError(uri.scheme, f"protocol={name} has no option {option!r}")
    return DIALECTS[name].make(uri)
