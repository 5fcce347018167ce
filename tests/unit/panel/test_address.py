"""Where a page may answer: the loopback or a Unix socket for the panel; mutual TLS or a Unix socket for technicians."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.config import ConfigError, load
from firmware.panel.address import Address, AddressError, Wire, parse_panel, parse_technician
from tests.unit.test_config import GOOD, write


def test_what_there_is() -> None:
    assert parse_panel("tcp:127.0.0.1:8631") == Address(Wire.TCP, "127.0.0.1", 8631)
    assert parse_panel("tcp:[::1]:0").at(8631) == "[::1]:8631"
    assert parse_panel("tcp:127.0.0.1:80").at(80) == "127.0.0.1"
    assert parse_panel("unix:/run/lockgate/panel.sock") == Address(Wire.UNIX, "/run/lockgate/panel.sock")
    assert parse_technician("tls:192.0.2.7:8632").scheme == "https"
    assert parse_technician("tls:192.0.2.7:443").at(443) == "192.0.2.7"


@pytest.mark.parametrize("text", ["tcp:0.0.0.0:8631", "tcp:192.0.2.7:80", "tcp:[::]:80", "tls:127.0.0.1:443"])
def test_the_panel_is_for_this_machine_alone(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_panel(text)
    assert caught.value.code == "listen-exposed"


@pytest.mark.parametrize("text", ["tcp:127.0.0.1:8632", "tls:0.0.0.0:8632", "tls:[::]:1"])
def test_a_technician_shows_a_certificate_at_one_address(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_technician(text)
    assert caught.value.code == "listen-exposed"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "8631",
            "tcp:",
            "tcp:localhost:1",
            "tcp:127.0.0.1",
            "tcp:127.0.0.1:65536",
            "tcp:127.0.0.1:²",
            "udp:::1:1",
        ),
        *("unix:panel.sock", "unix:/" + "x" * 107, "unix:/a\0b", "tcp:127.0.0.1:80/x", "tcp:[::1%lo]:80"),
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_panel(text)
    assert caught.value.code == "listen-malformed"


@given(st.text(max_size=60).map(lambda rest: "tcp:" + rest) | st.text(max_size=60))
def test_whatever_is_taken_is_of_this_machine(text: str) -> None:
    try:
        address = parse_panel(text)
    except AddressError:
        return
    assert address.wire is Wire.UNIX or address.where.startswith("127.") or address.where == "::1"


@pytest.mark.parametrize(("section", "text"), [("panel", "tcp:0.0.0.0:80"), ("technician", "tcp:127.0.0.1:80")])
def test_the_configuration_refuses_what_is_exposed(tmp_path: Path, section: str, text: str) -> None:
    file = write(tmp_path, f'{GOOD}\n[{section}]\nlisten = "{text}"\n')
    with pytest.raises(ConfigError, match=re.escape(f"{section}.listen")) as caught:
        load(file, {})
    assert caught.value.code == "listen-exposed"
