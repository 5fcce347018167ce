"""What a configuration may name on a box: by each of its keys, which schemes there are, and what their drivers want of
a URI. It is asked where somebody only looks, on any machine: no device is opened, and no device's library imported.
"""

from collections.abc import Callable, Mapping

from hal.drivers import (
    alsa_indicator,
    cups_address,
    espeak_voice,
    evdev_uri,
    gpio_uri,
    log_indicator,
    no_printer,
    pcsc_uri,
    printer_address,
    reader_indicator,
    serial_uri,
    tcp_reader,
    usb_address,
)
from hal.drivers.records import wanted_record
from hal.ports.errors import DeviceConfigError

Check = Callable[[str], object]
"""Of a URI with that scheme. Raises `DeviceConfigError`."""
READERS: Mapping[str, Check] = {
    "pcsc": pcsc_uri.parsed,
    "serial": serial_uri.check,
    "evdev": evdev_uri.reader,
    "tcp": tcp_reader.check,
    "tcp-listen": tcp_reader.check,
}
ON_A_BOX: Mapping[str, Mapping[str, Check]] = {
    "readers": READERS,
    "printer.uri": {
        "ipps": printer_address.parse,
        "cups": cups_address.address_of,
        "none": no_printer.check,
        "ipp": printer_address.parse,
        "usblp": usb_address.parse,
        "ipp-usb": usb_address.parse,
    },
    "indicator.uri": {
        "log": log_indicator.check,
        "gpio": gpio_uri.lamps,
        "alsa": alsa_indicator.said,
        "reader": reader_indicator.check,
    },
    "buttons.uri": {"gpio": gpio_uri.buttons, "evdev": evdev_uri.keypad},
    "voice.uri": {"espeak": espeak_voice.said},
    "station.reset_button": {"gpio": gpio_uri.reset},
}
"""By the configuration's keys, then by schemes: those of hal/registry.py."""


def require_named(uris: Mapping[str, tuple[str, ...]]) -> None:
    """That these are devices which some driver takes, whether or not this machine has them; `uris` are by keys of
    `ON_A_BOX`. Raises `DeviceConfigError`, whose device is that key and whose words do not repeat the URI."""
    for key, uri in ((key, uri) for key, some in uris.items() for uri in some):
        checks = ON_A_BOX[key]
        check = checks.get(uri.partition(":")[0].lower())
        if check is None:
            raise DeviceConfigError(key, f"there are {', '.join(checks)}")
        try:
            check(uri)
            if checks is READERS:
                wanted_record(uri)
        except DeviceConfigError as exc:
            raise DeviceConfigError(key, exc.detail.replace(repr(uri), "this")) from exc
