"""A printer's URI: what it says, and what it may not say."""

import base64

import pytest

from hal.drivers.printer_address import PrinterAddress, parse
from hal.ports.errors import DeviceConfigError

KEY = bytes(range(200, 232))
PIN = f"pin=sha256:{KEY.hex()}"


@pytest.mark.parametrize(
    ("uri", "address", "printer_uri"),
    [
        (
            f"ipps://printer.example:8631/ipp/print?{PIN}",
            PrinterAddress("printer.example", 8631, "/ipp/print", True, KEY, "", 300.0),
            "ipps://printer.example:8631/ipp/print",
        ),
        (
            f"ipps://[fe80::1]?pin=sha256:{base64.b64encode(KEY).decode()}&stall=60",
            PrinterAddress("fe80::1", 631, "/ipp/print", True, KEY, "", 60.0),
            "ipps://[fe80::1]:631/ipp/print",
        ),
        (
            "IPPS://Printer/printers/one?ca=/etc/lockgate/a%20b.pem",
            PrinterAddress("printer", 631, "/printers/one", True, None, "/etc/lockgate/a b.pem", 300.0),
            "ipps://printer:631/printers/one",
        ),
        (
            "ipp://printer?insecure=yes-not-encrypted",
            PrinterAddress("printer", 631, "/ipp/print", False, None, "", 300.0),
            "ipp://printer:631/ipp/print",
        ),
        (
            "ipps://printer?user=a%20b&password-file=/run/p%2Bq&cert=/c.pem&key=/k.pem",
            PrinterAddress("printer", 631, "/ipp/print", True, None, "", 300.0, "a b", "/run/p+q", "/c.pem", "/k.pem"),
            "ipps://printer:631/ipp/print",
        ),
        (
            "ipp://printer?insecure=yes-not-encrypted&user=u&password-file=/p",
            PrinterAddress("printer", 631, "/ipp/print", False, None, "", 300.0, "u", "/p"),
            "ipp://printer:631/ipp/print",
        ),
    ],
)
def test_what_a_uri_says(uri: str, address: PrinterAddress, printer_uri: str) -> None:
    assert parse(uri) == address
    assert address.uri == printer_uri


def test_a_base64_pin_may_hold_a_plus() -> None:
    key = b"\xfb\xef" * 16
    written = base64.b64encode(key).decode()
    assert "+" in written
    assert parse(f"ipps://printer?pin=sha256:{written}").pin == key


@pytest.mark.parametrize(
    "uri",
    [
        "ipp://printer/ipp/print",
        "ipp://printer?insecure=yes",
        f"ipp://printer?{PIN}",
        f"ipp://printer?insecure=yes-not-encrypted&{PIN}",
        "ipps://printer?insecure=yes-not-encrypted",
        "http://printer/ipp/print",
        "ipps:",
        "ipps:///ipp/print",
        f"ipps://user@printer?{PIN}",
        f"ipps://printer?{PIN}#part",
        "ipps://prüfer/ipp/print",
        "ipps://printer/a b",
        "ipps://printer/a\r\nHost: b",
        "ipps://printer:0x10",
        "ipps://printer:99999",
        "ipps://[fe80::1",
        "ipps://printer?pin=",
        "ipps://printer?ca=",
        "ipps://printer?verify=no",
        f"ipps://printer?{PIN}&{PIN}",
        "ipps://printer?stall=0",
        "ipps://printer?stall=-1",
        "ipps://printer?stall=1e9",
        f"ipps://printer?pin={KEY.hex()}",
        f"ipps://printer?pin=sha1:{KEY.hex()}",
        f"ipps://printer?pin=sha256:{KEY.hex()[:-2]}",
        f"ipps://printer?pin=sha256:{KEY.hex()}00",
        "ipps://printer?pin=sha256:zzzz",
        "ipps://printer?pin=sha256:ä",
        "ipps://printer?user=u",
        "ipps://printer?password-file=/p",
        "ipps://printer?user=a:b&password-file=/p",
        "ipps://printer?user=a%0ab&password-file=/p",
        "ipps://printer?cert=/c",
        "ipps://printer?key=/k",
        "ipp://printer?insecure=yes-not-encrypted&cert=/c&key=/k",
        "ipps://u:p@printer/",
    ],
)
def test_what_a_uri_may_not_say(uri: str) -> None:
    with pytest.raises(DeviceConfigError) as caught:
        parse(uri)
    assert caught.value.code == "device-config"
