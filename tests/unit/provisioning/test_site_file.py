"""The site's file: what it may say, and that whatever else it says is refused by a code and a place, never a value."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.provisioning import site_file
from firmware.provisioning.audit import Audit
from firmware.provisioning.box import Box
from firmware.provisioning.errors import ProvisioningError
from firmware.provisioning.network import Network, Wifi
from firmware.provisioning.printing import Printing
from firmware.provisioning.readable import Readable
from firmware.provisioning.site_file import Mesh, SiteFile, parse
from tests.unit.provisioning.papers import LOG_CA, OWN, OWN_KEY, PRINTER_CA
from tests.unit.provisioning.rig import GOOD, PASSPHRASE, PASSWORD, SECRETS, TOKEN

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEcLkHy9dJTeEPTUwS0GUvbM4v6F6QeAcT0tQB5lmS3K ada@desk"


def refusal(text: str | bytes) -> ProvisioningError:
    with pytest.raises(ProvisioningError) as caught:
        parse(text.encode() if isinstance(text, str) else text)
    for secret in SECRETS:
        assert secret not in str(caught.value)
        assert secret not in repr(caught.value.__cause__)
    return caught.value


def test_a_good_file() -> None:
    found = parse(GOOD.encode())
    assert found == SiteFile(
        Mesh("https://mesh.example:8443", "Lobby_1", f"sha256:{'ab' * 32}", TOKEN),
        ("evdev:?vid=08ff&pid=0009&name=front",),
        Network(
            "static",
            "192.0.2.7/24",
            "192.0.2.1",
            ("192.0.2.53", "2001:db8::53"),
            ("time.example",),
            "",
            ("192.0.2.0/24", "2001:db8::/64"),
        ),
        Wifi("Büro", PASSPHRASE, "AT"),
        "de",
        "Europe/Vienna",
        "Help desk, phone 4711",
        "left",
        Printing(
            "ipps://printer.example/ipp/print",
            "mutool:?most-mib=256",
            "station büro",
            PASSWORD,
            PRINTER_CA,
            OWN,
            OWN_KEY,
        ),
        ("trim", "hex2dec"),
        {"front": ("trim",)},
        True,
        (KEY,),
        Box(
            ("gpio:/dev/gpiochip0?red=17&green=27", "alsa:"),
            ("gpio:/dev/gpiochip0?next=5&ok=6&cancel=13",),
            "espeak:",
            "gpio:/dev/gpiochip0?reset=21&low=reset",
        ),
        Readable(("192.0.2.10/32", "192.0.2.64/28"), "01:30-04:00"),
        Audit("tls://log.example:6514", LOG_CA, identity=True, mib=16),
        slip=False,
    )
    assert not any(secret in repr(found) for secret in SECRETS)
    assert found.hostname == "lobby-1"


def test_nothing_has_to_be_said() -> None:
    assert parse(b"") == SiteFile()
    assert parse(b"").hostname == ""
    assert parse(b'[network]\nhostname = "attic"\n').hostname == "attic"


@pytest.mark.parametrize(
    "said",
    ['["192.0.2.10", "2001:db8::1"]', '["192.0.2.10/24"]', '["fe80::1%eth0"]', '["192.0.2.0/255.255.255.0"]', '"all"'],
)
def test_who_reads_metrics_is_a_list_of_networks_of_one_kind(said: str) -> None:
    assert refusal(f"[metrics]\nfrom = {said}\n").code == "provisioning-malformed"


def test_metrics_are_read_over_the_network_that_those_who_read_are_in() -> None:
    found = [parse(f'[metrics]\nfrom = ["{one}"]\n'.encode()).readable for one in ("192.0.2.1", "2001:DB8::/64")]
    assert [one.tables()["metrics"]["listen"] for one in found] == ["tcp:0.0.0.0:9632", "tcp:[::]:9632"]
    assert found[1].readers == ("2001:db8::/64",)


@pytest.mark.parametrize("window", ["2:00-3:00", "02:00", "25:00-26:00"])
def test_an_hour_of_updates_that_is_none(window: str) -> None:
    assert refusal(f'[updates]\nwindow = "{window}"\n').code == "provisioning-malformed"


def test_one_that_an_editor_of_another_system_has_saved() -> None:
    assert parse(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()) == parse(GOOD.encode())


@pytest.mark.parametrize("address", ["192.0.2.7/24", "2001:db8::7/64"])
def test_addresses_of_both_kinds(address: str) -> None:
    assert parse(f'[network]\nmethod = "static"\naddress = "{address}"\n'.encode()).network.address == address


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("https://mesh", "http://mesh", "mesh.url"),
        ('name = "Lobby_1"\n', "", "mesh.name is missing"),
        ('"Lobby_1"', '"a b"', "mesh.name"),
        ("sha256:", "sha1:", "mesh.ca_fingerprint"),
        ("ca_fingerprint", "# ", "mesh.token needs mesh.ca_fingerprint"),
        ("xxx", "x", "mesh.token"),
        ('"station"', '"client"', "mesh.kind"),
        ('"static"', '"auto"', "network.method"),
        ('"static"', '"dhcp"', "network.address"),
        ("/24", "", "network.address"),
        ("/24", "/33", "network.address"),
        ('address = "192.0.2.7/24"\n', "", "network.address is missing"),
        ("192.0.2.1", "192.0.3.1", "network.gateway"),
        ('"192.0.2.53"', '"dns.example"', "network.dns"),
        ('"192.0.2.53"', "53", "network.dns"),
        ('["time.example"]', '["time example"]', "network.ntp"),
        ('["time.example"]', '"time.example"', "network.ntp"),
        ("Büro", "ü" * 17, "wifi.ssid"),
        (PASSPHRASE, "short", "wifi.psk"),
        (PASSPHRASE, "\\u0007" * 9, "wifi.psk"),
        ('"AT"', '"Austria"', "wifi.country"),
        ('country = "AT"', "", "wifi.country is missing"),
        ('"de"', '"tlh"', "panel.language"),
        ("Vienna", "Atlantis", "panel.timezone"),
        ("phone", "\\nphone", "panel.contact"),
        ("ipps://", "//", "printer.uri"),
        ("ipps://", "ipps:// ", "printer.uri"),
        ("evdev:", "evdev ", "readers"),
        ('"hex2dec"', '"hex3dec"', "badges.rules"),
        ('["trim"]', '["trum"]', "badges.readers.front"),
        ("{ front =", "{ front = 5 }  # ", "badges.readers.front"),
        ("ssh-ed25519 AAAA", 'command=\\"x\\" ssh-ed25519 AAAA', "ssh.keys"),
        ("ssh-ed25519 AAAA", "ssh-rsa AAAA", "ssh.keys"),
        ("[panel]", "[panel", "not TOML, line 23, column 7"),
        ("[ssh]", "#" * site_file.MOST_BYTES + "\n[ssh]", "longer than"),
    ],
)
def test_what_can_be_wrong_is_named(old: str, new: str, where: str) -> None:
    assert old in GOOD
    error = refusal(GOOD.replace(old, new, 1))
    assert error.code in ("provisioning-malformed", "provisioning-key-unknown")
    assert where in error.detail


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("ssid = 'x'\n" + GOOD, "ssid"),
        (GOOD.replace("country =", 'passphrase = "other"\ncountry ='), "wifi.passphrase"),
        (GOOD.replace("[printer]", "[printer]\nname = 1"), "printer.name"),
        (GOOD.replace("[ssh]", "[telnet]"), "telnet"),
        (f'{TOKEN} = "x"\n', "…"),
    ],
)
def test_what_nobody_reads_is_refused(text: str, where: str) -> None:
    error = refusal(text)
    assert error.code == "provisioning-key-unknown"
    assert error.detail.startswith(f"{where}: ")


@pytest.mark.parametrize("name", site_file.SECTIONS)
def test_a_table_is_a_table(name: str) -> None:
    assert f"{name} must be a table" in refusal(f"{name} = 1\n").detail


def test_bytes_that_are_no_text() -> None:
    assert "UTF-8" in refusal(b"\xff\xfe").detail
    assert "not TOML" in refusal("x = " + "[" * 5000).detail


def parsed_or_refused(raw: bytes) -> None:
    with suppress(ProvisioningError):
        parse(raw)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_or_refused(raw: bytes) -> None:
    parsed_or_refused(raw)


@settings(deadline=None)
@given(st.integers(0, len(GOOD.encode()) - 1), st.integers(0, 255))
def test_one_byte_of_a_good_file_changed(place: int, byte: int) -> None:
    raw = bytearray(GOOD.encode())
    raw[place] = byte
    parsed_or_refused(bytes(raw))
