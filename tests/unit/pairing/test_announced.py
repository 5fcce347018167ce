"""Where a mesh says that it is: what is taken of it, and what strangers may say there."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.mesh.transport import require_https
from firmware.pairing.announced import KIND, LONGEST_URL, is_url, read_url, txt
from hal.ports.nearby import Service

URL = "https://mesh.example:8443"


def said(url: bytes | None, version: bytes | None = b"1", kind: str = KIND) -> str:
    return read_url(Service(kind, "acme-example", "mesh.local.", 8443, {b"txtvers": version, b"url": url}))


@pytest.mark.parametrize("url", [URL, "https://192.0.2.7", "https://[2001:db8::7]:8443", "https://mesh"])
def test_what_a_mesh_says_is_taken(url: str) -> None:
    told = {key.encode(): value.encode() for key, value in txt(url).items()}
    assert read_url(Service(KIND, "acme", "mesh.local.", 1, told)) == url
    assert all(len(key) + 1 + len(value) <= 255 for key, value in told.items())
    require_https(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://mesh.example",
        "https://",
        "https://ada:word@mesh.example",
        "https://mesh.example/path",
        "https://mesh.example?x",
        "https://mesh.example#x",
        "https://mesh.example:0",
        "https://mesh.example:99999",
        "https://mesh.example:",
        "https://mesh.example:08443",
        "https://mesh exa mple",
        "https://mesh.example\r\nHost: x",
        "https://[fe80::1%25eth0]",
        "https://münchen.example",
        "HTTPS://mesh.example",
        f"https://{'m' * LONGEST_URL}",
    ],
)
def test_what_is_no_address_of_a_mesh_is_passed_over(url: str) -> None:
    assert said(url.encode()) == ""
    with pytest.raises(ValueError, match="cannot be announced"):
        txt(url)


def test_another_version_or_another_service_is_passed_over() -> None:
    assert said(URL.encode()) == URL
    assert [said(URL.encode(), version) for version in (b"2", b"", None)] == ["", "", ""]
    assert said(None) == ""
    assert said(URL.encode(), kind="_ipps._tcp.local.") == ""


@given(st.binary(max_size=300) | st.text(max_size=60).map(lambda text: f"https://{text}".encode()))
def test_whatever_is_said_is_a_plain_address_or_nothing(url: bytes) -> None:
    found = said(url)
    assert found in ("", url.decode("ascii", "replace"))
    if found:
        parts = urlsplit(found)
        assert (parts.scheme, parts.path, parts.query, parts.fragment, parts.username) == ("https", "", "", "", None)
        assert parts.hostname
        assert is_url(found)
