"""The receipt cases: good ones of every outcome, forged, foreign and expired ones, and every field missing or wrong."""

import base64
import hashlib
import json
from dataclasses import replace
from datetime import timedelta

from firmware.vault.manifest import encode as encode_manifest
from firmware.vault.receipt import Asked, Outcome, Printer, Receipt
from firmware.vault.receipt_form import encode
from firmware.vault.signing import AUDIT, RECEIPT
from tests.support.pki import NOW, ORG
from tests.vectors.envelope_world import JOB, World

Case = dict[str, object]
Json = dict[str, object]
MALFORMED, UNTRUSTED, FORGED, FOREIGN = (f"receipt-{word}" for word in ("malformed", "untrusted", "forged", "foreign"))
ENDED = NOW + timedelta(minutes=3)


class Maker:
    """Makes cases out of a good receipt of the world's job."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.good = Receipt(
            org_id=ORG,
            release_id=f"r-{'0' * 32}",
            job_id=JOB,
            fence=3,
            sequence=1_000_000,
            manifest=hashlib.sha256(encode_manifest(world.manifest)).hexdigest(),
            station_id="station-1",
            printer=Printer("urn:uuid:12345678-9abc-def0-1234-56789abcdef0", "Example Grüner 9000", "Hall"),
            asked=Asked(2, "two-sided-long-edge", "monochrome"),
            outcome=Outcome.PRINTED,
            pages=3,
            impressions=6,
            sheets=4,
            told=False,
            began=NOW + timedelta(minutes=2),
            ended=ENDED,
            clock_trusted=True,
        )
        self.fields: Json = json.loads(encode(self.good))

    def signed(
        self, expect: str, comment: str, raw: bytes, *, by: str = "station", chain: str = "", label: bytes = RECEIPT
    ) -> Case:
        """A case whose receipt really is signed by somebody, whatever it says."""
        return case(expect, comment, raw, self.world.holders[by].signer.sign(label, raw), chain or by)

    def changed(self, expect: str, comment: str, by: str = "station", /, **changes: object) -> Case:
        """A signed case of the good receipt with other values."""
        return self.signed(expect, comment, encode(replace(self.good, **changes)), by=by)  # type: ignore[arg-type]

    def edited(self, comment: str, **fields: object) -> Case:
        """A signed case of JSON that is no receipt."""
        return self.signed(MALFORMED, comment, dump(self.fields | fields))


def case(expect: str, comment: str, raw: bytes, signature: bytes, chain: str) -> Case:
    """One case as it is written down."""
    made: Case = {"expect": expect, "comment": comment, "kind": "receipt", "anchor": "ours", "chain": chain}
    made |= {"signature": base64.b64encode(signature).decode(), "receipt": raw.decode()}
    return made | {"digest": hashlib.sha256(raw).hexdigest()}


def dump(fields: Json) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def cases(world: World) -> dict[str, Case]:
    """All receipt cases by name."""
    maker = Maker(world)
    named = _good(maker) | _signers(maker) | _missing(maker) | _values(maker) | _shapes(maker)
    return {f"receipt-{name}": made for name, made in named.items()}


def _good(maker: Maker) -> dict[str, Case]:
    later = ENDED + timedelta(days=400)
    unsure = {"began": None, "pages": None, "impressions": None, "sheets": None, "printer": Printer()}
    return {
        "printed": maker.changed("ok", "all of it came out"),
        "stopped": maker.changed("ok", "two pages of three", outcome=Outcome.STOPPED, pages=2, impressions=2, sheets=1),
        "unknown": maker.changed("ok", "nobody knows, nothing is counted", outcome=Outcome.UNKNOWN, **unsure),
        "told": maker.changed("ok", "by a person's word", told=True),
        "rest": maker.changed("ok", "the rest, from page 3", asked=Asked(1, "", "", 3)),
        "clock-untrusted": maker.changed("ok", "the station did not know the time", ended=later, clock_trusted=False),
    }


def _signers(maker: Maker) -> dict[str, Case]:
    raw = encode(maker.good)
    signature = maker.world.holders["station"].signer.sign(RECEIPT, raw)
    flipped = signature[:-1] + bytes([signature[-1] ^ 1])
    more = encode(replace(maker.good, pages=4))
    return {
        "signature-flipped": case(FORGED, "a bit of the signature is wrong", raw, flipped, "station"),
        "signature-of-another": case(FORGED, "the signature of three pages under four", more, signature, "station"),
        "signature-of-another-label": maker.signed(FORGED, "signed as an audit entry", raw, label=AUDIT),
        "signed-by-another-key": maker.signed(FORGED, "another's key", raw, by="station-2", chain="station"),
        "signed-by-another-station": maker.signed(FOREIGN, "another station's word", raw, by="station-2"),
        "signed-by-a-client": maker.signed(FOREIGN, "the owner's own computer", raw, by="client"),
        "signed-by-the-vault": maker.signed(FOREIGN, "the mesh itself", raw, by="vault"),
        "of-another-org": maker.changed(FOREIGN, "not the station's organisation", org_id="org-2"),
        "foreign-ca": maker.signed(UNTRUSTED, "certified by another CA", raw, by="rival"),
        "impostor": maker.signed(UNTRUSTED, "a CA that only has our name", raw, by="impostor"),
        "after-the-certificate": maker.changed(UNTRUSTED, "the certificate had ended", ended=ENDED + timedelta(days=2)),
        "before-the-certificate": maker.changed(UNTRUSTED, "it had not begun", ended=ENDED - timedelta(days=2)),
    }


def _missing(maker: Maker) -> dict[str, Case]:
    made = {}
    for name in maker.fields:
        rest = {field: value for field, value in maker.fields.items() if field != name}
        made[f"missing-{name.replace('_', '-')}"] = maker.signed(MALFORMED, f"no {name}", dump(rest))
    return made


BAD_VALUES: dict[str, Json] = {
    "version-2": {"v": 2},
    "outcome-other": {"outcome": "done"},
    "pages-negative": {"pages": -1},
    "pages-text": {"pages": "3"},
    "pages-true": {"pages": True},
    "pages-too-many": {"pages": 2**53},
    "fence-0": {"fence": 0},
    "told-number": {"told": 1},
    "clock-null": {"clock_trusted": None},
    "ended-null": {"ended": None},
    "ended-fraction": {"ended": "2026-11-21T09:03:00.5Z"},
    "began-month-13": {"began": "2026-13-21T09:00:00Z"},
    "manifest-short": {"manifest": "0" * 63},
    "manifest-upper-case": {"manifest": "A" * 64},
    "station-path": {"station_id": "../station-1"},
    "org-upper-case": {"org_id": "Org-1"},
    "printer-null": {"printer": None},
    "printer-control-character": {"printer": {"uuid": "", "model": "a\u001b[2J", "name": ""}},
    "printer-long": {"printer": {"uuid": "", "model": "m" * 256, "name": ""}},
    "printer-more": {"printer": {"uuid": "", "model": "", "name": "", "owner": "ann"}},
    "asked-copies-0": {"asked": {"copies": 0, "sides": "", "color_mode": "", "first_page": 1}},
    "asked-sides-words": {"asked": {"copies": 1, "sides": "both sides", "color_mode": "", "first_page": 1}},
    "asked-page-0": {"asked": {"copies": 1, "sides": "", "color_mode": "", "first_page": 0}},
    "unknown-field": {"title": "Payroll"},
}
"""Fields that a station signed and that are still none of a receipt, by the case's name."""


def _values(maker: Maker) -> dict[str, Case]:
    return {name: maker.edited(name.replace("-", " "), **fields) for name, fields in BAD_VALUES.items()}


def _shapes(maker: Maker) -> dict[str, Case]:
    """The same said otherwise, and bytes that are no JSON object of ours."""
    good = encode(maker.good)
    raws = {
        "spaces": good.replace(b",", b", "),
        "escaped": good.replace("ü".encode(), rb"\u00fc"),
        "another-order": dump(dict(reversed(maker.fields.items()))),
        "field-twice": good[:-1] + b',"pages":3}',
        "cut-off": good[:-1],
        "and-more": good + b"x",
        "nested-deeply": b"[" * 5000,
        "byte-order-mark": b"\xef\xbb\xbf" + good,
        "lone-surrogate": good.replace(b'"Hall"', rb'"\ud800"'),
    }
    return {name: maker.signed(MALFORMED, name.replace("-", " "), raw) for name, raw in raws.items()}
