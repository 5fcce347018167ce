"""The relay between card and mesh in virtual time: what the person hears, and what becomes of the visit."""

import pytest

from firmware.core.effects import OpenSession
from firmware.errors import LockgateError
from firmware.mesh.messages import CardProof, CardQuestion
from firmware.mesh.port import MeshError, MeshProtocolError, MeshUnreachableError
from firmware.proving import FORGOTTEN_SECONDS, MOST_QUESTIONS, UNASKED_SECONDS
from tests.support.proving_rig import (
    BEEP_SECONDS,
    GOOD,
    PROOF,
    UID,
    Card,
    EndlessMesh,
    Mesh,
    Station,
    play,
    presented,
)


@pytest.mark.parametrize("card", [None, Card(iso_dep=False)], ids=["mute", "plain"])
def test_what_cannot_be_asked_is_acknowledged_at_once_whatever_the_network_does(card: Card | None) -> None:
    mesh = Mesh()
    mesh.late["session"] = 5.0
    station = presented(Station(mesh), card)
    ((at, good),) = station.beeps
    assert (good, 1 <= at < 1 + BEEP_SECONDS) == (True, True)
    assert (mesh.sessions, mesh.calls) == ([(UID.hex(), "", "")], ["session"])


def test_a_station_without_proofs_asks_no_card() -> None:
    mesh, card = Mesh(), Card(*GOOD)
    station = presented(Station(mesh, proves=False), card)
    assert (card.asked, station.came, station.beeps) == ([], ["uid"], [(1.0, True)])


def test_a_card_lifted_amid_lets_nobody_in() -> None:
    mesh = Mesh(b"one", b"two", b"three")
    station = presented(Station(mesh), Card(b"\x91\x00"))
    assert (station.came, mesh.sessions) == (["card-gone"], [])
    assert [good for _, good in station.beeps] == [False]


@pytest.mark.parametrize(("call", "heard"), [("begin", False), ("answer", False), ("verdict", True)])
@pytest.mark.parametrize(
    "fault",
    [
        MeshError("card-refused", status=403),
        MeshError("locked-out", status=423),
        MeshUnreachableError("no answer"),
        MeshProtocolError("text/html"),
    ],
    ids=lambda fault: fault.code,
)
def test_a_failed_proof_opens_nothing_and_was_a_good_read_only_if_the_card_said_all(
    call: str, heard: bool, fault: LockgateError
) -> None:
    mesh = Mesh(b"one", b"two")
    mesh.faults[call] = fault
    station = presented(Station(mesh), Card(*GOOD))
    assert (station.came, mesh.sessions) == ([fault.code], [])
    assert [good for _, good in station.beeps] == [heard]


@pytest.mark.parametrize("call", ["begin", "answer"])
def test_a_card_without_a_key_at_the_mesh_falls_back_to_its_number(call: str) -> None:
    mesh = Mesh(b"one", b"two")
    mesh.faults[call] = MeshError("card-unproven", status=404)
    station = presented(Station(mesh), Card(*GOOD))
    assert (station.came, mesh.sessions) == (["uid"], [(UID.hex(), "", "")])
    ((at, good),) = station.beeps
    assert (good, at < mesh.at[call] + BEEP_SECONDS) == (True, True)


def test_a_pin_goes_with_the_proof_that_there_was() -> None:
    mesh, card = Mesh(b"one"), Card(*GOOD)
    mesh.faults["session"] = MeshError("pin-required", status=401)
    station = Station(mesh)
    play(station, (1, lambda: station.reader.present(UID, card)), (9, lambda: station.pin("4711")))
    assert mesh.sessions == [(UID.hex(), "", PROOF), (UID.hex(), "4711", PROOF)]
    assert (len(card.asked), mesh.calls.count("begin"), len(station.beeps)) == (1, 1, 1)


def test_a_tap_for_which_nobody_is_asked_is_acknowledged_and_forgotten() -> None:
    station = Station(Mesh(b"one"), lets_in=False)
    card = Card(*GOOD)
    late = 2 + UNASKED_SECONDS + FORGOTTEN_SECONDS
    play(
        station,
        (1, lambda: station.reader.present(UID, card)),
        (late, lambda: station.effects.perform(OpenSession(1, UID.hex(), reader="front"))),
    )
    ((at, good),) = station.beeps
    assert (good, at < 1 + BEEP_SECONDS) == (True, True)
    assert (card.asked, station.mesh.sessions) == ([], [(UID.hex(), "", "")])


def test_another_number_or_reader_gets_no_card_to_prove_with() -> None:
    station = Station(Mesh(b"one"), lets_in=False)
    card = Card(*GOOD)
    others = [OpenSession(1, "04ffffff", reader="front"), OpenSession(2, UID.hex(), reader="back")]
    play(
        station,
        (1, lambda: station.reader.present(UID, card)),
        *((1.01, lambda one=one: station.effects.perform(one)) for one in others),
    )
    assert [proof for _, _, proof in station.mesh.sessions] == ["", ""]
    assert card.asked == []


def test_the_next_visit_has_no_part_in_the_proof_before() -> None:
    mesh = Mesh(b"one")
    station = Station(mesh)
    play(
        station,
        (1, lambda: station.reader.present(UID, Card(*GOOD))),
        (9, lambda: station.reader.tap(UID.hex())),
    )
    assert [proof for _, _, proof in mesh.sessions] == [PROOF, ""]


def test_a_mesh_that_asks_for_ever_is_not_answered_for_ever() -> None:
    mesh, card = EndlessMesh(b"one"), Card(*[b"\x91\x00"] * (2 * MOST_QUESTIONS))
    station = presented(Station(mesh), card)
    assert (station.came, len(card.asked)) == (["mesh-protocol"], MOST_QUESTIONS)


def test_nothing_of_a_card_is_printed() -> None:
    told = f"{CardProof('p-secret', CardQuestion(UID, last=True))!r}"
    assert "secret" not in told
    assert UID.hex() not in told
