"""The technician's page in the LAN: TLS 1.3, for administrators of the organisation alone, judged at each request."""

import hashlib
import ipaddress
import ssl
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from firmware.mesh.tls import IdentityUnusableError, leave_time_to, load_identity
from firmware.trust.trust import Trust
from firmware.vault.identity import IdentityError, Kind

LIFETIME = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Admins:
    """Who may look: the organisation's administrators who are not denied, by their certificates."""

    trust: Trust

    def judge(self, certificate: bytes) -> None:
        """One of them, now (DER). Raises `IdentityError`."""
        own, clock = self.trust.credentials, self.trust.clock
        peer = own.anchor.identify((certificate,), clock.now(), or_later=not clock.known)
        if peer.org_id != own.identity.org_id or peer.kind is not Kind.ADMIN:
            raise IdentityError(f"the certificate of a {peer.kind}, not of an administrator")
        self.trust.denials.refuse(peer)

    def judge_request(self, request: web.Request) -> None:
        """Whoever is at the other end of its connection: it may outlive their good standing. Raises `IdentityError`."""
        tls = request.transport.get_extra_info("ssl_object") if request.transport is not None else None
        self.judge(tls.getpeercert(binary_form=True) or b"" if tls is not None else b"")

    def context(self, ca_pem: bytes, address: str) -> tuple[ssl.SSLContext, str]:
        """To listen at that IP address with a certificate made for it now, whose SHA-256 is given beside: the
        station's own names no host, and is no server's. Raises `IdentityUnusableError`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.verify_mode = ssl.CERT_REQUIRED
        context.num_tickets = 0  # each connection shows its certificate
        try:
            context.load_verify_locations(cadata=ca_pem.decode("ascii"))
        except (ssl.SSLError, UnicodeDecodeError, ValueError) as exc:
            raise IdentityUnusableError("the CA file holds no certificates") from exc
        leave_time_to(context, self.judge)
        chain_pem, key_pem, fingerprint = self._certificate(address)
        load_identity(context, chain_pem, key_pem)
        return context, fingerprint

    def _certificate(self, address: str) -> tuple[bytes, bytes, str]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Lockgate {self.trust.credentials.identity.id}")])
        now = self.trust.clock.now()
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + LIFETIME)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(key, hashes.SHA256())
        )
        key_pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        der = made.public_bytes(serialization.Encoding.DER)
        return made.public_bytes(serialization.Encoding.PEM), key_pem, hashlib.sha256(der).hexdigest()
