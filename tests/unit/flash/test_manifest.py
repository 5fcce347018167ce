"""The signed manifest: who may have signed it, and what it may say."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.flash.rig import Release
from tools.flash import manifest
from tools.flash.errors import FlashError
from tools.flash.manifest import Listed, Manifest, parse, private_key, public_key, verified, written

GOOD = Manifest("1.0", "2026-11-22", (Listed("a.img.zst", 5, "0" * 64, 512, "1" * 64),))
KEY = Ed25519PrivateKey.generate()


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(FlashError) as caught:
        call()
    return caught.value.code


def test_there_and_back() -> None:
    raw = written(GOOD)
    assert verified(raw, KEY.sign(raw), [KEY.public_key()]) == GOOD
    assert GOOD.image("a.img.zst") == GOOD.images[0]
    assert refusal(lambda: GOOD.image("b.img")) == "image-unlisted"


def test_one_of_several_keys() -> None:
    raw = written(GOOD)
    other = Ed25519PrivateKey.generate().public_key()
    assert verified(raw, KEY.sign(raw), [other, KEY.public_key()]) == GOOD
    assert refusal(lambda: verified(raw, KEY.sign(raw), [other])) == "image-untrusted"
    assert refusal(lambda: verified(raw, KEY.sign(raw), [])) == "image-untrusted"


@settings(deadline=None)
@given(st.integers(0, len(written(GOOD)) - 1), st.integers(0, 7))
def test_a_flipped_bit_of_the_manifest(place: int, bit: int) -> None:
    raw = bytearray(written(GOOD))
    raw[place] ^= 1 << bit
    signature = KEY.sign(written(GOOD))
    assert refusal(lambda: verified(bytes(raw), signature, [KEY.public_key()])) == "image-untrusted"


@pytest.mark.parametrize("change", [lambda s: s[:-1], lambda s: s + b"\0", lambda s: b"", lambda s: bytes(64)])
def test_a_signature_that_is_none(change: Callable[[bytes], bytes]) -> None:
    raw = written(GOOD)
    assert refusal(lambda: verified(raw, change(KEY.sign(raw)), [KEY.public_key()])) == "image-untrusted"


@pytest.mark.parametrize(
    "change",
    [
        {"format": "lockgate-image-manifest-2"},
        {"more": 1},
        {"version": ""},
        {"version": "../1"},
        {"date": "today"},
        {"images": []},
        {"images": [{}]},
        {"images": {}},
    ],
)
def test_what_it_may_not_say(change: dict[str, Any]) -> None:
    assert refusal(lambda: parse(json.dumps(json.loads(written(GOOD)) | change).encode())) == "image-untrusted"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "../a.img"},
        {"name": 5},
        {"size": 0},
        {"size": True},
        {"image_size": 2**41},
        {"image_size": "5"},
        {"sha256": "0" * 63},
        {"image_sha256": "G" * 64},
        {"sha256": None},
    ],
)
def test_what_an_image_may_not_be(change: dict[str, Any]) -> None:
    found = json.loads(written(GOOD))
    found["images"][0] |= change
    assert refusal(lambda: parse(json.dumps(found).encode())) == "image-untrusted"


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(raw: bytes) -> None:
    with suppress(FlashError):
        parse(raw)


def test_keys(tmp_path: Path) -> None:
    release = Release(tmp_path)
    assert public_key(release.public) == release.private.public_key()
    assert refusal(lambda: public_key(tmp_path / "none")) == "release-key-missing"
    assert refusal(lambda: public_key(release.manifest)) == "release-key-malformed"
    assert refusal(lambda: private_key(release.public)) == "release-key-malformed"


def test_without_a_built_in_key_one_has_to_be_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    release = Release(tmp_path)
    monkeypatch.setattr(manifest, "BUILT_IN", tmp_path / "none")
    assert refusal(lambda: public_key(None)) == "release-key-missing"
    monkeypatch.setattr(manifest, "BUILT_IN", release.public)
    assert public_key(None) == release.private.public_key()
