"""One renewal: a signed request to the registrar, and its answer held against what we had."""

from datetime import datetime

from firmware.mesh.port import MeshError, MeshUntrustedError
from firmware.pairing import answers
from firmware.pairing.answers import Issued, pem
from firmware.pairing.errors import PairingError
from firmware.pairing.flow import holds
from firmware.pairing.member import Member, proven
from firmware.pairing.port import EST, Answer, Channel, Channels
from firmware.vault.fields import encode_object, encode_octets, encode_time
from firmware.vault.identity import Identity
from firmware.vault.requests import is_certified
from firmware.vault.signing import RENEWAL, Signer
from hal.ports.clock import Clock

STALE = "request-stale"
"""Our clock is wrong; the mesh has said what time it is."""


async def renew(member: Member, channels: Channels, url: str, clock: Clock) -> bytes:
    """The next chain (PEM, leaf first) for the same name and keys. Over mutual TLS while the certificate lasts; late,
    or where it is not accepted, without: the signature of the member's key is proof enough. Raises the mesh's errors
    (`identity-revoked`, `identity-lapsed`, …), `PairingError`, `IdentityError`, `IdentityUnusableError`."""
    now = clock.now()
    answer = await _asked(member, channels, url, now, now)
    try:
        issued = answers.issued(answer)
    except MeshError as exc:
        if exc.code != STALE or answer.date is None:
            raise
        issued = answers.issued(await _asked(member, channels, url, now, answer.date))
    _check(member, issued, clock)
    return b"".join(map(pem, issued.chain))


async def _asked(member: Member, channels: Channels, url: str, now: datetime, asked_at: datetime) -> Answer:
    request = _request(member, asked_at)
    if now < member.identity.not_after:
        channel = channels.mutual(url, member.ca_pem, member.chain_pem, member.keys.key_pem)
        try:
            return await _posted(channel, request)
        except MeshUntrustedError:  # by the mesh's clock it may have run out already
            pass
    return await _posted(channels.verified(url, member.ca_pem), request)


async def _posted(channel: Channel, request: dict[str, object]) -> Answer:
    return await channel.request("POST", f"{EST}/simplereenroll", request)


def _request(member: Member, asked_at: datetime) -> dict[str, object]:
    identity = member.identity
    asked = encode_object(
        {
            "v": 1,
            "org_id": identity.org_id,
            "holder": identity.name,
            "csr": encode_octets(member.keys.csr),
            "asked_at": encode_time(asked_at),
        }
    )
    return {
        "request": encode_octets(asked),
        "signature": encode_octets(Signer(member.keys.key_pem).sign(RENEWAL, asked)),
        "chain": [encode_octets(certificate) for certificate in member.chain],
    }


def _is_newer(new: Identity, old: Identity) -> bool:
    return new.not_after >= old.not_after and new.fingerprint != old.fingerprint


def _check(member: Member, issued: Issued, clock: Clock) -> None:
    """The same member, the same keys, under the pinned CA, and for longer than before."""
    if not holds(member.ca_pem, issued.ca):
        raise PairingError("the renewed certificate is under another CA", code="ca-mismatch")
    old, new = member.identity, proven(member.ca_pem, issued.chain, clock.now())
    keys = member.keys
    if (new.org_id, new.name) != (old.org_id, old.name) or not _is_newer(new, old):
        raise PairingError("the renewed certificate is for somebody else, or no newer")
    if not is_certified(new, keys.key_pem, keys.box_public or None):
        raise PairingError("the renewed certificate is for other keys")
