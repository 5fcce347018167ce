"""The manifest cases: expired, unsigned, foreign-signed, flipped, and every field missing or not what it should be."""

import base64
import hashlib
import json
from datetime import datetime, timedelta

from firmware.vault.manifest import encode
from firmware.vault.signing import MANIFEST, SESSION
from tests.support.pki import NOW
from tests.vectors.envelope_world import World

Case = dict[str, object]
Json = dict[str, object]
DAY = timedelta(days=1)
MALFORMED, UNTRUSTED, UNSIGNED = "manifest-malformed", "manifest-untrusted", "manifest-signature"


class Maker:
    """Makes cases out of the world's good manifest."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.good = encode(world.manifest)
        self.fields: Json = json.loads(self.good)

    def signed(
        self, expect: str, comment: str, raw: bytes, *, by: str = "client", chain: str = "", now: datetime = NOW + DAY
    ) -> Case:
        """A case whose manifest really is signed, whatever it says."""
        signature = self.world.holders[by].signer.sign(MANIFEST, raw)
        return case(expect, comment, raw, signature, chain=chain or by, now=now)

    def edited(self, expect: str, comment: str, by: str = "client", /, **fields: object) -> Case:
        """A signed case of the good manifest with other values in some fields."""
        return self.signed(expect, comment, dump(self.fields | fields), by=by)

    @property
    def signature(self) -> bytes:
        """The good manifest's."""
        return self.world.holders["client"].signer.sign(MANIFEST, self.good)


