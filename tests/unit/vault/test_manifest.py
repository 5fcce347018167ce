"""Manifests: read strictly, whatever the bytes; the vectors beside this hold the cases one by one."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware.vault.manifest import (
    CLOCK_SKEW,
    MAX_ATTRIBUTES_BYTES,
    MAX_NODES,
    Manifest,
    ManifestError,
    check_fresh,
    encode,
    parse,
)
from tests.vectors.envelope_world import make_world

GOOD = make_world().manifest
RAW = encode(GOOD)


def refused(raw: bytes) -> None:
    with pytest.raises(ManifestError, match="manifest-malformed"):
        parse(raw)


def test_what_is_encoded_is_read_back() -> None:
    assert parse(RAW) == GOOD
    largest = replace(
        GOOD,
        attributes=bytes(MAX_ATTRIBUTES_BYTES),
        node_boxes=tuple(replace(GOOD.node_boxes[0], node_id=f"node-{number}") for number in range(MAX_NODES)),
        plaintext_size=2**40,
    )
    assert parse(encode(largest)) == largest


@pytest.mark.parametrize(
    "manifest",
    [
        replace(GOOD, attributes=bytes(MAX_ATTRIBUTES_BYTES + 1)),
        replace(GOOD, node_boxes=tuple(replace(GOOD.node_boxes[0], node_id=f"n{i}") for i in range(MAX_NODES + 1))),
    ],
)
def test_what_is_too_large_is_refused(manifest: Manifest) -> None:
    refused(encode(manifest))


@given(st.binary(max_size=300))
@example(b"\xff\xfe{\x00}\x00")  # JSON's other encodings
@example(b"[" * 60_000)
@example(b'{"v":' * 10_000)
@example(b"1" * 60_000)
@example(b"{}")
def test_arbitrary_bytes_are_refused(raw: bytes) -> None:
    refused(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(name=st.sampled_from(sorted(json.loads(RAW))), value=JSON)
def test_a_field_of_another_kind_is_refused_or_is_a_manifest(name: str, value: object) -> None:
    refused_or_understood(json.dumps(json.loads(RAW) | {name: value}).encode())


@given(start=st.integers(0, len(RAW)), length=st.integers(0, 20), instead=st.binary(max_size=20))
def test_changed_bytes_are_refused_or_are_a_manifest(start: int, length: int, instead: bytes) -> None:
    refused_or_understood(RAW[:start] + instead + RAW[start + length :])


def refused_or_understood(raw: bytes) -> None:
    """Nothing but a `ManifestError` may come of any bytes; a manifest means what it says."""
    try:
        manifest = parse(raw)
    except ManifestError:
        return
    assert parse(encode(manifest)) == manifest


@pytest.mark.parametrize("seconds", [-1, 1])
def test_the_mesh_takes_only_what_was_submitted_now(seconds: int) -> None:
    check_fresh(GOOD, GOOD.submitted_at + seconds * CLOCK_SKEW)
    with pytest.raises(ManifestError, match="manifest-stale"):
        check_fresh(GOOD, GOOD.submitted_at + seconds * (CLOCK_SKEW + timedelta(seconds=1)))
