"""Identities: what a chain proves, and everything that proves nothing."""

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.vault import identity, signing
from firmware.vault.identity import Identity, IdentityError, Kind, TrustAnchor
from tests.support.pki import NOW, ORG, Pki
from tools.edgemesh.ca import CERTIFICATE_LIFETIME, Ca

PKI = Pki()
CLIENT = PKI.holder(Kind.CLIENT, "client-1", users=["ann", "bo@example.org", "Zoë O'Hara"])
NODE = PKI.holder(Kind.NODE, "node-1", hosts=["node-1.local", "127.0.0.1", "::1"])


def identify(chain: list[bytes] | tuple[bytes, ...], pki: Pki = PKI) -> Identity:
    return pki.anchor.identify(chain, NOW)


def test_a_client_is_who_its_certificate_says() -> None:
    found = identify(CLIENT.chain)
    assert (found.org_id, found.kind, found.id) == (ORG, Kind.CLIENT, "client-1")
    assert found.users == {"ann", "bo@example.org", "Zoë O'Hara"}
    assert found.box_key == CLIENT.box_key
    assert found.not_after == NOW + CERTIFICATE_LIFETIME
    assert found.fingerprint == x509.load_der_x509_certificate(CLIENT.chain[0]).fingerprint(SHA256()).hex()


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_holder_can_be_certified(kind: Kind) -> None:
    holder = PKI.holder(kind, f"a.{kind}_1")
    assert identify(holder.chain).kind is kind
    assert identify(holder.chain).users == frozenset()


def test_a_server_may_have_hosts_too() -> None:
    assert identify(NODE.chain).id == "node-1"


@pytest.mark.parametrize("moment", [NOW + CERTIFICATE_LIFETIME + timedelta(seconds=1), NOW - timedelta(hours=1)])
def test_outside_its_validity_it_is_expired(moment: datetime) -> None:
    with pytest.raises(IdentityError, match="identity-expired"):
        PKI.anchor.identify(CLIENT.chain, moment)


def test_a_stranger_is_untrusted_even_when_expired() -> None:
    impostor = Pki().holder(Kind.CLIENT, "client-1")
    for moment in (NOW, NOW + timedelta(days=30)):
        with pytest.raises(IdentityError, match="identity-untrusted"):
            PKI.anchor.identify(impostor.chain, moment)


def test_a_trusted_ca_speaks_for_its_own_organisation_only() -> None:
    rival = Pki("org-2")
    both = TrustAnchor(PKI.ca.certificate_pem + rival.ca.certificate_pem)
    assert both.identify(rival.holder(Kind.NODE, "node-1").chain, NOW).org_id == "org-2"
    liar = Ca(ORG, rival.ca.certificate, load_key(rival.ca.private_key_pem))
    with pytest.raises(IdentityError, match="identity-untrusted"):
        both.identify(issued(liar, Kind.NODE), NOW)


def test_a_holder_cannot_certify_others() -> None:
    leaf = x509.load_der_x509_certificate(NODE.chain[0])
    forged = issued(Ca(ORG, leaf, load_key(NODE.key_pem)), Kind.CLIENT)
    with pytest.raises(IdentityError, match="identity-untrusted"):
        identify([*forged, *NODE.chain])


def test_an_issuing_ca_between_is_accepted() -> None:
    key, stranger = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    certificate = intermediate(PKI.ca, key.public_key())
    der = certificate.public_bytes(Encoding.DER)
    assert identify([*issued(Ca(ORG, certificate, key), Kind.STATION), der]).id == "holder-1"
    with pytest.raises(IdentityError, match="identity-untrusted"):
        identify([*issued(Ca(ORG, certificate, stranger), Kind.STATION), der])