def case(expect: str, comment: str, raw: bytes, signature: bytes, *, chain: str, now: datetime) -> Case:
    """One case as it is written down."""
    made: Case = {"expect": expect, "comment": comment, "kind": "manifest"}
    made |= {"anchor": "ours", "chain": chain, "now": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    made |= {"signature": base64.b64encode(signature).decode()}
    return made | {"manifest": raw.decode()}


def dump(fields: Json) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def cases(world: World) -> dict[str, Case]:
    """All manifest cases by name."""
    maker = Maker(world)
    named = _times(maker) | _signatures(maker) | _missing(maker) | _flipped(maker) | _values(maker) | _shapes(maker)
    return {f"manifest-{name}": made for name, made in named.items()}


def _times(maker: Maker) -> dict[str, Case]:
    good, expires = maker.good, maker.world.manifest.expires_at

    def at(expect: str, comment: str, now: datetime) -> Case:
        return maker.signed(expect, comment, good, now=now)

    return {
        "good": at("ok", "a day later, the client's certificate has ended; it was valid at submission", NOW + DAY),
        "good-at-submission": at("ok", "the moment of submission", NOW),
        "good-clock-behind": at("ok", "a station whose clock is four minutes behind", NOW - timedelta(minutes=4)),
        "good-last-second": at("ok", "a second before it expires", expires - timedelta(seconds=1)),
        "expired": at("manifest-expired", "the very second it expires", expires),
        "expired-long-ago": at("manifest-expired", "a year later", NOW + 365 * DAY),
        "from-the-future": at("manifest-stale", "submitted ten minutes from now", NOW - timedelta(minutes=10)),
        "signed-after-certificate": maker.edited(
            UNTRUSTED, "the client's certificate had ended at submission", "yesterday", **_cert(maker, "yesterday")
        ),
        "signed-before-certificate": maker.edited(
            UNTRUSTED, "the client's certificate had not begun", submitted_at="2026-11-20T09:00:00Z"
        ),
    }


def _signatures(maker: Maker) -> dict[str, Case]:
    good, signature, now = maker.good, maker.signature, NOW + DAY
    holders = maker.world.holders
    other_label = holders["client"].signer.sign(SESSION, good)
    flipped = signature[:-1] + bytes([signature[-1] ^ 1])
    return {
        "unsigned": case(UNSIGNED, "there is no signature", good, b"", chain="client", now=now),
        "signature-flipped": case(UNSIGNED, "a bit of the signature is wrong", good, flipped, chain="client", now=now),
        "signature-of-another-label": case(
            UNSIGNED, "signed as a session statement", good, other_label, chain="client", now=now
        ),
        "signed-by-another": maker.signed(
            UNSIGNED, "another key under the client's name", good, by="rival", chain="client"
        ),
        "chain-of-another": maker.signed(UNTRUSTED, "another client's chain", good, by="colleague"),
        "no-chain": case(UNTRUSTED, "there is no certificate", good, signature, chain="", now=now),
        "foreign-org": maker.edited(UNTRUSTED, "another organisation's client", "rival", **_cert(maker, "rival")),
        "foreign-org-under-its-name": maker.edited(
            UNTRUSTED, "another organisation's client and name", "rival", org_id="org-2", **_cert(maker, "rival")
        ),
        "impostor": maker.edited(UNTRUSTED, "a CA that only has our name", "impostor", **_cert(maker, "impostor")),
        "signed-by-a-node": maker.edited(UNTRUSTED, "a node plants a job", "node", **_cert(maker, "node")),
        "owner-of-another-client": maker.edited(
            "manifest-owner", "a client may not submit for this person", "colleague", **_cert(maker, "colleague")
        ),
        "owner-unknown": maker.edited("manifest-owner", "nobody's client", owner="mallory"),
        "org-of-another": maker.edited(UNTRUSTED, "not the client's organisation", org_id="org-2"),
    }


def _cert(maker: Maker, name: str) -> dict[str, str]:
    return {"client_cert": hashlib.sha256(maker.world.holders[name].chain[0]).hexdigest()}


def _missing(maker: Maker) -> dict[str, Case]:
    made = {}
    for name in maker.fields:
        rest = {field: value for field, value in maker.fields.items() if field != name}
        made[f"missing-{name.replace('_', '-')}"] = maker.signed(MALFORMED, f"no {name}", dump(rest))
    return made


def _flipped(maker: Maker) -> dict[str, Case]:
    """One bit of each field's value, under the signature of the good manifest."""
    expect = dict.fromkeys(maker.fields, UNSIGNED)
    expect |= {"v": MALFORMED, "org_epoch": MALFORMED, "submitted_at": MALFORMED, "format": MALFORMED}
    expect |= {"org_id": UNTRUSTED, "client_cert": UNTRUSTED}
    return {
        f"flip-{name.replace('_', '-')}": case(
            code,
            f"a bit of {name} is wrong",
            dump(maker.fields | {name: _flip(maker.fields[name])}),
            maker.signature,
            chain="client",
            now=NOW + DAY,
        )
        for name, code in expect.items()
    }


def _flip(value: object) -> object:
    """The value with its first bit of meaning changed: text that is base64 stays base64."""
    if isinstance(value, int):
        return value ^ 1
    if isinstance(value, list):
        return [_flip(value[0]), *value[1:]]
    if isinstance(value, dict):
        return value | {"box": _flip(value["box"])}
    assert isinstance(value, str)
    if len(value) > 40 and len(value) % 4 == 0 and not value.islower():
        octets = base64.b64decode(value)
        return base64.b64encode(bytes([octets[0] ^ 1]) + octets[1:]).decode()
    return chr(ord(value[0]) ^ 1) + value[1:]


BAD_VALUES: dict[str, dict[str, object]] = {
    "version-2": {"v": 2},
    "version-true": {"v": True},
    "job-id-version-4": {"job_id": "019a9f3c-5a80-4000-8000-000000000001"},
    "job-id-not-a-uuid": {"job_id": "z" * 36},
    "org-id-upper-case": {"org_id": "Org-1"},
    "org-id-empty": {"org_id": ""},
    "owner-empty": {"owner": ""},
    "owner-control-character": {"owner": "ann\n"},
    "owner-too-long": {"owner": "a" * 129},
    "owner-number": {"owner": 1},
    "time-without-zone": {"submitted_at": "2026-11-21T09:00:00"},
    "time-with-offset": {"submitted_at": "2026-11-21T10:00:00+01:00"},
    "time-with-fraction": {"submitted_at": "2026-11-21T09:00:00.5Z"},
    "time-month-13": {"submitted_at": "2026-13-21T09:00:00Z"},
    "expires-before-submission": {"expires_at": "2026-11-21T09:00:00Z"},
    "format-not-mime": {"format": "pdf"},
    "size-negative": {"plaintext_size": -1},
    "size-fraction": {"plaintext_size": 1.0},
    "size-text": {"plaintext_size": "1"},
    "size-too-large": {"plaintext_size": 2**40 + 1},
    "salt-short": {"salt": base64.b64encode(bytes(31)).decode()},
    "salt-not-base64": {"salt": "*" * 44},
    "salt-url-base64": {"salt": base64.urlsafe_b64encode(b"\xff" * 32).decode()},
    "salt-unused-bits": {"salt": base64.b64encode(bytes(32)).decode()[:-2] + "B="},
    "commitment-long": {"commitment": base64.b64encode(bytes(33)).decode()},
    "attributes-empty": {"attributes": ""},
    "attributes-null": {"attributes": None},
    "client-cert-upper-case": {"client_cert": "A" * 64},
    "unknown-field": {"priority": 1},
    "nodes-none": {"node_boxes": []},
    "org-box-null": {"org_box": None},
}
"""Fields that a client signed and that are still none of a manifest, by the case's name."""


def _values(maker: Maker) -> dict[str, Case]:
    """Signed by the client, and yet not a manifest."""
    node_box = maker.world.manifest.node_boxes[0]
    box = {"node_id": node_box.node_id, "suite": node_box.suite, "box": base64.b64encode(node_box.box).decode()}
    org_box = {"epoch": 7, "suite": node_box.suite, "box": box["box"]}
    bad = BAD_VALUES | {
        "job-id-upper-case": {"job_id": str(maker.fields["job_id"]).upper()},
        "nodes-twice": {"node_boxes": [box, box]},
        "nodes-object": {"node_boxes": box},
        "node-box-short": {"node_boxes": [box | {"box": base64.b64encode(bytes(79)).decode()}]},
        "node-box-suite-unknown": {"node_boxes": [box | {"suite": "none"}]},
        "node-box-of-other-suite": {"node_boxes": [box | {"suite": "mlkem768-" + node_box.suite}]},
        "node-box-extra-field": {"node_boxes": [box | {"hint": ""}]},
        "node-id-path": {"node_boxes": [box | {"node_id": "../node-1"}]},
        "org-box-other-epoch": {"org_box": org_box | {"epoch": 8}},
    }
    return {name: maker.edited(MALFORMED, name.replace("-", " "), **fields) for name, fields in bad.items()}


def _shapes(maker: Maker) -> dict[str, Case]:
    """Bytes that are no JSON object of ours."""
    good = maker.good
    twice = good[:-1] + b',"owner":"bob"}'
    raws = {
        "field-twice": twice,
        "not-json": good[:-1],
        "json-and-more": good + b"x",
        "array": b"[" + good + b"]",
        "empty": b"",
        "nested-deeply": b"[" * 5000,
        "infinity": good.replace(b'"plaintext_size":100000', b'"plaintext_size":Infinity'),
        "lone-surrogate": good.replace(b'"owner":"ann"', rb'"owner":"\ud800"'),
        "byte-order-mark": b"\xef\xbb\xbf" + good,
    }
    made = {name: maker.signed(MALFORMED, name.replace("-", " "), raw) for name, raw in raws.items()}
    padded = maker.signed(MALFORMED, "64 KiB and one byte", good.ljust(65537))
    made["oversized"] = padded | {"manifest": good.decode(), "pad_to": 65537}
    full = maker.signed("ok", "64 KiB to the byte", good.ljust(65536))
    made["largest"] = full | {"manifest": good.decode(), "pad_to": 65536}
    return made
