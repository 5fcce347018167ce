"""Signed documents and certificates: as they are read, and as they are believed once somebody has signed them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from firmware.audit import records, verify
from firmware.audit.events import AuditEvent
from firmware.audit.export import assemble
from firmware.audit.proof import audit_key
from firmware.audit.records import Point, RecordError
from firmware.vault import (
    boxes,
    delegation,
    denials,
    fields,
    manifest,
    pairing,
    receipt_form,
    requests,
    signing,
    timing,
)
from firmware.vault.attributes import Attributes, AttributesError, open_attributes, seal_attributes
from firmware.vault.boxes import BoxError
from firmware.vault.delegation import Delegation, DelegationError, SignedDelegation
from firmware.vault.denials import DenyListError, SignedDenyList
from firmware.vault.fields import FieldError, encode_object, encode_octets, encode_time
from firmware.vault.identity import IdentityError, TrustAnchor
from firmware.vault.manifest import ManifestError
from firmware.vault.receipt import Asked, Outcome, Printer, Receipt, ReceiptError, SignedReceipt
from firmware.vault.signing import SignatureError
from firmware.vault.timing import AuditHead, TimeRefusedError, TimeStatement
from hal.drivers.mutool_pages import parse_survey
from hal.framing.media_names import parse_media
from tests.fuzz.target import Target, named, text
from tests.fuzz.world import CLIENT, DENIED, JOB, PKI, SEALED, STATION, VAULT
from tests.support.pki import NOW, ORG
from tools.edgemesh import csr, statements
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.registrar import renewals
from tools.edgemesh.statements import EpochStatement, LeaseStatement, SessionStatement

LAST_DAY = datetime(9999, 12, 31, 23, tzinfo=UTC)
FOR_EVER = delegation.encode(Delegation(ORG, f"d-{'0' * 32}", "ada", "bob", LAST_DAY - timedelta(days=1), LAST_DAY))
DELEGATED = delegation.encode(Delegation(ORG, f"d-{'0' * 32}", "ada", "bob", NOW, NOW + timedelta(days=7)))
TOLD = timing.encode(TimeStatement(ORG, bytes(timing.NONCE_BYTES), NOW, AuditHead(1, "0" * 64)))
CSR = requests.certificate_request(STATION.key_pem, "station-1", STATION.box_key)
RENEWAL = encode_object(
    {"v": 1, "org_id": ORG, "holder": "station/station-1", "csr": encode_octets(CSR), "asked_at": encode_time(NOW)}
)
REQUEST = encode_object(
    {
        "v": 1,
        "org_id": ORG,
        "job_id": JOB,
        "session": f"s-{'0' * 32}",
        "station_id": "station-1",
        "nonce": "n" * 16,
        "asked_at": encode_time(NOW),
    }
)
SESSION = statements.encode_session(
    SessionStatement(ORG, f"s-{'0' * 32}", "ada", "station-1", NOW, NOW + timedelta(minutes=10), "b-0", ("card",))
)
LEASE = statements.encode_lease(LeaseStatement(ORG, JOB, f"r-{'0' * 32}", "station-1", 1, NOW))
EPOCH = statements.encode_epoch(EpochStatement(ORG, 1, boxes.SUITE, VAULT.box_key, NOW))
RECEIPT = receipt_form.encode(
    Receipt(
        org_id=ORG,
        release_id=f"r-{'0' * 32}",
        job_id=JOB,
        fence=1,
        sequence=1_000_000,
        manifest="0" * 64,
        station_id="station-1",
        printer=Printer("urn:uuid:0", "A Printer", "hall"),
        asked=Asked(2, "one-sided", "color"),
        outcome=Outcome.STOPPED,
        pages=2,
        impressions=4,
        sheets=2,
        told=True,
        began=None,
        ended=NOW,
        clock_trusted=True,
    )
)
KEY = audit_key(PKI.anchor, STATION.chain, STATION.signer, NOW)
HEADER = records.Entry(1, NOW, AuditEvent.SUBMIT_REFUSED, {}, "0" * 64)
EXPORT = assemble(KEY, NOW, b"", [replace(HEADER, signature=KEY.sign(HEADER.body)).line])
STATEMENT = EXPORT.splitlines()[0]
ENTRY = records.Entry(1, NOW, AuditEvent.SUBMIT_REFUSED, {}, "0" * 64, b"\x30\x06").line


def _believed(raw: bytes) -> object:
    signature = CLIENT.signer.sign(signing.MANIFEST, raw)
    found = manifest.verify(raw, signature, CLIENT.chain, PKI.anchor, NOW)
    manifest.check_fresh(found, NOW)
    return found


def _delegated(raw: bytes) -> object:
    signed = SignedDelegation(raw, CLIENT.signer.sign(signing.DELEGATION, raw), CLIENT.chain)
    return signed.verify(PKI.anchor, ORG, DENIED, NOW)


def _receipted(raw: bytes) -> object:
    signature = STATION.signer.sign(signing.RECEIPT, raw)
    return receipt_form.verify(receipt_form.pack(SignedReceipt(raw, signature, STATION.chain)), PKI.anchor)


def _denied(raw: bytes) -> object:
    found = SignedDenyList(raw, PKI.ca.sign_deny_list(raw)).verify(PKI.anchor, ORG)
    found.refuse(PKI.anchor.identify(STATION.chain, NOW))
    return found.refuses_job("client-1", NOW)


def _identified(der: bytes) -> object:
    return PKI.anchor.identify((der,), NOW)


def _pins(pem: bytes) -> object:
    return TrustAnchor(pem).identify(STATION.chain, NOW)


def _opened(plain: bytes) -> object:
    nonce, key = bytes(12), bytes(32)
    return open_attributes(nonce + AESGCM(key).encrypt(nonce, plain, None), key)


def _typed(data: bytes) -> object:
    return pairing.fits("123456789012", text(data).replace("\n", " ")), pairing.typed(text(data))


def _exported(data: bytes) -> object:
    return verify.verify_export(data, PKI.anchor)


def _entry(data: bytes) -> object:
    return records.parse_entry(data)


def _field(data: bytes) -> object:
    found = fields.read_object(data, ("v", "when"))
    found.integer("v")
    return found.time("when")


def _kept_field(data: bytes) -> object:
    return fields.read_kept(data, ("v", "when")).time("when")


ATTRIBUTES = seal_attributes(Attributes(title="a title"), bytes(32), bytes(12))
PLAIN = encode_object(
    {"title": "t", "copies": 1, "sides": "", "color_mode": "", "media": "", "pages": 3, "finishings": ["staple"]}
)
VAULT_NAMES = ("firmware.vault.fields.read_object", "firmware.vault.fields.read_time")

TARGETS = (
    Target("vault fields", _field, VAULT_NAMES, (FieldError,), (b'{"v":1,"when":"2026-01-01T00:00:00Z"}',)),
    Target(
        "kept fields",
        _kept_field,
        named("firmware.vault.fields", "read_kept"),
        (FieldError,),
        (b'{"v":1,"when":"2026-01-01T00:00:00Z","more":[1]}',),
    ),
    Target(
        "manifest", manifest.parse, named("firmware.vault.manifest", "parse"), (ManifestError,), (SEALED.manifest_raw,)
    ),
    Target("manifest, signed", _believed, (), (ManifestError,), (SEALED.manifest_raw,)),
    Target(
        "delegation", delegation.parse, named("firmware.vault.delegation", "parse"), (DelegationError,), (DELEGATED,)
    ),
    Target("delegation, signed", _delegated, (), (DelegationError,), (DELEGATED, FOR_EVER)),
    Target(
        "deny list",
        denials.parse,
        named("firmware.vault.denials", "parse"),
        (DenyListError,),
        (denials.encode(DENIED),),
    ),
    Target("deny list, signed", _denied, (), (DenyListError, SignatureError), (denials.encode(DENIED),)),
    Target("receipt", receipt_form.parse, named("firmware.vault.receipt_form", "parse"), (ReceiptError,), (RECEIPT,)),
    Target("receipt, signed", _receipted, (), (ReceiptError,), (RECEIPT,)),
    Target(
        "receipt's file",
        receipt_form.parse_file,
        named("firmware.vault.receipt_form", "parse_file"),
        (ReceiptError,),
        (receipt_form.pack(SignedReceipt(RECEIPT, b"signature", STATION.chain)),),
    ),
    Target("time", timing.parse, named("firmware.vault.timing", "parse"), (TimeRefusedError,), (TOLD,)),
    Target("attributes, sealed", _opened, (), (AttributesError,), (PLAIN,)),
    Target("attributes", lambda data: open_attributes(data, bytes(32)), (), (AttributesError,), (ATTRIBUTES,)),
    Target("identity", _identified, (), (IdentityError,), (STATION.chain[0], CLIENT.chain[0])),
    Target("CA pinned", _pins, (), (IdentityError,), (PKI.ca.certificate_pem,)),
    Target(
        "box",
        lambda data: boxes.open_box(data, VAULT.box_private, b"info"),
        (),
        (BoxError,),
        (boxes.seal(bytes(32), VAULT.box_key, b"info"),),
    ),
    Target(
        "certificate request",
        lambda data: csr.read(data, "station-1", boxed=True),
        named("tools.edgemesh.csr", "read"),
        (Problem,),
        (CSR,),
    ),
    Target("renewal", renewals.parse, named("tools.edgemesh.registrar.renewals", "parse"), (Problem,), (RENEWAL,)),
    Target(
        "release request",
        statements.parse_request,
        named("tools.edgemesh.statements", "parse_request"),
        (Problem,),
        (REQUEST,),
    ),
    Target(
        "session statement",
        statements.parse_session,
        named("tools.edgemesh.statements", "parse_session"),
        (Problem,),
        (SESSION,),
    ),
    Target(
        "lease statement",
        statements.parse_lease,
        named("tools.edgemesh.statements", "parse_lease"),
        (Problem,),
        (LEASE,),
    ),
    Target(
        "epoch statement",
        statements.parse_epoch,
        named("tools.edgemesh.statements", "parse_epoch"),
        (Problem,),
        (EPOCH,),
    ),
    Target("pairing code", _typed, (), (), (b"123456 789012", b"1234-5678-9012")),
    Target("audit entry", _entry, named("firmware.audit.records", "parse_entry"), (RecordError,), (ENTRY,)),
    Target(
        "audit statement",
        records.parse_extent,
        named("firmware.audit.records", "parse_extent"),
        (RecordError,),
        (STATEMENT,),
    ),
    Target(
        "audit chain",
        lambda data: records.read_chain(text(data)),
        named("firmware.audit.records", "read_chain"),
        (ValueError,),
        (records.chain_text(STATION.chain).encode(),),
    ),
    Target(
        "audit witness",
        lambda data: Point.parse(text(data)),
        named("firmware.audit.records", "Point.parse"),
        (ValueError,),
        (b"17:" + b"0" * 64,),
    ),
    Target("audit export", _exported, (), (), (EXPORT,)),
    Target(
        "media size name",
        lambda data: parse_media(text(data)),
        named("hal.framing.media_names", "parse_media"),
        (ValueError,),
        (b"iso_a4_210x297mm", b"na_letter_8.5x11in"),
    ),
    Target(
        "survey of pages",
        parse_survey,
        named("hal.drivers.mutool_pages", "parse_survey"),
        (ValueError,),
        (b"595.00 842.00\n842.00 595.00\n",),
    ),
)
