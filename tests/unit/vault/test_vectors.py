"""Every envelope vector, read from its file and put to the code; and the files are what their script writes."""

import base64
import hashlib
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from firmware.errors import LockgateError
from firmware.vault import boxes, manifest, parts, receipt_form, release, stream
from firmware.vault.identity import TrustAnchor
from firmware.vault.receipt import SignedReceipt
from tests.vectors import make_envelope
from tests.vectors.envelope_bodies import changed, document

DIRECTORY = make_envelope.DIRECTORY
FILES = sorted(path for path in DIRECTORY.glob("*.toml") if path.name != make_envelope.WORLD)
WORLD = tomllib.loads((DIRECTORY / make_envelope.WORLD).read_text())
Case = dict[str, Any]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_vector(path: Path) -> None:
    case = tomllib.loads(path.read_text())
    try:
        KINDS[case["kind"]](case)
        found, part = "ok", ""
    except LockgateError as error:
        found, part = error.code, getattr(error, "part", "")
    assert (found, part) == (case["expect"], case.get("part", ""))


def test_the_files_are_what_the_script_writes() -> None:
    """If this fails: `python -m tests.vectors.make_envelope`, and look at what changed."""
    assert make_envelope.render() == {path.name: path.read_text() for path in DIRECTORY.glob("*.toml")}


def _parts(case: Case) -> None:
    secrets = parts.Parts(*(bytes.fromhex(case[kind]) for kind in ("job", "node", "org")))
    keys = parts.derive(secrets, bytes.fromhex(case["salt"]), case["org_id"], case["job_id"])
    expected = [case["body_key"], case["commitment"], case["attributes_key"]]
    assert [keys.body.hex(), keys.check.hex(), keys.attributes.hex()] == expected


def _box(case: Case) -> None:
    private_key, info = bytes.fromhex(case["private_key"]), bytes.fromhex(case["info"])
    part = boxes.open_box(base64.b64decode(case["box"]), private_key, info, case["suite"])
    assert part.hex() == case["opens_to"]


def _release(case: Case) -> None:
    raw = case.get("manifest", WORLD["release"]["manifest"]).encode()
    opened = release.open_release(
        manifest_raw=raw,
        manifest=manifest.parse(raw),
        job_box=base64.b64decode(case["job_box"]),
        node_box=base64.b64decode(case["node_box"]),
        org_box=base64.b64decode(case["org_box"]),
        release_id=case["release_id"],
        station_id=case["station_id"],
        box_private_key=bytes.fromhex(WORLD["release"]["box_private_key"]),
    )
    assert opened.attributes.title == "Grüße.pdf"


def _preview(case: Case) -> None:
    opened = release.open_preview(
        manifest=manifest.parse(WORLD["release"]["manifest"].encode()),
        node_box=base64.b64decode(case["node_box"]),
        org_box=base64.b64decode(case["org_box"]),
        session_id=case["session_id"],
        station_id=case["station_id"],
        box_private_key=bytes.fromhex(WORLD["release"]["box_private_key"]),
    )
    assert opened.title == "Grüße.pdf"


def _anchor(case: Case) -> TrustAnchor:
    ca = x509.load_der_x509_certificate(base64.b64decode(WORLD["ca"][case["anchor"]]))
    return TrustAnchor(ca.public_bytes(Encoding.PEM))


def _receipt(case: Case) -> None:
    chain = tuple(base64.b64decode(der) for der in WORLD["chain"][case["chain"]])
    shown = SignedReceipt(case["receipt"].encode(), base64.b64decode(case["signature"]), chain)
    file = receipt_form.pack(shown)
    assert receipt_form.parse_file(file) == shown
    found = receipt_form.verify(file, _anchor(case))
    assert receipt_form.encode(found) == shown.raw
    assert hashlib.sha256(shown.raw).hexdigest() == case["digest"]


def _manifest(case: Case) -> None:
    raw = case["manifest"].encode().ljust(case.get("pad_to", 0))
    chain = [base64.b64decode(der) for der in WORLD["chain"].get(case["chain"], [])]
    anchor = _anchor(case)
    signature, now = base64.b64decode(case["signature"]), datetime.fromisoformat(case["now"])
    assert manifest.verify(raw, signature, chain, anchor, now).owner == "ann"


def _body(case: Case) -> None:
    key, aad, salt, prefix = (bytes.fromhex(case[name]) for name in ("key", "aad", "salt", "prefix"))
    plaintext = bytes.fromhex(case["document"]) if "document" in case else document(case["seed"], case["size"])
    sealed = b"".join(stream.BodySealer(key, aad, salt, prefix).seal([plaintext], len(plaintext)))
    body = changed(sealed, case["changes"])
    assert (len(body), hashlib.sha256(body).hexdigest()) == (case["body_size"], case["body_sha256"])
    assert "body" not in case or case["body"] == body.hex()
    opener = stream.BodyOpener(bytes.fromhex(case["open_key"]), bytes.fromhex(case["open_aad"]), case["plaintext_size"])
    released = b""
    try:
        for start in range(0, len(body), 1_000_000):
            released += b"".join(opener.feed(body[start : start + 1_000_000]))
        opener.finish()
    finally:
        assert len(released) == case["released"]
        assert hashlib.sha256(released).hexdigest() == case["released_sha256"]


KINDS = {
    "parts": _parts,
    "box": _box,
    "release": _release,
    "preview": _preview,
    "manifest": _manifest,
    "receipt": _receipt,
    "body": _body,
}
