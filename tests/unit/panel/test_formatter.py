"""Numbers, sizes, times and sums in each language, as CLDR has them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.panel.languages import Languages
from firmware.panel.speech import Formatter
from firmware.panel.tags import TAGS

NOW = datetime(2026, 3, 9, 14, 5, tzinfo=ZoneInfo("Europe/Vienna"))
LANGUAGES = Languages()


def formatter(tag: str) -> Formatter:
    return LANGUAGES.of("", tag).fmt


@pytest.mark.parametrize(
    ("tag", "ago", "said"),
    [
        ("en", timedelta(seconds=59), "just now"),
        ("en", timedelta(minutes=-4), "just now"),
        ("en", timedelta(minutes=1), "1 minute ago"),
        ("en", timedelta(minutes=10), "10 minutes ago"),
        ("en", timedelta(minutes=59, seconds=59), "59 minutes ago"),
        ("en", timedelta(hours=1), "13:05"),
        ("en-US", timedelta(hours=1), "1:05\u202fPM"),
        ("en", timedelta(hours=14, minutes=6), "yesterday, 23:59"),
        ("en", timedelta(days=2), "7 Mar"),
        ("en", timedelta(days=200), "21 Aug 2025"),
        ("en", timedelta(hours=-2), "16:05"),
        ("de", timedelta(minutes=10), "vor 10 Minuten"),
        ("de", timedelta(days=1), "gestern, 14:05"),
        ("de", timedelta(days=2), "7. März"),
        ("fr", timedelta(minutes=10), "il y a 10 minutes"),
        ("es", timedelta(minutes=10), "hace 10 minutos"),
        ("ja", timedelta(minutes=10), "10 分前"),
        ("ja", timedelta(days=200), "2025年8月21日"),
        ("ar", timedelta(minutes=2), "قبل دقيقتين"),
        ("ar", timedelta(minutes=10), "قبل 10 دقائق"),
    ],
)
def test_moments(tag: str, ago: timedelta, said: str) -> None:
    moment = (NOW - ago).astimezone(UTC)
    assert formatter(tag).moment(moment, NOW) == said


def test_a_moment_is_told_in_the_zone_of_the_site_not_of_who_sent_it() -> None:
    sent = datetime(2026, 3, 9, 9, 0, tzinfo=ZoneInfo("Asia/Tokyo"))  # 01:00 in Vienna
    assert formatter("en").moment(sent, NOW) == "01:00"


def test_the_hour_that_comes_twice_is_told_as_the_clocks_show_it() -> None:
    now = datetime(2026, 10, 25, 12, 0, tzinfo=ZoneInfo("Europe/Vienna"))
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert [formatter("de").moment(moment, now) for moment in (first, second)] == ["02:30", "02:30"]


@pytest.mark.parametrize(
    ("tag", "size", "said"),
    [
        ("en", 0, "1 kB"),
        ("en", 586, "1 kB"),
        ("en", 1000, "1 kB"),
        ("de", 586, "1 kB"),
        ("fr", 586, "1\u202fko"),
        ("es", 586, "1 kB"),
        ("ja", 586, "1 KB"),
        ("ar", 586, "1 كيلوبايت"),
        ("en", 1290, "1.2 kB"),
        ("en", 86_000, "86 kB"),
        ("en", 1_240_000, "1.2 MB"),
        ("en", 999_999_999, "999 MB"),
        ("en", 2**50, "1,125,899 GB"),
        ("de", 1_240_000, "1,2 MB"),
        ("fr", 1_240_000, "1,2\u202fMo"),
        ("ar", 23_900_000, "23 م.ب"),
    ],
)
def test_sizes(tag: str, size: int, said: str) -> None:
    assert formatter(tag).size(size).replace("\xa0", " ") == said


@pytest.mark.parametrize(
    ("tag", "minor", "currency", "said"),
    [
        ("en", 120, "EUR", "€1.20"),
        ("en", 120, "JPY", "JP¥120"),
        ("en", 1200, "KWD", "KWD 1.200"),
        ("en", 5, "XXX", "¤0.05"),
        ("de", 123_456, "EUR", "1.234,56 €"),
        ("de-CH", 120, "CHF", "CHF 1.20"),
        ("fr", 120, "EUR", "1,20 €"),
        ("ja", 120, "JPY", "￥120"),
    ],
)
def test_sums(tag: str, minor: int, currency: str, said: str) -> None:
    assert formatter(tag).money(minor, currency).replace("\xa0", " ") == said


@given(st.sampled_from(TAGS), st.integers(0, 10**12), st.from_regex(r"\A[A-Z]{3}\Z"))
def test_any_sum_has_all_its_digits_western_ones(tag: str, minor: int, currency: str) -> None:
    said = formatter(tag).money(minor, currency)
    digits = "".join(letter for letter in said if letter.isdigit())
    assert digits.isascii()
    assert int(digits) == minor


@given(st.sampled_from(TAGS), st.integers(0, 2**60))
def test_any_number_has_western_digits(tag: str, value: int) -> None:
    said = formatter(tag).number(value)
    assert int("".join(letter for letter in said if letter.isdigit())) == value
