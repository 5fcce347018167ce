"""One organisation for the seeds and for documents that are signed after they were spoilt: a parser behind a signature
is reached by everybody who has a key."""

from datetime import timedelta

from firmware.vault import boxes
from firmware.vault.attributes import Attributes
from firmware.vault.denials import DenyList
from firmware.vault.identity import Kind
from firmware.vault.seal import OrgRecipient, Recipient, Recipients, SealedJob, seal_job
from hal.sim.random_source import SeededRandom
from tests.support.pki import NOW, ORG, Pki

PKI = Pki()
CLIENT = PKI.holder(Kind.CLIENT, "client-1", users=("ada",))
STATION = PKI.holder(Kind.STATION, "station-1")
VAULT = PKI.holder(Kind.VAULT, "vault-1")
NODE = PKI.holder(Kind.NODE, "node-1")
DENIED = DenyList.of(ORG, 7, NOW, bytes(16), {"station/station-9": NOW - timedelta(days=1)})
JOB = "01900000-0000-7000-8000-000000000000"


def sealed_job() -> SealedJob:
    """A job of ada's."""
    random = SeededRandom(1)
    return seal_job(
        owner="ada",
        attributes=Attributes(title="a title"),
        document_format="application/pdf",
        plaintext_size=5,
        recipients=Recipients(
            ORG,
            Recipient("vault-1", VAULT.box_key),
            (Recipient("node-1", NODE.box_key),),
            OrgRecipient(1, VAULT.box_key, boxes.SUITE),
        ),
        signer=CLIENT.signer,
        chain=CLIENT.chain,
        now=NOW,
        lifetime=timedelta(days=1),
        token=random.token,
    )


SEALED = sealed_job()
