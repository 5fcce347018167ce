"""The preview cases: two boxes at a station for one session, good, missing, wrong, moved and damaged."""

import base64

from tests.support.pki import ORG
from tests.vectors.envelope_world import (
    JOB,
    OTHER_JOB,
    PARTS,
    WRONG_PARTS,
    World,
    lp,
    release_info,
    sealed_box,
)

Case = dict[str, object]
KINDS = ("node", "org")
SESSION, OTHER_SESSION = "s-1", "s-2"


def _info(
    kind: str, *, org_id: str = ORG, job_id: str = JOB, session: str = SESSION, station_id: str = "station-1"
) -> bytes:
    return b"lockgate/v1/preview/" + kind.encode() + lp(org_id, job_id, session, station_id)


def cases(world: World) -> dict[str, Case]:
    """By name."""
    made = {"preview-good": _case(world, "ok", "", "both parts are right")}
    for kind in KINDS:
        wrong = {kind: _boxed(world, kind, part=WRONG_PARTS[kind])}
        made[f"preview-wrong-{kind}"] = _case(world, "attributes-forged", "", f"wrong {kind} part", **wrong)
        for name, box in _moved(world, kind).items():
            told = f"the {kind} part's box: {name.replace('-', ' ')}"
            made[f"preview-{kind}-{name}"] = _case(world, "part-refused", kind, told, **{kind: box})
    return made


def _moved(world: World, kind: str) -> dict[str, bytes]:
    other, good = next(name for name in KINDS if name != kind), _boxed(world, kind)
    return {
        "missing": b"",
        "moved-to-another-job": _boxed(world, kind, info=_info(kind, job_id=OTHER_JOB)),
        "moved-to-another-org": _boxed(world, kind, info=_info(kind, org_id="org-2")),
        "moved-to-another-session": _boxed(world, kind, info=_info(kind, session=OTHER_SESSION)),
        "moved-to-another-station": _boxed(world, kind, info=_info(kind, station_id="station-2")),
        "moved-to-another-key": _boxed(world, kind, key=world.holders["station-2"].box_key),
        "moved-from-another-part": _boxed(world, other),
        "moved-from-a-release": _boxed(world, kind, info=release_info(kind)),
        "flip-ciphertext": good[:32] + bytes([good[32] ^ 1]) + good[33:],
        "cut": good[:-1],
    }


def _case(world: World, expect: str, part: str, comment: str, **boxes: bytes) -> Case:
    both = {kind: _boxed(world, kind) for kind in KINDS} | boxes
    case: Case = {"expect": expect}
    case |= {"part": part} if part else {}
    case |= {"comment": comment, "kind": "preview", "session_id": SESSION, "station_id": "station-1"}
    return case | {f"{kind}_box": base64.b64encode(box).decode() for kind, box in both.items()}


def _boxed(world: World, kind: str, *, part: bytes = b"", info: bytes = b"", key: bytes = b"") -> bytes:
    return sealed_box(part or PARTS[kind], key or world.holders["station"].box_key, info or _info(kind))
