"""When the beep of a card that proves itself comes, in virtual time: by its last answer, not by the network."""

import pytest

from firmware.mesh.port import MeshError
from tests.support.proving_rig import (
    BEEP_SECONDS,
    CALLS,
    GOOD,
    PROOF,
    UID,
    AnotherKey,
    Card,
    Mesh,
    Silent,
    Station,
    presented,
)


@pytest.mark.parametrize("late", [{"verdict": 5.0}, {"session": 5.0}, dict.fromkeys(CALLS, 5.0)], ids="-".join)
@pytest.mark.parametrize("last", [b"\x91\x00", b"\x90\x00", bytes(16) + b"\x91\x00"], ids=["native", "iso", "body"])
def test_the_beep_follows_the_cards_last_answer_whatever_the_network_does(late: dict[str, float], last: bytes) -> None:
    mesh, card = Mesh(b"one", b"two", b"three"), Card(*GOOD[:2], last)
    mesh.late |= late
    station = presented(Station(mesh), card)
    ((at, good),) = station.beeps
    assert (good, card.at <= at < card.at + BEEP_SECONDS) == (True, True)
    assert mesh.at["session"] >= at + 5
    assert (card.asked, mesh.sessions) == ([b"one", b"two", b"three"], [(UID.hex(), "", PROOF)])
    assert (station.came, mesh.told) == (["proof"], [*GOOD[:2], last])


@pytest.mark.parametrize("status", [b"\x91\xae", b"\x91\xaf", b"\x90\x01", b"\x00", b""], ids=bytes.hex)
def test_a_card_that_does_not_say_ok_gets_no_good_beep_and_what_the_mesh_says_then(status: bytes) -> None:
    """`91AE`: it was shown a wrong key."""
    mesh = Mesh(b"one", b"two")
    mesh.late["verdict"] = 5.0
    mesh.faults["verdict"] = MeshError("card-refused", status=403)
    station = presented(Station(mesh), Card(b"\x91\x00", status))
    assert station.beeps == [(mesh.at["verdict"], False)]
    assert (station.came, mesh.sessions) == (["card-refused"], [])


def test_a_card_that_does_not_say_ok_is_good_where_the_mesh_has_no_key_for_it() -> None:
    mesh = Mesh(b"one")
    mesh.faults["verdict"] = MeshError("card-unproven", status=404)
    station = presented(Station(mesh), Card(b"\x6a\x82"))
    assert station.beeps == [(mesh.at["verdict"], True)]
    assert station.came == ["uid"]


def test_a_mesh_that_tries_another_key_after_a_last_question_gets_its_answers() -> None:
    """The card has no such key: the beep waits for the last question of the next one."""
    mesh, card = AnotherKey(b"one", b"two"), Card(b"\x91\x40", b"\x91\x00")
    station = presented(Station(mesh), card)
    ((at, good),) = station.beeps
    assert (good, card.at <= at < card.at + BEEP_SECONDS) == (True, True)
    assert (len(card.asked), station.came) == (2, ["proof"])


def test_a_mesh_that_goes_on_after_the_last_answer_takes_no_beep_back() -> None:
    """Who lifts the card at the beep is not let in then: the mesh has broken its word, not they."""
    mesh, card = AnotherKey(b"one", b"two"), Card(b"\x91\x00")
    station = presented(Station(mesh), card)
    assert [good for _, good in station.beeps] == [True]
    assert (station.came, mesh.sessions) == (["card-gone"], [])


def test_a_mesh_that_never_says_which_question_is_the_last_is_waited_for() -> None:
    mesh, card = Silent(b"one"), Card(*GOOD)
    mesh.late["verdict"] = 5.0
    station = presented(Station(mesh), card)
    assert station.beeps == [(mesh.at["verdict"], True)]
