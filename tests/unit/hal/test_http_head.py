"""The head of a printer's HTTP answer: one way to understand it, or none."""

from http.client import parse_headers
from io import BytesIO

import pytest

from hal.drivers.http_head import challenges, check_head, login_news
from hal.framing.ipp import IppFormatError


def head(*lines: str) -> BytesIO:
    return BytesIO("".join(f"{line}\r\n" for line in (*lines, "")).encode())


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("Content-Length: 5",),
        ("Content-Length: 5", "Content-Length: 5"),
        ("Transfer-Encoding: Chunked",),
        ("Content-Encoding: identity",),
    ],
)
def test_what_can_be_understood_in_one_way(lines: tuple[str, ...]) -> None:
    check_head(parse_headers(head(*lines)))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("Content-Length: 5", "Content-Length: 6"), "length"),
        (("Content-Length: 5, 5",), "length"),
        (("Content-Length: +5",), "length"),
        (("Content-Length: -1",), "length"),
        (("Content-Length: ",), "length"),
        (("Content-Length: " + "9" * 19,), "length"),
        (("Transfer-Encoding: chunked", "Content-Length: 5"), "transfer coding"),
        (("Transfer-Encoding: gzip, chunked",), "transfer coding"),
        (("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), "transfer coding"),
        (("Content-Encoding: gzip",), "compressed"),
        (("Server: a", " folded: b"), "malformed"),
        (("no field at all",), "malformed"),
    ],
)
def test_what_two_readers_could_understand_differently(lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(IppFormatError, match=said):
        check_head(parse_headers(head(*lines)))


def test_a_challenge_is_text_as_printers_write_it() -> None:
    fields = parse_headers(head('WWW-Authenticate: Digest realm="Büro"', "WWW-Authenticate: Basic"))
    assert challenges(fields) == ('Digest realm="Büro"', "Basic")


def test_news_of_a_login_are_another_field() -> None:
    fields = parse_headers(head("WWW-Authenticate: Basic", 'Authentication-Info: nextnonce="ü"'))
    assert login_news(fields) == ('nextnonce="ü"',)
