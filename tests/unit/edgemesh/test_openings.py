"""How many sessions a station may have open."""

from tools.edgemesh.people.openings import MOST, Openings


def test_the_oldest_ends_for_a_new_one() -> None:
    openings = Openings()
    assert [openings.opened("station-1", f"s-{number}") for number in range(MOST)] == [[]] * MOST
    assert openings.opened("station-1", "s-new") == ["s-0"]
    assert openings.opened("station-2", "s-other") == []


def test_a_closed_one_makes_room() -> None:
    openings = Openings()
    for number in range(MOST):
        openings.opened("station-1", f"s-{number}")
    openings.closed("station-1", "s-7")
    openings.closed("station-1", "s-unknown")
    openings.closed("station-9", "s-1")
    assert openings.opened("station-1", "s-new") == []
    assert openings.opened("station-1", "s-newer") == ["s-0"]


def test_what_is_all_closed_is_forgotten() -> None:
    openings = Openings()
    openings.opened("station-1", "s-1")
    openings.closed("station-1", "s-1")
    assert not openings._open
