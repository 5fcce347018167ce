"""What PC/SC readers, their driver and the machine they are at say."""

from hal.drivers.pcsc_findings import parse_driver_options, parse_modules
from hal.framing.atr import ats_of, parse_atr
from hal.framing.pcsc_features import parse_features, parse_properties
from tests.fuzz.target import Target, named


def _atr(data: bytes) -> object:
    return ats_of(parse_atr(data))


TARGETS = (
    Target(
        "answer to reset",
        _atr,
        seeds=(bytes.fromhex("3B8F8001804F0CA000000306030001000000006A"), bytes.fromhex("3B8180018080")),
        covers=named("hal.framing.atr", "parse_atr"),
    ),
    Target(
        "PC/SC features",
        parse_features,
        seeds=(bytes.fromhex("1204423300120A044233000A"),),
        covers=named("hal.framing.pcsc_features", "parse_features"),
    ),
    Target(
        "PC/SC properties",
        parse_properties,
        seeds=(bytes.fromhex("0A0400000100010107"),),
        covers=named("hal.framing.pcsc_features", "parse_properties"),
    ),
    Target(
        "kernel modules",
        parse_modules,
        seeds=(b"pn533_usb 20480 0 - Live 0x0000000000000000\n",),
        covers=named("hal.drivers.pcsc_findings", "parse_modules"),
    ),
    Target(
        "libccid's settings",
        parse_driver_options,
        raises=(ValueError,),
        seeds=(b"<key>ifdDriverOptions</key>\n\t<string>0x0001</string>",),
        covers=named("hal.drivers.pcsc_findings", "parse_driver_options"),
    ),
)
