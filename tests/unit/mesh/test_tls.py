"""TLS contexts: keys through memory only, and clear words for files that are not what they should be."""

import ssl
from pathlib import Path

import pytest

from firmware.mesh import tls
from firmware.mesh.tls import IdentityUnusableError
from firmware.vault.identity import Kind
from hal.ports.errors import KeyMissingError
from hal.sim.key_store import SimKeyStore
from tests.support.scripted_mesh import holder, new_ca

CA = new_ca()
OWN = holder(CA, Kind.STATION)
OTHER = holder(CA, Kind.STATION)


def test_a_context_is_strict() -> None:
    context = tls.client_context(CA.certificate_pem)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_3
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    (root,) = context.get_ca_certs()
    assert int(str(root["serialNumber"]), 16) == CA.certificate.serial_number


def test_the_identity_is_loaded_without_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    context = tls.client_context(CA.certificate_pem)
    monkeypatch.setattr(tls, "load_identity_files", lambda context, *paths: loaded.extend(paths))
    tls.load_identity(context, OWN.chain, OWN.key)
    assert all(path.startswith("/proc/self/fd/") for path in loaded)
    assert not any(Path(path).exists() for path in loaded), "closed again"


def test_a_station_takes_it_from_its_key_store() -> None:
    keys = SimKeyStore()
    keys.store("identity.key", OWN.key)
    with pytest.raises(KeyMissingError):
        tls.station_context(keys, CA.certificate_pem, lambda _der: None)
    keys.store("identity.chain", OWN.chain)
    assert isinstance(tls.station_context(keys, CA.certificate_pem, lambda _der: None), ssl.SSLContext)


@pytest.mark.parametrize(
    ("chain", "key"),
    [(OWN.chain, OTHER.key), (OWN.chain, b"-"), (b"", OWN.key), (OWN.key, OWN.key), (b"\xff", b"\xff")],
)
def test_certificate_and_key_must_belong_together(chain: bytes, key: bytes) -> None:
    with pytest.raises(IdentityUnusableError, match="identity-unusable"):
        tls.load_identity(tls.client_context(CA.certificate_pem), chain, key)


@pytest.mark.parametrize("ca", [b"", b"\xff", b"not PEM", OWN.key])
def test_a_ca_file_must_hold_certificates(ca: bytes) -> None:
    with pytest.raises(IdentityUnusableError, match="CA"):
        tls.client_context(ca)


def test_a_chain_is_read_leaf_first() -> None:
    leaf, issuer = tls.chain_der(OWN.chain + CA.certificate_pem)
    assert (ssl.DER_cert_to_PEM_cert(leaf).strip(), ssl.DER_cert_to_PEM_cert(issuer).strip()) == (
        OWN.chain.decode().strip(),
        CA.certificate_pem.decode().strip(),
    )


@pytest.mark.parametrize(
    "chain", [b"", b"-----BEGIN CERTIFICATE-----\n\xff!\n-----END CERTIFICATE-----", OWN.chain * 5]
)
def test_a_chain_that_is_none_is_refused(chain: bytes) -> None:
    with pytest.raises(IdentityUnusableError):
        tls.chain_der(chain)
