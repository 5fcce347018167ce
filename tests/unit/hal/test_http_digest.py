"""HTTP authentication: the examples of RFC 7616, and challenges as printers and strangers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.drivers.http_digest import (
    Challenge,
    DigestChallenge,
    Login,
    basic,
    choose_digest,
    digest,
    parse_challenges,
    parse_next_nonce,
)

MUFASA = Login("Mufasa", "Circle of Life")
NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
OPAQUE = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
ASKED = (
    f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={{}}, nonce="{NONCE}", opaque="{OPAQUE}"'
)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_the_standard(algorithm: str, response: str) -> None:
    """RFC 7616 3.9.1."""
    asked = choose_digest(parse_challenges([ASKED.format(algorithm)]))
    assert asked is not None
    said = digest(MUFASA, asked, "GET", "/dir/index.html", count=1, cnonce=CNONCE)
    assert said == (
        f'Digest username="Mufasa", realm="http-auth@example.org", nonce="{NONCE}", uri="/dir/index.html",'
        f' response="{response}", opaque="{OPAQUE}", cnonce="{CNONCE}", algorithm={algorithm}, qop=auth, nc=00000001'
    )


def test_the_strongest_that_we_know_is_answered() -> None:
    asked = parse_challenges([ASKED.format("MD5"), ASKED.format("SHA-256"), ASKED.format("SHA-512-256")])
    chosen = choose_digest(asked)
    assert chosen is not None
    assert chosen.algorithm == "SHA-256"


@pytest.mark.parametrize(
    "asked",
    [
        "",
        'Basic realm="x"',
        'Digest realm="x"',
        'Digest nonce="x"',
        'Digest realm="x", nonce="y", algorithm=MD5-sess',
        'Digest realm="x", nonce="y", algorithm=SHA-512-256, qop="auth"',
        'Digest realm="x", nonce="y", qop="auth-int"',
        'Digest realm="x, nonce="y"',
    ],
)
def test_what_cannot_be_answered_is_not(asked: str) -> None:
    assert choose_digest(parse_challenges([asked])) is None


def test_several_challenges_in_one_field() -> None:
    said = 'Negotiate, NTLM, basic realm="a, b=c", DIGEST realm="\\"q\\"" , nonce = bare ,qop=auth'
    assert parse_challenges([said]) == (
        Challenge("negotiate", {}),
        Challenge("ntlm", {}),
        Challenge("basic", {"realm": "a, b=c"}),
        Challenge("digest", {"realm": '"q"', "nonce": "bare", "qop": "auth"}),
    )


def test_quotes_in_names_do_not_end_a_field() -> None:
    said = digest(
        Login('a"b\\', "p"), DigestChallenge('r"', "n", "", None, qop=False), "POST", "/", count=1, cnonce="c"
    )
    assert said.startswith('Digest username="a\\"b\\\\", realm="r\\"", nonce="n", uri="/", response="')


def test_basic_is_utf_8() -> None:
    """RFC 7617 2.1."""
    assert basic(Login("test", "123£")) == "Basic dGVzdDoxMjPCow=="


def test_a_password_does_not_print_itself() -> None:
    assert "Circle" not in repr(MUFASA)


@given(st.lists(st.text(max_size=60), max_size=4))
def test_any_text_is_read(said: list[str]) -> None:
    asked = choose_digest(parse_challenges(said))
    assert asked is None or asked.nonce is not None


@pytest.mark.parametrize("unit", ['a="b",', "a ", ",", 'a="', "\\", 'Digest realm="x", '])
def test_a_long_challenge_is_read_as_far_as_it_makes_sense(unit: str) -> None:
    assert len(parse_challenges([unit * 100_000])) <= 4096


def test_the_count_is_eight_hex_digits_and_part_of_the_answer() -> None:
    asked = DigestChallenge("r", "n", "MD5", None, qop=True)
    tenth = digest(MUFASA, asked, "POST", "/", count=10, cnonce="c")
    assert tenth.endswith("nc=0000000a")
    assert tenth.split("nc=")[0] != digest(MUFASA, asked, "POST", "/", count=16, cnonce="c").split("nc=")[0]


def test_nothing_is_said_that_was_not_asked_for() -> None:
    old = DigestChallenge("r", "n", "", None, qop=False)
    said = digest(MUFASA, old, "POST", "/", count=1, cnonce="c")
    assert [name for name in ("algorithm", "opaque", "cnonce", "qop", "nc=") if name in said] == []


def test_an_opaque_is_given_back_even_if_there_is_nothing_in_it() -> None:
    (asked,) = parse_challenges(['Digest realm="r", nonce="n", opaque=""'])
    chosen = choose_digest([asked])
    assert chosen is not None
    assert 'opaque=""' in digest(MUFASA, chosen, "POST", "/", count=1, cnonce="c")


def test_a_parameter_that_comes_twice_is_the_first() -> None:
    assert parse_challenges(['Digest realm="first", realm="second"']) == (Challenge("digest", {"realm": "first"}),)


@pytest.mark.parametrize(
    ("offered", "answered"),
    [
        (("MD5", "MD5-sess", "SHA-256", "SHA-256-sess"), "SHA-256"),
        (("MD5", "SHA-256-sess"), "SHA-256-sess"),
        (("MD5-sess", "MD5"), "MD5"),
    ],
)
def test_a_better_hash_is_worth_more_than_a_simpler_answer(offered: tuple[str, ...], answered: str) -> None:
    chosen = choose_digest(parse_challenges([ASKED.format(one) for one in offered]))
    assert chosen is not None
    assert chosen.algorithm == answered


@pytest.mark.parametrize(
    ("fields", "nonce"),
    [
        ([], ""),
        (['nextnonce="n"'], "n"),
        (['rspauth="0", NextNonce=bare, qop=auth'], "bare"),
        (["qop=auth", 'nextnonce="second"'], "second"),
        (['nextnonce=""'], ""),
        (['Digest nextnonce="n"'], ""),
    ],
)
def test_the_next_nonce(fields: list[str], nonce: str) -> None:
    assert parse_next_nonce(fields) == nonce
