"""Pairing on the device's side: every way it can go, in virtual time."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.errors import LockgateError
from firmware.mesh.port import MeshError, MeshProtocolError, MeshUnreachableError, MeshUntrustedError
from firmware.mesh.transport import Reply
from firmware.pairing import answers, kept
from firmware.pairing.errors import PairingError
from firmware.pairing.flow import Stage
from firmware.pairing.names import BOX_KEY, CA, CHAIN, KEY, PENDING
from firmware.pairing.port import Answer
from firmware.vault.identity import IdentityError, Kind
from hal.sim import virtual_time
from hal.sim.storage import PowerCutError
from tests.support.pairing_mesh import URL, PairingMesh, b64, problem
from tests.unit.pairing.rig import Box, CuttingKeys
from tools.edgemesh.ca import Ca

TOKEN = "t" * 43


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


def other(box: Box) -> PairingMesh:
    return PairingMesh(Ca.create("org-1", now=box.clock.now()), box.clock)


def _changes(box: Box) -> dict[str, dict[str, Any]]:
    """Answers that are wrong in one way, by what is wrong."""
    stranger, another = Box(), other(box)
    stranger.on_code = stranger.mesh.approve
    virtual_time.run(stranger.pair())
    csr = next(iter(stranger.mesh.enrolments.values())).asked["csr"]
    foreign_keys = box.mesh.issue(__import__("base64").b64decode(csr), Kind.STATION, "lobby", [])
    return {
        "org": {"org_id": "org-2"},
        "kind": {"kind": "node"},
        "name": {"id": "attic"},
        "ca": {"ca": b64(another.ca_der)},
        "keys": {"chain": [b64(der) for der in foreign_keys]},
    }


@pytest.mark.parametrize("what", ["org", "kind", "name", "ca", "keys"])
def test_an_answer_that_is_not_for_us_is_refused(what: str) -> None:
    box = Box()
    change = _changes(box)[what]
    box.on_code = box.mesh.approve
    box.mesh.edit = lambda told: {**told, **change} if "chain" in told else told
    with pytest.raises(PairingError) as caught:
        virtual_time.run(box.pair())
    assert caught.value.code == "answer-mismatch"
    assert not kept.is_paired(box.keys)
    assert not box.has(CA)
    assert box.shown[-1] is None


@pytest.mark.parametrize("what", ["another name", "another kind", "no box key", "another CA"])
def test_a_certificate_that_is_not_ours_is_refused(what: str) -> None:
    box = Box()
    box.on_code = box.mesh.approve

    def edit(told: dict[str, Any]) -> dict[str, Any]:
        if "chain" not in told:
            return told
        csr = __import__("base64").b64decode(next(iter(box.mesh.enrolments.values())).asked["csr"])
        name = "attic" if what == "another name" else "lobby"
        kind = Kind.CLIENT if what == "another kind" else Kind.STATION
        mesh = other(box) if what == "another CA" else box.mesh
        chain = mesh.issue(csr, kind, name, [])
        if what == "no box key":
            public = kept_public(csr)
            chain = box.mesh.ca.issue(public, kind=kind, holder_id=name, now=box.clock.now())
        return {**told, "chain": [b64(der) for der in chain]}

    box.mesh.edit = edit
    with pytest.raises(LockgateError) as caught:
        virtual_time.run(box.pair())
    assert caught.value.code == ("identity-untrusted" if what == "another CA" else "answer-mismatch")
    assert not kept.is_paired(box.keys)


def kept_public(csr: bytes) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return x509.load_der_x509_csr(csr).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_a_token_pairs_with_nobody_there() -> None:
    box = Box()
    box.mesh.tokens.add(TOKEN)
    identity = virtual_time.run(box.pair(token=TOKEN, ca_fingerprint=box.mesh.fingerprint))
    assert identity.id == "lobby"
    assert box.codes == []
    assert [request[:2] for request in box.mesh.requests[:2]] == [("first-contact", "GET"), ("verified", "POST")]


def test_a_token_is_told_to_the_ca_of_the_fingerprint_only() -> None:
    box = Box()
    box.mesh.tokens.add(TOKEN)
    with pytest.raises(PairingError) as caught:
        virtual_time.run(box.pair(token=TOKEN, ca_fingerprint="0" * 64))
    assert caught.value.code == "ca-mismatch"
    assert [request[1] for request in box.mesh.requests] == ["GET"]
    assert box.mesh.tokens == {TOKEN}


def test_a_ca_that_is_known_beforehand_must_be_the_one() -> None:
    box = Box()
    with pytest.raises(MeshUntrustedError):
        virtual_time.run(box.pair(ca_pem=other(box).ca.certificate_pem))
    box.mesh.edit = lambda told: {**told, "ca": b64(other(box).ca_der)}
    with pytest.raises(PairingError) as caught:
        virtual_time.run(box.pair(ca_pem=box.mesh.ca.certificate_pem))
    assert caught.value.code == "ca-mismatch"


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


@pytest.mark.parametrize("done_first", [False, True])
@pytest.mark.parametrize("cut_at", range(1, 10))
def test_a_power_cut_leaves_it_paired_or_able_to_go_on(cut_at: int, done_first: bool) -> None:
    keys = CuttingKeys()
    box = Box(keys)
    box.on_code = box.mesh.approve
    keys.cut_at, keys.done_first = cut_at, done_first
    try:
        virtual_time.run(box.pair())
    except PowerCutError:
        first = box.secrets.get(KEY)
        if not kept.is_paired(keys):
            virtual_time.run(box.pair())
        assert first in (None, box.secrets[KEY]), "the same keys"
    assert cut_at <= keys.changes, "nothing was cut"
    kept.tidy(keys)
    assert kept.is_paired(keys)
    assert box.mesh.issued == 1
    assert len(set(box.codes)) == 1
    assert set(box.secrets) == {KEY, BOX_KEY, CHAIN, CA, "pairing.answer"}


@pytest.mark.parametrize("done_first", [False, True])
@pytest.mark.parametrize("cut_at", range(1, 8))
def test_leaving_can_be_cut_and_repeated(cut_at: int, done_first: bool) -> None:
    keys = CuttingKeys()
    box = Box(keys)
    box.on_code = box.mesh.approve
    virtual_time.run(box.pair())
    old = box.secrets[KEY]
    keys.changes, keys.cut_at, keys.done_first = 0, cut_at, done_first
    with pytest.raises(PowerCutError):
        kept.unpair(keys)
    assert (cut_at == 1 and not done_first) or not kept.is_paired(keys)
    kept.unpair(keys)
    assert box.secrets == {}
    virtual_time.run(box.pair())
    assert box.secrets[KEY] != old


def test_a_certificate_of_keys_that_are_gone_does_not_count() -> None:
    box = Box()
    box.on_code = box.mesh.approve
    virtual_time.run(box.pair())
    box.keys.destroy(KEY)
    old = box.secrets[CHAIN]
    virtual_time.run(box.pair())
    assert box.secrets[CHAIN] != old


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
    from firmware.pairing.applicant import Applicant

    with pytest.raises(IdentityError):
        Applicant(Kind.STATION, name, URL)


GOOD = {
    "enrolment": "e-1",
    "nonce": b64(bytes(32)),
    "ca": b64(b"ca"),
    "expires": "2026-01-05T08:10:00Z",
    "org_id": "org-1",
    "kind": "station",
    "id": "lobby",
    "chain": [b64(b"leaf")],
    "config": {},
    "urls": {},
    "state": "pending",
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just(b64(bytes(32))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
READERS = [answers.cas, answers.offer, answers.admission, answers.issued]


def read_all(status: int, content_type: str, body: bytes) -> None:
    """Every reader takes it, or refuses it in our words."""
    for read in READERS:
        try:
            read(Answer(Reply(status, content_type, body)))
        except (MeshProtocolError, MeshError):
            continue


@settings(suppress_health_check=[HealthCheck.too_slow])  # deep values take their time on a busy machine
@given(st.sampled_from([200, 202, 403, 500]), st.dictionaries(st.sampled_from(sorted(GOOD)), VALUES))
def test_any_json_is_read_or_refused(status: int, changed: dict[str, Any]) -> None:
    read_all(status, "application/json", json.dumps({**GOOD, **changed}).encode())
    read_all(status, "application/problem+json", json.dumps(changed).encode())


@given(st.sampled_from([200, 202, 403]), st.binary(max_size=200))
def test_any_bytes_are_refused(status: int, body: bytes) -> None:
    read_all(status, "application/json", body)


def test_json_a_megabyte_deep_is_refused() -> None:
    with pytest.raises(MeshProtocolError):
        answers.offer(Answer(Reply(202, "application/json", b"[" * 2**20)))
