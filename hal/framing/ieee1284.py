"""IEEE 1284 device IDs: who a printer at a cable is, and the document formats it lists."""

import re
from dataclasses import dataclass

LONGEST = 4096
"""Bytes that are looked at; a long one is of some hundred."""
UNPRINTABLE = re.compile(r"[^ -~]")

FORMATS = (
    (re.compile(r"(?i)PDF[\d.]*"), "application/pdf"),
    (re.compile(r"(?i)PWG(-?RASTER)?|PWG_RASTER"), "image/pwg-raster"),
    (re.compile(r"(?i)URF|APPLERASTER"), "image/urf"),
    (
        re.compile(r"(?i)POSTSCRIPT( LEVEL )?[123]?( EMULATION)?|PS[23]?|BR-?SCRIPT[23]?|KPDL(-?[23])?"),
        "application/postscript",
    ),
    (re.compile(r"(?i)PCL ?(XL|6)|PXL"), "application/vnd.hp-PCLXL"),
    (re.compile(r"(?i)PCL ?(5|5[CE])?|HP-?PCL"), "application/vnd.hp-PCL"),
    (re.compile(r"(?i)JPE?G"), "image/jpeg"),
)
"""Words of a COMMAND SET, and the media type that such a printer takes. What is not here is no format of a document:
PJL, MLC, BIDI-ECP and their like are languages around it."""


@dataclass(frozen=True, slots=True)
class DeviceId:
    """Texts as the printer gives them, printable ASCII and trimmed, empty where it says nothing. `commands` are the
    words of its COMMAND SET, `urf` those of its URF key: what its Apple raster may be like."""

    maker: str = ""
    model: str = ""
    serial: str = ""
    commands: tuple[str, ...] = ()
    urf: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Make and model, the make once."""
        return self.model if self.model.startswith(self.maker) else f"{self.maker} {self.model}".strip()

    @property
    def formats(self) -> tuple[str, ...]:
        """Media types that it lists, each once."""
        found = (kind for word in self.commands for pattern, kind in FORMATS if pattern.fullmatch(word))
        return tuple(dict.fromkeys(found))

    @property
    def speaks_pjl(self) -> bool:
        """Whether it knows where one job ends and the next begins."""
        return any(word.upper() == "PJL" for word in self.commands)


def parse_device_id(raw: bytes) -> DeviceId:
    """Read what GET_DEVICE_ID gives (USB printer class 1.1, 4.2.1): two bytes of length, then `KEY:value;` pairs. The
    length is not relied upon, since printers count it in both byte orders, with itself and without. Raises nothing:
    whatever cannot be read is not there; of a key that comes twice the first counts."""
    text = UNPRINTABLE.sub("", raw[2:LONGEST].partition(b"\0")[0].decode("latin-1"))
    said: dict[str, str] = {}
    for pair in text.split(";"):
        key, colon, value = pair.partition(":")
        if colon:
            said.setdefault(key.strip().upper(), value.strip())
    return DeviceId(
        maker=_first(said, "MFG", "MANUFACTURER"),
        model=_first(said, "MDL", "MODEL"),
        serial=_first(said, "SN", "SERN", "SERIALNUMBER"),
        commands=_words(_first(said, "CMD", "COMMAND SET")),
        urf=_words(_first(said, "URF")),
    )


def _first(said: dict[str, str], *keys: str) -> str:
    return next((said[key] for key in keys if said.get(key)), "")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for part in text.split(",") if (word := part.strip()))
