"""The signed time statement: what is believed, and every way in which it is not."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.vault import signing, timing
from firmware.vault.identity import Kind
from firmware.vault.timing import MAX_BYTES, AuditHead, SignedTime, TimeRefusedError, TimeStatement
from tests.support.pki import NOW, ORG, Holder, Pki

PKI = Pki()
VAULT = PKI.holder(Kind.VAULT, "vault-1")
NONCE = bytes(range(16))
ASKED = TimeStatement(ORG, NONCE, NOW)


def signed(statement: TimeStatement = ASKED, by: Holder = VAULT, label: bytes = signing.TIME) -> SignedTime:
    raw = timing.encode(statement)
    return SignedTime(raw, by.signer.sign(label, raw), by.chain)


def refused(one: SignedTime) -> str:
    with pytest.raises(TimeRefusedError) as caught:
        one.verify(PKI.anchor, ASKED)
    assert caught.value.code == "time-refused"
    return caught.value.detail


def test_what_the_vault_says_is_believed_to_the_microsecond() -> None:
    moment = NOW + timedelta(microseconds=123_457)
    statement, vault = signed(replace(ASKED, moment=moment)).verify(PKI.anchor, ASKED)
    assert (statement.moment, vault.name) == (moment, "vault/vault-1")


def test_the_audit_head_that_was_asked_about_is_repeated() -> None:
    asked = replace(ASKED, audit=AuditHead(7, "a" * 64))
    assert signed(asked).verify(PKI.anchor, asked)[0].audit == AuditHead(7, "a" * 64)
    assert "another question" in refused(signed(asked))


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (signed(replace(ASKED, nonce=bytes(16))), "another question"),
        (signed(replace(ASKED, org_id="org-2")), "somebody else"),
        (signed(by=PKI.holder(Kind.NODE, "node-1")), "somebody else"),
        (signed(by=PKI.holder(Kind.STATION, "vault-1")), "somebody else"),
        (signed(by=Pki("org-2").holder(Kind.VAULT, "vault-1")), "identity-untrusted"),
        (signed(replace(ASKED, moment=NOW + timedelta(hours=25))), "identity-expired"),
        (signed(by=PKI.holder(Kind.VAULT, "vault-1", now=NOW + timedelta(hours=1))), "identity-expired"),
        (signed(replace(ASKED, moment=NOW + timedelta(days=3653))), "identity-expired"),
        (signed(replace(ASKED, moment=NOW - timedelta(days=3653))), "identity-expired"),
        (signed(label=signing.SESSION), "signature-refused"),
        (replace(signed(), raw=timing.encode(replace(ASKED, moment=NOW + timedelta(seconds=1)))), "signature-refused"),
        (replace(signed(), raw=b"{}"), "malformed"),
        (replace(signed(), raw=b" " * (MAX_BYTES + 1)), "longer"),
        (replace(signed(), chain=()), "identity-malformed"),
    ],
)
def test_anything_else_is_refused(answer: SignedTime, why: str) -> None:
    assert why in refused(answer)


@given(st.binary(max_size=200) | st.permutations(timing.encode(ASKED)).map(bytes))
def test_no_bytes_do_more_than_be_refused(raw: bytes) -> None:
    with suppress(TimeRefusedError):
        statement = timing.parse(raw)
        assert timing.parse(timing.encode(statement)) == statement


@given(st.integers(0, 2**53 - 1), st.binary(min_size=16, max_size=16), st.integers(0, 2**53 - 1))
def test_every_statement_comes_back(microseconds: int, nonce: bytes, sequence: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    statement = TimeStatement(ORG, nonce, moment, AuditHead(sequence, "h"))
    assert timing.parse(timing.encode(statement)) == statement
