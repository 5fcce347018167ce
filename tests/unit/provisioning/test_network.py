"""The files by which the network is told: nothing that a site writes can become a directive."""

import configparser

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.provisioning.errors import ProvisioningError
from firmware.provisioning.network import Network, Wifi, supplicant, unit, wifi


def test_a_lease_by_cable() -> None:
    text = unit(Network(), None)
    assert "Name=en* eth*\n" in text
    assert "DHCP=yes\n" in text
    assert "SendHostname=no\n" in text
    assert "Address=" not in text


def test_an_address_of_its_own_by_radio() -> None:
    text = unit(
        Network("static", "192.0.2.7/24", "192.0.2.1", ("192.0.2.53",), ("time.example",)), Wifi("x", "y" * 8, "AT")
    )
    assert text.splitlines()[:2] == ["[Match]", "Name=wl*"]
    for line in ("DHCP=no", "Address=192.0.2.7/24", "Gateway=192.0.2.1", "DNS=192.0.2.53", "NTP=time.example"):
        assert f"\n{line}\n" in text


def test_a_unit_is_read_as_one() -> None:
    units = configparser.ConfigParser(strict=False)
    units.read_string(unit(Network(dns=("192.0.2.53",)), None))
    assert units["Network"]["dns"] == "192.0.2.53"


def test_a_key_in_hex_is_no_passphrase() -> None:
    text = supplicant(Wifi("lab", "0F" * 32, "AT"))
    assert f"\tpsk={'0F' * 32}\n" in text
    assert "SAE" not in text


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=70))
def test_no_name_and_no_passphrase_breaks_out(ssid: str, psk: str) -> None:
    try:
        found = wifi({"ssid": ssid, "psk": psk, "country": "AT"})
    except ProvisioningError:
        return
    lines = supplicant(found).splitlines()
    assert [line.split("=")[0] for line in lines] == [
        "country",
        "update_config",
        "network",
        "\tssid",
        "\tscan_ssid",
        "\tkey_mgmt",
        "\tieee80211w",
        "\tpsk",
        "}",
    ]
    assert bytes.fromhex(lines[3].removeprefix("\tssid=")).decode() == ssid
    assert lines[7].removeprefix("\tpsk=").strip('"') == psk.strip('"')
