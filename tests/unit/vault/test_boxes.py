"""Boxes: pyhpke opens what we seal and we open what pyhpke seals; the hybrid suite; what is no key."""

from collections.abc import Callable

import pytest
from pyhpke import AEADId, CipherSuite, KDFId, KEMId

from firmware.vault import boxes
from firmware.vault.boxes import SUITE, SUITE_PQ, BoxError, PartKind
from tests.vectors.envelope_world import release_info, submit_info

HPKE = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)
PART, INFO = bytes(range(32)), b"a place"
SUITES = pytest.mark.parametrize("suite", [SUITE, SUITE_PQ])


def test_pyhpke_opens_what_we_seal() -> None:
    private, public = boxes.new_box_key()
    box = boxes.seal(PART, public, INFO)
    context = HPKE.create_recipient_context(box[:32], HPKE.kem.deserialize_private_key(private), INFO)
    assert context.open(box[32:]) == PART


def test_we_open_what_pyhpke_seals() -> None:
    private, public = boxes.new_box_key()
    enc, context = HPKE.create_sender_context(HPKE.kem.deserialize_public_key(public), INFO)
    assert boxes.open_box(enc + context.seal(PART), private, INFO) == PART


def test_the_hybrid_key_is_that_of_x_wing() -> None:
    """The first vector of draft-connolly-cfrg-xwing-kem, appendix C: how its public key starts and ends."""
    seed = bytes.fromhex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26")
    public = boxes.public_box_key(seed, SUITE_PQ)
    assert public.hex().startswith("e2236b35a8c24b39b10aa1323a96a919a2ced88400633a7b07131713fc14b2b5")
    assert public.hex().endswith("eff389b27dce59844570216223593d4ba32d9abac8cd049040ef6534")


@SUITES
def test_a_part_comes_back(suite: str) -> None:
    private, public = boxes.new_box_key(suite)
    box = boxes.seal(PART, public, INFO, suite)
    assert (len(public), len(box)) == (boxes.PUBLIC_KEY_BYTES[suite], boxes.BOX_BYTES[suite])
    assert boxes.open_box(box, private, INFO, suite) == PART
    with pytest.raises(BoxError, match="box-refused"):
        boxes.open_box(box, private, b"another place", suite)


@SUITES
def test_a_holder_reboxes_its_part_for_a_station(suite: str) -> None:
    private, public = boxes.new_box_key(suite)
    station_private, station = boxes.new_box_key()
    box = boxes.seal(PART, public, INFO, suite)
    again = boxes.rebox(box, private, INFO, suite, to=station, to_info=b"the release")
    assert boxes.open_box(again, station_private, b"the release") == PART


def test_places_are_spelt_as_the_contract_says() -> None:
    job = "019a9f3c-5a80-7000-8000-000000000001"
    assert boxes.submit_info(PartKind.NODE, "org-1", job, "node-1") == submit_info("node", "node-1")
    assert boxes.submit_info(PartKind.ORG, "org-1", job, boxes.epoch_recipient(7)) == submit_info("org", "7")
    assert boxes.release_info(PartKind.JOB, "org-1", job, "release-1", "station-1") == release_info("job")


@SUITES
def test_what_is_no_key_is_refused(suite: str) -> None:
    private, public = boxes.new_box_key(suite)
    for bad in (b"", public[:-1], public + b"\x00", bytes(len(public))):  # the last is a point of low order
        with pytest.raises(BoxError, match="box-key-refused"):
            boxes.seal(PART, bad, INFO, suite)
    for bad in (b"", private + b"\x00"):
        with pytest.raises(BoxError, match="box-key-refused"):
            boxes.public_box_key(bad, suite)


def test_a_part_has_32_bytes() -> None:
    _, public = boxes.new_box_key()
    with pytest.raises(BoxError):
        boxes.seal(PART[:-1], public, INFO)


def test_an_unknown_suite_is_named_as_such() -> None:
    private, public = boxes.new_box_key()
    calls: list[Callable[[], bytes | tuple[bytes, bytes]]] = [
        lambda: boxes.seal(PART, public, INFO, "rot13"),
        lambda: boxes.open_box(PART, private, INFO, "rot13"),
        lambda: boxes.new_box_key("rot13"),
    ]
    for call in calls:
        with pytest.raises(BoxError, match="box-suite-unknown"):
            call()
