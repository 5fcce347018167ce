"""How the tries of a badge and of a person are counted, as values."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.support.mesh_records import NOW
from tools.edgemesh.people.lockouts import OF_BADGE, OF_PERSON, attempted, succeeded
from tools.edgemesh.storage.records import Tries

MINUTE = timedelta(minutes=1)
NONE = Tries("badge/b-1")


def failing(tries: Tries, count: int, every: timedelta = timedelta(seconds=1)) -> Tries:
    start = max(tries.locked_until or NOW, NOW)
    for number in range(count):
        tries = attempted(tries, OF_BADGE, start + number * every)
    return tries


def test_the_fifth_wrong_pin_within_fifteen_minutes_locks_for_fifteen() -> None:
    assert failing(NONE, 4).locked_until is None
    fifth = failing(NONE, 5)
    assert fifth.locked_until == NOW + timedelta(seconds=4) + 15 * MINUTE


def test_slow_guessing_locks_nothing() -> None:
    assert failing(NONE, 50, 4 * MINUTE).locked_until is None


def test_each_lock_is_twice_as_long_up_to_a_day() -> None:
    tries, waits = NONE, []
    for _ in range(9):
        tries = failing(tries, 5)
        waits.append(tries.lock_seconds // 60)
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1440, 1440]
    assert tries.locked_until is not None
    quiet = tries.locked_until + timedelta(hours=24)
    for number in range(5):
        tries = attempted(tries, OF_BADGE, quiet + number * timedelta(seconds=1))
    assert tries.lock_seconds == 15 * 60


def test_a_success_takes_back_its_own_attempt_and_no_other() -> None:
    tries = Tries("person/ada")
    for number in range(19):
        tries = attempted(tries, OF_PERSON, NOW + number * MINUTE)
    last = NOW + 19 * MINUTE
    locked = attempted(tries, OF_PERSON, last)
    assert locked.locked_until == last + timedelta(hours=1)
    forgiven = succeeded(locked, last)
    assert (forgiven.failed, forgiven.locked_until) == (tries.failed, last)
    again = attempted(forgiven, OF_PERSON, last + MINUTE)
    assert again.locked_until == last + MINUTE + timedelta(hours=1)


def test_a_person_s_wrong_pins_count_over_the_whole_day_whatever_locks_there_were() -> None:
    tries, now, wrong = Tries("person/ada"), NOW, 0
    while now - NOW < timedelta(hours=24):
        if tries.locked_until is None or now >= tries.locked_until:
            tries, wrong = attempted(tries, OF_PERSON, now), wrong + 1
        now += MINUTE
    assert wrong == 24


@given(st.lists(st.integers(0, 10**5), min_size=1, max_size=200))
def test_no_order_of_tries_gives_more_than_four_free_ones_in_a_quarter_of_an_hour(pauses: list[int]) -> None:
    tries, now, free = NONE, NOW, list[datetime]()
    for pause in pauses:
        now += timedelta(seconds=pause)
        if tries.locked_until is not None and now < tries.locked_until:
            continue
        tries = attempted(tries, OF_BADGE, now)
        free = [*(one for one in free if now - one <= OF_BADGE.window), now]
        assert len(free) <= OF_BADGE.failures
        assert len(tries.failed) <= 64
