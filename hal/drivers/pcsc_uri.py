"""What the URI of a reader at pcscd says. Nothing of PC/SC."""

from dataclasses import dataclass

from hal.drivers.records import READ
from hal.drivers.uri import parse
from hal.ports.errors import DeviceConfigError

BUZZERS = ("station", "reader", "off")
LONGEST_NAME = 128
"""MAX_READERNAME of pcsclite."""


@dataclass(frozen=True, slots=True)
class PcscUri:
    """`part` is a part of the reader's name there, empty for any; `buzzer` one of `BUZZERS`."""

    name: str
    part: str
    exclusive: bool
    buzzer: str


def parsed(uri: str) -> PcscUri:
    """`pcsc:?reader=ACR122U&name=front&sharing=exclusive|shared&buzzer=station|reader|off`. `reader` is a part of the
    name that pcscd gives it, and may be left out where there is but one. Raises `DeviceConfigError`."""
    device = parse(uri, ("reader", "name", "sharing", "buzzer", READ))
    if device.path:
        raise DeviceConfigError("pcsc", f"no path, but ?reader=: {uri!r}")
    part = device.options.get("reader", "")
    if len(part) > LONGEST_NAME or not part.isprintable():
        raise DeviceConfigError("pcsc", f"reader must be a part of a name, of at most {LONGEST_NAME} characters")
    exclusive = device.one_of("sharing", ("exclusive", "shared")) == "exclusive"
    return PcscUri(device.options.get("name") or part or "pcsc", part, exclusive, device.one_of("buzzer", BUZZERS))
