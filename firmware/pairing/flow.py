"""One attempt to pair, from the first request to the stored certificate: enrol, reveal, show the code, wait, check."""

import base64
import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote

from firmware.mesh.port import MeshError, MeshProtocolError, MeshUnreachableError, MeshUntrustedError
from firmware.pairing import answers, kept, pending
from firmware.pairing.answers import Admission, Offer, pem
from firmware.pairing.applicant import Applicant, OwnKeys, prepared_keys
from firmware.pairing.errors import PairingError
from firmware.pairing.port import EST, Channel, Channels, CodeDisplay, CodeNotice
from firmware.vault.fields import encode_octets
from firmware.vault.identity import Identity, IdentityError, TrustAnchor
from firmware.vault.pairing import Transcript, shown
from firmware.vault.requests import is_certified
from hal.ports.clock import Clock
from hal.ports.key_store import KeyStore
from hal.ports.random_source import RandomSource

CODE_SECONDS = 600.0
"""For so long a code can be typed (mesh.md)."""
PATIENCE_SECONDS = 2 * CODE_SECONDS
"""An approval in the last second is answered for ten minutes more: an answer may be lost."""
SHORTEST_POLL, LONGEST_POLL = 1.0, 60.0
SERVER_FAILED = 500


class Stage(StrEnum):
    """Where an attempt is. It moves down this list and never up."""

    NEW = "new"
    REVEALING = "revealing"
    WAITING = "waiting"
    PAIRED = "paired"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Means:
    """What every attempt of this box works with."""

    keys: KeyStore = field(repr=False)
    channels: Channels
    clock: Clock
    random: RandomSource
    display: CodeDisplay


