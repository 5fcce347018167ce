"""The box and release cases: boxes moved elsewhere, damaged, missing, or with the wrong part in them."""

import base64
import itertools
from collections.abc import Callable

from firmware.vault.manifest import encode
from tests.vectors.envelope_hybrid import HYBRID_BOX
from tests.vectors.envelope_world import (
    EPOCH,
    JOB,
    OTHER_JOB,
    OTHER_RELEASE,
    PARTS,
    RELEASE,
    SUITE,
    WRONG_PARTS,
    World,
    lp,
    release_info,
    sealed_box,
    seeded,
    submit_info,
    without_attributes,
)

HYBRID = "mlkem768-x25519-hkdf-sha256-aes-256-gcm"
Case = dict[str, object]


def b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def parts_cases() -> dict[str, Case]:
    """What three parts become."""
    case: Case = {"expect": "ok", "comment": "the known answer of the contract", "kind": "parts"}
    case |= {"job": "01" * 32, "node": "02" * 32, "org": "03" * 32, "salt": bytes(range(32, 64)).hex()}
    case |= {"org_id": "org-1", "job_id": "job-1"}
    case |= {"body_key": "0e20f7ad53c601425a4bda4163f88b2c3ddc0f9a25d6a91735921cfbf4b41ff3"}
    case |= {"commitment": "40ec7d7eede1310fe3ad3a0b91373df7877a6598da6f8b73b6b0117e7f0593c3"}
    case |= {"attributes_key": "c735751bf1b57ecd98a459e27cabff5dd5c465211d0c1661ef7f88a988cd5e15"}
    return {"parts-known-answer": case}


def box_cases(world: World) -> dict[str, Case]:
    """A node's box as the client made it, and everything that must keep it shut."""
    node, other = world.holders["node"], world.holders["node-2"]
    part, info = PARTS["node"], submit_info("node", node.id)
    box = sealed_box(part, node.box_key, info)

    def case(expect: str, comment: str, box: bytes = box, info: bytes = info, key: bytes = node.box_private) -> Case:
        fields: Case = {"expect": expect, "comment": comment, "kind": "box", "suite": SUITE}
        fields |= {"private_key": key.hex(), "info": info.hex(), "box": b64(box)}
        return fields | ({"opens_to": part.hex()} if expect == "ok" else {})

    refused = "box-refused"
    made = {
        "box-node": case("ok", "a node opens its own part"),
        "box-moved-to-another-job": case(
            refused, "of another job", info=submit_info("node", node.id, job_id=OTHER_JOB)
        ),
        "box-moved-to-another-org": case(refused, "of another org", info=submit_info("node", node.id, org_id="org-2")),
        "box-moved-to-another-node": case(refused, "another node's name", info=submit_info("node", other.id)),
        "box-moved-to-another-key": case(refused, "another node's key", key=other.box_private),
        "box-moved-to-another-kind": case(refused, "not a job part", info=submit_info("job", node.id)),
        "box-moved-to-a-release": case(refused, "not for a release", info=release_info("node")),
        "box-ids-run-together": case(refused, "the lengths of the ids are bound", info=_run_together(node.id)),
        "box-flip-enc": case(refused, "a bit of enc is wrong", _flip(box, 0)),
        "box-flip-ciphertext": case(refused, "a bit of ct is wrong", _flip(box, 32)),
        "box-flip-tag": case(refused, "a bit of the tag is wrong", _flip(box, -1)),
        "box-empty": case(refused, "there is no box", b""),
        "box-cut": case(refused, "the last byte is missing", box[:-1]),
        "box-trailing": case(refused, "a byte follows", box + b"\x00"),
        "box-low-order": case(refused, "enc is a point of low order", bytes(32) + box[32:]),
        "box-short-part": case(refused, "a part of 31 bytes", sealed_box(part[:31], node.box_key, info)),
    }
    return made | _kinds(world, case) | _hybrid()


def _kinds(world: World, case: Callable[..., Case]) -> dict[str, Case]:
    """The vault's and the org service's own boxes."""
    vault, org = world.holders["vault"], world.holders["org"]
    job_info, org_info = submit_info("job", vault.id), submit_info("org", str(EPOCH))
    later = submit_info("org", str(EPOCH + 1))
    job_box = sealed_box(PARTS["job"], vault.box_key, job_info)
    org_box = sealed_box(PARTS["org"], org.box_key, org_info)
    job = case("ok", "the vault opens its own part", job_box, job_info, vault.box_private)
    good = case("ok", "the org service opens its own part", org_box, org_info, org.box_private)
    return {
        "box-job": job | {"opens_to": PARTS["job"].hex()},
        "box-org": good | {"opens_to": PARTS["org"].hex()},
        "box-moved-to-another-epoch": case("box-refused", "of another epoch", org_box, later, org.box_private),
    }


