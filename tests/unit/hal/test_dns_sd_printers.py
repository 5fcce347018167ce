"""What printers say of themselves by DNS-SD, and what strangers may say there."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.drivers.dns_sd_printers import ENCRYPTED, LONGEST, PLAIN, Advertised, distinct, read_advertised
from hal.ports.nearby import Service

TXT: dict[bytes, bytes | None] = {
    b"rp": b"ipp/print",
    b"ty": b"Brand X",
    b"UUID": b"1-2",
    b"pdl": b"application/pdf, image/urf,,application/pdf",
    b"note": "3. Stock, Süd".encode(),
}


def said(service: str = ENCRYPTED, **changes: object) -> Advertised | None:
    asked = {"host": "copyroom.local.", "port": 8631, "txt": TXT, "address": "10.0.0.7"} | changes
    return read_advertised(Service(service, "Copy Room", **asked))  # type: ignore[arg-type]


def test_a_printer_as_it_calls_itself() -> None:
    assert said() == Advertised(
        "Copy Room",
        "ipps://copyroom.local:8631/ipp/print",
        True,
        "ipps://10.0.0.7:8631/ipp/print",
        "Brand X",
        "3. Stock, Süd",
        "1-2",
        ("application/pdf", "image/urf"),
    )


@pytest.mark.parametrize("host", ["", "a b", "a/b", "evil@host", "a?b", "[::1]", "::1%eth0", "x" * 300])
def test_a_name_that_is_none_is_passed_over(host: str) -> None:
    assert said(host=host) is None


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_that_is_none_is_passed_over(port: int) -> None:
    assert said(port=port) is None


@pytest.mark.parametrize("path", [b"a b", b"a?pin=sha256:00", b"a#b", "ü".encode(), b"a\r\nHost: x"])
def test_a_path_that_would_say_more_than_a_path_is_passed_over(path: bytes) -> None:
    assert said(txt={b"rp": path}) is None


def test_an_address_of_the_sixth_version_is_bracketed() -> None:
    found = said(address="fe80::1")
    assert found is not None
    assert found.by_address == "ipps://[fe80::1]:8631/ipp/print"


def test_one_that_is_there_twice_is_listed_encrypted() -> None:
    secure, plain = said(), said(PLAIN)
    other = said(PLAIN, txt={b"rp": b"other"})
    assert secure is not None
    assert plain is not None
    assert other is not None
    assert distinct([plain, secure]) == (secure,)
    assert distinct([plain]) == (plain,)
    assert distinct([secure, other, plain]) == (other, secure)


@given(st.text(max_size=300), st.integers(-5, 70_000), st.dictionaries(st.sampled_from(list(TXT)), st.binary()))
def test_whatever_is_said_makes_a_uri_of_that_host_or_nothing(host: str, port: int, txt: dict[bytes, bytes]) -> None:
    found = said(host=host, port=port, txt=txt)
    if found is not None:
        parts = urlsplit(found.uri)
        assert (parts.scheme, parts.port, parts.query, parts.username) == ("ipps", port, "", None)
        assert (parts.hostname or "") == host.rstrip(".").lower()
        assert all(len(text) <= LONGEST and text.isprintable() for text in (found.model, found.note, found.uuid))
