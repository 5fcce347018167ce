"""The certificate authority: what it certifies, what it refuses, and that TLS takes its certificates."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from firmware.vault.identity import Kind, TrustAnchor
from firmware.vault.signing import new_identity_key
from tests.support.pki import NOW, ORG, Pki
from tools.edgemesh.ca import Ca, CaError

CA = Ca.create(ORG, now=NOW)


def request(key: ec.EllipticCurvePrivateKey) -> x509.CertificateSigningRequest:
    """A request that asks for more than it will get."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "CA")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.sign(key, SHA256())


def test_a_request_gets_a_certificate_for_its_key_and_nothing_else_it_says() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    chain = CA.issue(request(key).public_bytes(Encoding.PEM), kind=Kind.STATION, holder_id="station-1", now=NOW)
    found = TrustAnchor(CA.certificate_pem).identify(chain, NOW)
    assert (found.id, found.public_key) == ("station-1", key.public_key())
    (der,) = chain
    constraints = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(x509.BasicConstraints)
    assert not constraints.value.ca


def test_a_request_must_be_signed_with_its_own_key() -> None:
    der = bytearray(request(ec.generate_private_key(ec.SECP256R1())).public_bytes(Encoding.DER))
    der[-1] ^= 1
    pem = x509.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM)
    with pytest.raises(CaError, match="signed"):
        CA.issue(pem, kind=Kind.STATION, holder_id="station-1", now=NOW)


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"-----BEGIN CERTIFICATE REQUEST-----\n",
        ec.generate_private_key(ec.SECP384R1())
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ],
)
def test_what_is_no_request_is_refused(pem: bytes) -> None:
    with pytest.raises(CaError):
        CA.issue(pem, kind=Kind.STATION, holder_id="station-1", now=NOW)


def test_it_can_be_kept_as_two_files() -> None:
    again = Ca.load(CA.certificate_pem, CA.private_key_pem)
    assert (again.org_id, again.certificate) == (ORG, CA.certificate)
    with pytest.raises(CaError, match="not its certificate's"):
        Ca.load(CA.certificate_pem, new_identity_key())
    with pytest.raises(CaError, match="unreadable"):
        Ca.load(b"", b"")


def test_serial_numbers_are_positive_and_differ() -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    chains = [CA.issue(pem, kind=Kind.NODE, holder_id="n", now=NOW) for _ in range(10)]
    serials = {x509.load_der_x509_certificate(chain[0]).serial_number for chain in chains}
    assert len(serials) == 10
    assert all(0 < serial < 2**127 for serial in serials)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_tls_takes_a_mesh_server_and_both_sides_prove_themselves(host: str, tmp_path: Path) -> None:
    pki = Pki(now=datetime.now(UTC) - timedelta(minutes=1))
    server = pki.holder(Kind.VAULT, "vault-1", hosts=["localhost", "127.0.0.1", "::1"])
    client = pki.holder(Kind.STATION, "station-1")
    contexts = []
    for side, holder in ((ssl.PROTOCOL_TLS_SERVER, server), (ssl.PROTOCOL_TLS_CLIENT, client)):
        context = ssl.SSLContext(side)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=pki.ca.certificate_pem.decode())
        for name, content in holder.files().items():
            (tmp_path / name).write_bytes(content)
        context.load_cert_chain(tmp_path / "identity.chain", tmp_path / "identity.key")
        contexts.append(context)
    seen = handshake(contexts[0], contexts[1], host)
    assert pki.anchor.identify([seen], pki.now).id == "station-1"


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> bytes:
    """The client's certificate as the server saw it, over a pair of memory wires."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    at_client = client.wrap_bio(down, up, server_hostname=host)
    at_server = server.wrap_bio(up, down, server_side=True)
    for side in (at_client, at_server, at_client, at_server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    der = at_server.getpeercert(binary_form=True)
    assert der is not None
    return der