def _hybrid() -> dict[str, Case]:
    """The second suite. Its box was made once: no library at hand takes ML-KEM's randomness from outside."""
    good: Case = {"expect": "ok", "comment": "the hybrid suite", "kind": "box", "suite": HYBRID}
    good |= {"private_key": seeded("hybrid box key").hex(), "info": submit_info("org", str(EPOCH)).hex()}
    box = base64.b64decode(HYBRID_BOX)
    bad = good | {"expect": "box-refused"}
    return {
        "box-hybrid": good | {"box": b64(box), "opens_to": PARTS["org"].hex()},
        "box-hybrid-flip-mlkem": bad | {"comment": "a bit of ML-KEM's ciphertext is wrong", "box": b64(_flip(box, 0))},
        "box-hybrid-flip-x25519": bad | {"comment": "a bit of X25519's key is wrong", "box": b64(_flip(box, 1088))},
        "box-hybrid-other-suite": bad | {"comment": "opened as the first suite", "suite": SUITE, "box": b64(box)},
        "box-unknown-suite": bad | {"expect": "box-suite-unknown", "comment": "no such suite", "suite": "x", "box": ""},
    }


def release_cases(world: World) -> dict[str, Case]:
    """Three boxes at a station: good, missing, wrong, moved and damaged."""
    made = {
        "release-good": _release(world, "ok", "", "all three parts are right"),
        "release-bad-attributes": _release(
            world, "attributes-forged", "", "the client signed attributes nobody can read"
        )
        | {"manifest": encode(without_attributes(world.manifest)).decode()},
    }
    for kinds in _subsets():
        name = "-and-".join(kinds)
        missing = dict.fromkeys(kinds, b"")
        made[f"release-missing-{name}"] = _release(world, "part-refused", kinds[0], f"no {name} part", **missing)
        wrong = {kind: _boxed(world, kind, part=WRONG_PARTS[kind]) for kind in kinds}
        blamed = "job" if kinds == ("job",) else "node-or-org"
        made[f"release-wrong-{name}"] = _release(world, "commitment-mismatch", blamed, f"wrong {name} part", **wrong)
    for kind in PARTS:
        made |= _moved(world, kind)
    return made


def _subsets() -> list[tuple[str, ...]]:
    """The seven ways in which some part is at fault."""
    return [kinds for count in (1, 2, 3) for kinds in itertools.combinations(PARTS, count)]


def _moved(world: World, kind: str) -> dict[str, Case]:
    other = next(name for name in PARTS if name != kind)
    station_2 = world.holders["station-2"].box_key
    good = _boxed(world, kind)
    boxes = {
        "moved-to-another-job": _boxed(world, kind, info=release_info(kind, job_id=OTHER_JOB)),
        "moved-to-another-org": _boxed(world, kind, info=release_info(kind, org_id="org-2")),
        "moved-to-another-release": _boxed(world, kind, info=release_info(kind, release_id=OTHER_RELEASE)),
        "moved-to-another-station": _boxed(world, kind, info=release_info(kind, station_id="station-2")),
        "moved-to-another-key": _boxed(world, kind, key=station_2),
        "moved-from-another-part": _boxed(world, other),
        "flip-enc": _flip(good, 0),
        "flip-ciphertext": _flip(good, 32),
        "flip-tag": _flip(good, -1),
    }
    comment = f"the {kind} part's box:"
    return {
        f"release-{kind}-{name}": _release(
            world, "part-refused", kind, f"{comment} {name.replace('-', ' ')}", **{kind: box}
        )
        for name, box in boxes.items()
    }


def _release(world: World, expect: str, part: str, comment: str, **boxes: bytes) -> Case:
    all_boxes = {kind: _boxed(world, kind) for kind in PARTS} | boxes
    case: Case = {"expect": expect}
    case |= ({"part": part} if part else {}) | {
        "comment": comment,
        "kind": "release",
        "release_id": RELEASE,
        "station_id": "station-1",
    }
    return case | {f"{kind}_box": b64(box) for kind, box in all_boxes.items()}


def _boxed(world: World, kind: str, *, part: bytes = b"", info: bytes = b"", key: bytes = b"") -> bytes:
    key = key or world.holders["station"].box_key
    return sealed_box(part or PARTS[kind], key, info or release_info(kind))


def _run_together(node_id: str) -> bytes:
    return b"lockgate/v1/part/node" + lp("org-1" + JOB, "", node_id)


def _flip(value: bytes, at: int) -> bytes:
    changed = bytearray(value)
    changed[at] ^= 1
    return bytes(changed)