class Attempt:
    """One attempt of `applicant`. Call `run` once; cancelled, or after a power cut, the next attempt of the same
    applicant goes on with the same code."""

    def __init__(self, applicant: Applicant, means: Means) -> None:
        self.stage = Stage.NEW
        self._applicant = applicant
        self._means = means
        self._channel: Channel | None = None
        self._offer: Offer | None = None
        self._nonce = b""
        self._until = 0.0

    async def run(self) -> Identity:
        """Who we are now: the identity is stored. Raises `PairingError`, the mesh's errors, `IdentityError`, what the
        key store raises. `MeshUnreachableError` alone leaves the attempt as it is; after any other it is over, and
        nothing of it is shown or kept."""
        try:
            return await self._run()
        except (MeshError, MeshProtocolError, MeshUntrustedError, PairingError, IdentityError):
            await self.give_up()
            raise
        finally:
            self._means.display(None)

    async def give_up(self) -> None:
        """End the attempt on both sides, as well as can be."""
        self.stage = Stage.ENDED
        pending.ended(self._means.keys)
        if self._channel is None or self._offer is None:
            return
        nonce = base64.urlsafe_b64encode(self._nonce).rstrip(b"=").decode()
        with suppress(MeshUnreachableError, MeshUntrustedError, MeshProtocolError):
            await self._channel.request("DELETE", f"{self._path(self._offer)}?nonce={nonce}")

    async def _run(self) -> Identity:
        means, applicant = self._means, self._applicant
        if kept.is_paired(means.keys):
            raise PairingError("this box has an identity: unpair it first", code="already-paired")
        keys = prepared_keys(means.keys, applicant)
        attempt = pending.begun(means.keys, applicant, means.random)
        self._nonce = attempt.nonce
        channel = await self._first_channel()
        offer = answers.offer(await channel.request("POST", f"{EST}/simpleenroll", self._enrolment(keys, attempt)))
        self._check_ca(offer.ca)
        self._offer, self._channel = offer, means.channels.verified(applicant.url, pem(offer.ca))
        self._until = means.clock.monotonic() + PATIENCE_SECONDS
        self.stage = Stage.REVEALING
        admission = await self._admitted(self._channel, offer, keys)
        identity = self._checked(admission, offer, keys)
        kept.keep(means.keys, applicant.url, admission)
        self.stage = Stage.PAIRED
        return identity

    async def _first_channel(self) -> Channel:
        """The channel for the enrolment: under the CA where we know it, or its fingerprint; else to whoever answers,
        and the code binds all that we hear."""
        applicant, channels = self._applicant, self._means.channels
        if applicant.ca_pem:
            return channels.verified(applicant.url, applicant.ca_pem)
        channel = channels.first_contact(applicant.url)
        if not applicant.ca_fingerprint:
            return channel
        for certificate in answers.cas(await channel.request("GET", f"{EST}/cacerts")):
            if hashlib.sha256(certificate).hexdigest() == applicant.ca_fingerprint:
                return channels.verified(applicant.url, pem(certificate))
        raise PairingError("no CA of this mesh has the fingerprint that was given", code="ca-mismatch")

    def _check_ca(self, ca: bytes) -> None:
        applicant = self._applicant
        fits = not applicant.ca_fingerprint or hashlib.sha256(ca).hexdigest() == applicant.ca_fingerprint
        if not fits or (applicant.ca_pem and not holds(applicant.ca_pem, ca)):
            raise PairingError("the mesh offers another CA than was expected", code="ca-mismatch")

    def _enrolment(self, keys: OwnKeys, attempt: pending.Pending) -> dict[str, object]:
        applicant = self._applicant
        return {
            "kind": applicant.kind.value,
            "name": applicant.name,
            "csr": encode_octets(keys.csr),
            "commitment": encode_octets(attempt.commitment),
            "users": list(applicant.users),
            "url": applicant.node_url,
            "hosts": list(applicant.hosts),
        }

    async def _admitted(self, channel: Channel, offer: Offer, keys: OwnKeys) -> Admission:
        """Reveal our nonce, then ask again and again; the first answer that is not 202."""
        revealed = {"nonce": encode_octets(self._nonce), "token": self._applicant.token}
        pause = SHORTEST_POLL
        while True:
            try:
                answer = await channel.request("POST", self._path(offer), revealed)
                if answer.reply.status < SERVER_FAILED:
                    admission = answers.admission(answer)
                    if admission is not None:
                        return admission
                    self._wait_for_approval(offer, keys)
                    pause = min(max(answer.retry_after, SHORTEST_POLL), LONGEST_POLL)
                else:
                    pause = min(2 * pause, LONGEST_POLL)
            except MeshUnreachableError:
                pause = min(2 * pause, LONGEST_POLL)
            await self._pause(pause)

    async def _pause(self, seconds: float) -> None:
        """Wait until the next request; the code goes when it is too old to be typed, and in the end so do we."""
        clock = self._means.clock
        left = self._until - clock.monotonic()
        if left <= 0:
            raise PairingError("nobody approved in time", code="enrolment-expired")
        if self.stage is Stage.WAITING and left <= PATIENCE_SECONDS - CODE_SECONDS:
            self._means.display(None)
        await clock.sleep(seconds)

    def _wait_for_approval(self, offer: Offer, keys: OwnKeys) -> None:
        """The mesh has both nonces: from now on the code is worth typing. A token needs nobody to type."""
        if self.stage is Stage.WAITING or self._applicant.token:
            return
        self.stage = Stage.WAITING
        seconds = self._until - self._means.clock.monotonic() - (PATIENCE_SECONDS - CODE_SECONDS)
        applicant = self._applicant
        code = shown(self._transcript(offer, keys).code)
        fingerprint = hashlib.sha256(offer.ca).hexdigest()
        self._means.display(CodeNotice(applicant.name, applicant.kind, applicant.url, code, fingerprint, seconds))

    def _transcript(self, offer: Offer, keys: OwnKeys) -> Transcript:
        return Transcript(
            kind=self._applicant.kind,
            name=self._applicant.name,
            csr=keys.csr,
            box_key=keys.box_public,
            ca=offer.ca,
            mesh_nonce=offer.nonce,
            device_nonce=self._nonce,
            enrolment=offer.enrolment,
            users=self._applicant.users,
            url=self._applicant.node_url,
            hosts=self._applicant.hosts,
        )

    def _checked(self, admission: Admission, offer: Offer, keys: OwnKeys) -> Identity:
        """The identity we were given, proven: under the CA of the transcript, for our name, kind and keys."""
        if admission.issued.ca != offer.ca:
            raise PairingError("the answer is under another CA than the code")
        # A box that was never in the mesh knows only the earliest moment that it can be.
        anchor, earliest = TrustAnchor(pem(offer.ca)), self._means.clock.now()
        identity = anchor.identify(admission.issued.chain, earliest, or_later=True)
        wanted = (self._applicant.kind, self._applicant.name)
        if wanted != (identity.kind, identity.id) or wanted != (admission.kind, admission.id):
            raise PairingError("the answer is for somebody else")
        if admission.org_id != identity.org_id or not is_certified(identity, keys.key_pem, keys.box_public or None):
            raise PairingError("the answer is for another organisation or other keys")
        return identity

    def _path(self, offer: Offer) -> str:
        return f"{EST}/simpleenroll/{quote(offer.enrolment, safe='')}"


def holds(bundle: bytes, certificate: bytes) -> bool:
    """Whether a PEM bundle has this certificate (DER)."""
    text = pem(certificate).replace(b"\n", b"")
    return text in bundle.replace(b"\r", b"").replace(b"\n", b"")
