"""English without a catalog: sizes, times and sums as it writes them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from firmware.panel.speech import EnglishFormatter, EnglishOnly

FMT = EnglishFormatter()
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "1.0 kB"), (999, "1.0 kB"), (1_200, "1.2 kB"), (23_400_000, "23 MB"), (5_000_000_000, "5.0 GB")],
)
def test_sizes(size: int, said: str) -> None:
    assert FMT.size(size) == said


@pytest.mark.parametrize(
    ("ago", "said"),
    [(timedelta(minutes=5), "11:55"), (timedelta(days=1), "yesterday, 12:00"), (timedelta(days=19), "3 Nov, 12:00")],
)
def test_moments(ago: timedelta, said: str) -> None:
    assert FMT.moment(NOON - ago, NOON) == said


def test_a_moment_is_told_in_the_zone_of_now() -> None:
    assert FMT.moment(NOON, NOON.astimezone(timezone(timedelta(hours=2)))) == "14:00"


@pytest.mark.parametrize(
    ("minor", "currency", "said"), [(120, "EUR", "€1.20"), (45, "JPY", "¥45"), (5, "CHF", "CHF 0.05")]
)
def test_sums(minor: int, currency: str, said: str) -> None:
    assert FMT.money(minor, currency) == said


def test_numbers() -> None:
    assert FMT.number(1234) == "1,234"


def test_a_station_without_catalogs_speaks_english() -> None:
    only = EnglishOnly()
    assert only.of("de", "fr").tag == "en"
    assert [one.tag for one in only.offered()] == ["en"]