def intermediate(root: Ca, key: ec.EllipticCurvePublicKey) -> x509.Certificate:
    """A CA of the same organisation, signed by its root."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuing")])
    uses = dict.fromkeys(
        ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"], False
    )
    usage = x509.KeyUsage(**uses, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(root.certificate.subject)
        .public_key(key)
        .serial_number(2)
        .not_valid_before(NOW)
        .not_valid_after(NOW + CERTIFICATE_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
    root_key = load_key(root.private_key_pem)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    return builder.add_extension(authority, critical=False).sign(root_key, SHA256())


def load_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def issued(ca: Ca, kind: Kind) -> list[bytes]:
    return ca.issue(CLIENT.signer.public_key_pem, kind=kind, holder_id="holder-1", now=NOW)


URI, DNS = x509.UniformResourceIdentifier, x509.DNSName
ODD_NAMES: dict[str, list[x509.GeneralName]] = {
    "no names": [],
    "nobody": [DNS("node-1.local")],
    "two holders": [URI("spiffe://org-1/node/a"), URI("spiffe://org-1/node/b")],
    "users only": [URI("spiffe://org-1/user/ann")],
    "unknown kind": [URI("spiffe://org-1/boss/a")],
    "no id": [URI("spiffe://org-1/node/")],
    "a longer path": [URI("spiffe://org-1/node/a/b")],
    "another scheme": [URI("https://org-1/node/a")],
    "a query": [URI("spiffe://org-1/node/a?b")],
    "upper case": [URI("SPIFFE://org-1/node/a")],
    "a user of another organisation": [URI("spiffe://org-1/client/a"), URI("spiffe://org-2/user/ann")],
    "a user spelt another way": [URI("spiffe://org-1/client/a"), URI("spiffe://org-1/user/%61nn")],
    "a node with users": [URI("spiffe://org-1/node/a"), URI("spiffe://org-1/user/ann")],
}


@pytest.mark.parametrize("names", ODD_NAMES.values(), ids=ODD_NAMES.keys())
def test_a_certificate_with_odd_names_is_malformed(names: list[x509.GeneralName]) -> None:
    with pytest.raises(IdentityError, match="identity-malformed"):
        identify([by_hand(names)])


def test_a_certificate_by_hand_is_otherwise_good() -> None:
    assert identify([by_hand(GOOD)]).id == "a"


GOOD: list[x509.GeneralName] = [URI("spiffe://org-1/node/a")]


def test_other_keys_box_keys_and_purposes_are_refused() -> None:
    short = x509.UnrecognizedExtension(identity.BOX_KEY_OID, b"\x04\x1f" + bytes(31))
    critical = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.25.1"), b"\x05\x00")
    for code, chain in (
        ("identity-malformed", by_hand(GOOD, key=ec.generate_private_key(ec.SECP384R1()).public_key())),
        ("identity-malformed", by_hand(GOOD, key=ed25519.Ed25519PrivateKey.generate().public_key())),
        ("identity-malformed", by_hand(GOOD, extra=short)),
        ("identity-untrusted", by_hand(GOOD, purpose=ExtendedKeyUsageOID.EMAIL_PROTECTION)),
        ("identity-untrusted", by_hand(GOOD, extra=critical, extra_critical=True)),
    ):
        with pytest.raises(IdentityError, match=code):
            identify([chain])


def by_hand(
    names: list[x509.GeneralName],
    *,
    key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | None = None,
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
    extra: x509.UnrecognizedExtension | None = None,
    extra_critical: bool = False,
) -> bytes:
    """A certificate really signed by our CA, with what our CA would not put in."""
    root_key = load_key(PKI.ca.private_key_pem)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "by hand")])
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(PKI.ca.certificate.subject)
        .public_key(key or root_key.public_key())
        .serial_number(3)
        .not_valid_before(NOW)
        .not_valid_after(NOW + CERTIFICATE_LIFETIME)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(authority, critical=False)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if extra:
        builder = builder.add_extension(extra, critical=extra_critical)
    return builder.sign(root_key, SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    "chain", [[], [b""], [b"0" * 100], [b"\x30" * 20_000], list(CLIENT.chain) * 4, [*CLIENT.chain, b"\x00"]]
)
def test_what_is_no_chain_is_malformed(chain: list[bytes]) -> None:
    with pytest.raises(IdentityError, match="identity-malformed"):
        identify(chain)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@settings(deadline=None, max_examples=200)
@given(bit=st.integers(0, 8 * len(CLIENT.chain[0]) - 1))
def test_a_certificate_with_a_flipped_bit_is_refused(bit: int) -> None:
    der = bytearray(CLIENT.chain[0])
    der[bit // 8] ^= 1 << bit % 8
    with pytest.raises(IdentityError):
        identify([bytes(der)])


@pytest.mark.parametrize("pem", [b"", b"hello", b"-----BEGIN CERTIFICATE-----\n"])
def test_an_anchor_needs_certificates(pem: bytes) -> None:
    with pytest.raises(IdentityError, match="identity-malformed"):
        TrustAnchor(pem)


@pytest.mark.parametrize("text", ["", "a" * 64, "A", "a/b", "-a", "ä"])
def test_names_that_do_not_fit_cannot_be_made(text: str) -> None:
    with pytest.raises(IdentityError):
        identity.org_uri(text)


def test_holders_and_users_that_do_not_fit_cannot_be_named() -> None:
    for text in ("", "a/b", "a" * 64, "ä"):
        with pytest.raises(IdentityError):
            identity.holder_uri(ORG, Kind.NODE, text)
    for text in ("", "a\n", "a" * 129):
        with pytest.raises(IdentityError):
            identity.user_uri(ORG, text)


def test_a_box_key_has_32_bytes() -> None:
    with pytest.raises(IdentityError, match="identity-malformed"):
        identity.box_key_extension(bytes(33))


def test_what_was_proven_does_not_outlive_the_ca() -> None:
    """A chain is judged anew once the CA has ended, however long its leaf still is valid."""
    begun = NOW - timedelta(days=1)
    old = Pki(ca=Ca.create(ORG, now=begun, key_pem=signing.new_identity_key(), lifetime=timedelta(days=1, hours=1)))
    holder = old.holder(Kind.CLIENT, "client-1")
    assert old.anchor.identify(holder.chain, NOW).not_after > NOW + timedelta(hours=2)
    with pytest.raises(IdentityError, match="identity-"):
        old.anchor.identify(holder.chain, NOW + timedelta(hours=2))
