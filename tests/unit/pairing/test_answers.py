"""A mesh's answers to pairing: any of them is read, or refused in our words."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.mesh.port import MeshError, MeshProtocolError
from firmware.mesh.transport import Reply
from firmware.pairing import answers
from firmware.pairing.port import Answer
from tests.support.octets import b64

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
