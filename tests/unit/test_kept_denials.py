"""The deny list on the station's medium: only newer ones replace it, and what is damaged is as good as none."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.trust.denials import FILE, KeptDenials
from firmware.vault.denials import DenyListError, SignedDenyList
from firmware.vault.identity import IdentityError, Kind
from firmware.vault.signing import SignatureError
from hal.ports.errors import StorageError
from hal.sim.clock import VirtualClock
from hal.sim.random_source import stream
from hal.sim.storage import SimStorage, StorageFault
from tests.support.pki import NOW, ORG, Pki
from tests.support.truth import Truth

PKI = Pki()
NODE = PKI.holder(Kind.NODE, "node-1")
VAULT = PKI.holder(Kind.VAULT, "vault-1")


def issue(number: int, *denied: str, pki: Pki = PKI) -> SignedDenyList:
    truth = Truth(pki, VAULT, VirtualClock(NOW))
    truth.number = number - 1
    truth.deny(*denied)
    answer = truth.denials()
    return SignedDenyList(answer.raw, answer.signature)


def kept(storage: SimStorage | None = None) -> KeptDenials:
    return KeptDenials(storage or SimStorage(stream(1, "storage")), PKI.anchor, ORG)


def test_it_denies_nobody_before_the_first_and_allows_no_release() -> None:
    denials = kept()
    denials.refuse(PKI.anchor.identify(NODE.chain, NOW))
    assert not denials.refuses_job("client-1", NOW)
    with pytest.raises(DenyListError, match="deny-list-stale"):
        denials.require_fresh(NOW)


def test_it_outlives_the_process() -> None:
    storage = SimStorage(stream(1, "storage"))
    assert kept(storage).take(issue(2, "node/node-1", "client/client-1")) is None
    denials = kept(storage)
    assert not denials.damaged
    with pytest.raises(IdentityError, match="identity-revoked"):
        denials.refuse(PKI.anchor.identify(NODE.chain, NOW))
    assert denials.refuses_job("client-1", NOW)
    assert not denials.refuses_job("client-1", NOW - timedelta(seconds=1))


def test_only_a_newer_one_replaces_it() -> None:
    denials = kept()
    denials.take(issue(2, "node/node-1"))
    assert denials.take(issue(2, "node/node-1")) is denials.current, "the same again"
    for older in (issue(1), issue(2)):
        with pytest.raises(DenyListError, match="deny-list-older"):
            denials.take(older)
    before = denials.take(issue(3))
    assert before is not None
    assert before.number == 2
    denials.refuse(PKI.anchor.identify(NODE.chain, NOW))


def test_nobody_but_the_ca_makes_one() -> None:
    good, denials = issue(2), kept()
    raw = good.raw
    for forged in (
        SignedDenyList(raw, issue(3).signature),
        SignedDenyList(raw[:-1], good.signature),
        issue(3, pki=Pki("org-2")),
        SignedDenyList(raw, VAULT.signer.sign(b"lockgate/v1/deny-list", raw)),
    ):
        with pytest.raises(SignatureError):
            denials.take(forged)
    assert denials.current is None


def test_after_a_day_nothing_is_released_on_it() -> None:
    denials = kept()
    denials.take(issue(1))
    denials.require_fresh(NOW + timedelta(hours=24))
    with pytest.raises(DenyListError, match="deny-list-stale"):
        denials.require_fresh(NOW + timedelta(hours=24, seconds=1))


def test_it_counts_although_it_cannot_be_kept() -> None:
    storage = SimStorage(stream(1, "storage"))
    denials = kept(storage)
    storage.fault = StorageFault.FULL
    with pytest.raises(StorageError):
        denials.take(issue(1, "node/node-1"))
    with pytest.raises(IdentityError):
        denials.refuse(PKI.anchor.identify(NODE.chain, NOW))


@given(
    st.binary(max_size=60) | st.integers(0, 400).map(lambda cut: b'{"list":"' + b"A" * cut + b'","signature":"AAAA"}')
)
def test_a_damaged_one_is_said_and_fetched_anew(raw: bytes) -> None:
    storage = SimStorage(stream(1, "storage"))
    storage.replace(FILE, raw)
    denials = kept(storage)
    assert denials.damaged
    denials.take(issue(1))
    assert not kept(storage).damaged
