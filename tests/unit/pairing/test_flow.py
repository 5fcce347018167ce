"""Pairing on the device's side, in virtual time: its course, and what ends it or holds it up."""

from dataclasses import replace
from typing import Any

import pytest

from firmware.mesh.port import MeshError, MeshUnreachableError
from firmware.pairing import kept
from firmware.pairing.applicant import Applicant
from firmware.pairing.errors import PairingError
from firmware.pairing.flow import Stage
from firmware.pairing.names import BOX_KEY, CA, KEY, PENDING
from firmware.pairing.port import Answer
from firmware.vault.identity import IdentityError, Kind
from hal.sim import virtual_time
from tests.support.pairing_mesh import URL, problem
from tests.unit.pairing.rig import TOKEN, Box


@pytest.mark.parametrize("kind", [Kind.STATION, Kind.CLIENT, Kind.NODE, Kind.ADMIN])
def test_a_code_that_is_typed_pairs_every_kind(kind: Kind) -> None:
    box = Box()
    box.on_code = box.mesh.approve
    users = ("ada",) if kind is Kind.CLIENT else ()
    identity = virtual_time.run(box.pair(kind, users=users))
    assert (identity.kind, identity.id, identity.users) == (kind, "lobby", frozenset(users))
    assert kept.is_paired(box.keys)
    assert box.has(BOX_KEY) == (identity.box_key is not None) == (kind in (Kind.STATION, Kind.NODE))
    assert not box.has(PENDING)
    assert box.secrets[CA].strip() == box.mesh.ca.certificate_pem.strip()
    site = kept.site(box.keys)
    assert site is not None
    assert (site.url, site.registrar, site.config) == (
        URL,
        URL,
        {"epoch": "1", "printer": "ipps://said.example/ipp/print"},
    )
    assert box.shown[-1] is None


def test_only_the_first_request_goes_to_whoever_answers() -> None:
    box = Box()
    box.on_code = box.mesh.approve
    virtual_time.run(box.pair())
    trusts = [trust for trust, _, _ in box.mesh.requests]
    assert trusts[0] == "first-contact"
    assert set(trusts[1:]) == {"verified"}


def test_the_keys_are_durable_before_anything_is_sent() -> None:
    box = Box()
    box.mesh.away = True
    with pytest.raises(MeshUnreachableError):
        virtual_time.run(box.pair())
    assert box.has(KEY)
    assert box.has(BOX_KEY)
    assert box.has(PENDING)


def test_an_attempt_that_was_interrupted_goes_on_with_the_same_code() -> None:
    box = Box()
    with pytest.raises(virtual_time.HorizonError):
        virtual_time.run(box.pair(), timeout=60)
    box.on_code = box.mesh.approve
    virtual_time.run(box.pair())
    assert len(box.codes) == 2
    assert len(set(box.codes)) == 1
    assert len(box.mesh.enrolments) == 1


def test_another_attempt_has_another_code() -> None:
    box = Box()
    box.on_code = lambda code: box.mesh.approve("000000 000000")
    for _ in range(2):
        with pytest.raises(MeshError) as caught:
            virtual_time.run(box.pair())
        assert caught.value.code == "enrolment-refused"
        assert box.shown[-1] is None
        assert not box.has(PENDING)
    assert len(set(box.codes)) == 2
    assert not kept.is_paired(box.keys)


def test_the_code_goes_after_ten_minutes_and_the_attempt_after_twenty() -> None:
    box = Box()

    async def story() -> tuple[float, float]:
        gone: list[float] = []
        shown = box.display

        def display(notice: Any) -> None:
            shown(notice)
            if notice is None:
                gone.append(box.clock.monotonic())

        attempt = box.attempt()
        attempt._means = replace(box.means(), display=display)
        with pytest.raises(PairingError) as caught:
            await attempt.run()
        assert caught.value.code == "enrolment-expired"
        assert attempt.stage is Stage.ENDED
        return gone[0], box.clock.monotonic()

    gone, over = virtual_time.run(story())
    assert 600 <= gone <= 663
    assert 1200 <= over <= 1263
    assert box.mesh.requests[-1][:2] == ("verified", "DELETE")
    assert next(iter(box.mesh.enrolments.values())).ended, "the mesh was told"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "commitment-mismatch"),
        (403, "enrolment-refused"),
        (410, "enrolment-expired"),
        (404, "enrolment-unknown"),
        (403, "code-mismatch"),
    ],
)
def test_a_refusal_ends_the_attempt_and_clears_the_code(status: int, code: str) -> None:
    box = Box()

    def refuse(_code: str) -> None:
        box.mesh.before = lambda trust, method, path: problem(status, code) if method == "POST" else None

    box.on_code = refuse
    with pytest.raises(MeshError) as caught:
        virtual_time.run(box.pair())
    assert caught.value.code == code
    assert box.shown[-1] is None
    assert not box.has(PENDING)
    assert not kept.is_paired(box.keys)


def test_a_mesh_that_goes_away_while_the_code_is_shown_is_asked_again() -> None:
    box = Box()
    failures = iter([*["away"] * 3, *["broken"] * 2])

    def flaky(trust: str, method: str, path: str) -> Answer | None:
        match next(failures, ""):
            case "away":
                raise MeshUnreachableError("away")
            case "broken":
                return problem(503, "store-failed")
        return None

    def typed(code: str) -> None:
        box.mesh.approve(code)
        box.mesh.before = flaky

    box.on_code = typed
    assert virtual_time.run(box.pair()).id == "lobby"


def test_a_lost_answer_is_asked_for_again() -> None:
    box = Box()

    def typed(code: str) -> None:
        box.mesh.approve(code)
        box.mesh.lost = 1

    box.on_code = typed
    assert virtual_time.run(box.pair()).id == "lobby"
    assert box.mesh.issued == 1


def test_a_token_pairs_with_nobody_there() -> None:
    box = Box()
    box.mesh.tokens.add(TOKEN)
    identity = virtual_time.run(box.pair(token=TOKEN, ca_fingerprint=box.mesh.fingerprint))
    assert identity.id == "lobby"
    assert box.codes == []
    assert [request[:2] for request in box.mesh.requests[:2]] == [("first-contact", "GET"), ("verified", "POST")]


def test_a_box_that_is_paired_does_not_pair() -> None:
    box = Box()
    box.on_code = box.mesh.approve
    virtual_time.run(box.pair())
    before, asked = box.secrets, len(box.mesh.requests)
    with pytest.raises(PairingError) as caught:
        virtual_time.run(box.pair())
    assert caught.value.code == "already-paired"
    assert box.secrets == before
    assert len(box.mesh.requests) == asked


def test_nothing_secret_shows_itself() -> None:
    box = Box()
    box.on_code = box.mesh.approve
    attempt = box.attempt(token=TOKEN, users=("gustav",))  # no address in memory reads so
    with pytest.raises(MeshError) as caught:
        virtual_time.run(attempt.run())
    notices = [notice for notice in box.shown if notice]
    for text in (repr(attempt._applicant), repr(attempt._means), str(caught.value), repr(notices)):
        assert TOKEN not in text
        assert "gustav" not in text


@pytest.mark.parametrize("name", ["", "a b", "../x", "x" * 64, "ünicode"])
def test_a_name_is_a_name(name: str) -> None:
    with pytest.raises(IdentityError):
        Applicant(Kind.STATION, name, URL)
