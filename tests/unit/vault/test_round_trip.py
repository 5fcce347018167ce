"""A job's whole way: sealed by a client, its parts reboxed by three holders, opened at a station; and no leaks."""

import traceback
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from firmware.errors import LockgateError
from firmware.vault import boxes, manifest, release, seal
from firmware.vault.attributes import Attributes, seal_attributes
from firmware.vault.boxes import SUITE, SUITE_PQ, PartKind
from firmware.vault.identity import Kind
from firmware.vault.manifest import ManifestError
from firmware.vault.release import OpenedJob, PartError
from firmware.vault.seal import OrgRecipient, Recipient, Recipients, SealedJob
from tests.support.pki import NOW, ORG, Pki
from tests.vectors.envelope_world import Chance

TITLE = "Grüße an die Gewerkschaft.pdf"
ATTRIBUTES = Attributes(TITLE, copies=3, sides="two-sided-long-edge", finishings=("staple",))
OWNER = "zuzanna.q"
DOCUMENT = b"%PDF-1.7 canary document" * 1000
RELEASE, EPOCH = "release-1", 7
PKI = Pki()
CLIENT = PKI.holder(Kind.CLIENT, "client-1", users=[OWNER])
STATION = PKI.holder(Kind.STATION, "station-1")
VAULT = PKI.holder(Kind.VAULT, "vault-1")
NODES = [PKI.holder(Kind.NODE, f"node-{number}") for number in (1, 2)]


class Org:
    """The key service's epoch key, in either suite."""

    def __init__(self, suite: str) -> None:
        self.suite = suite
        self.private, self.public = boxes.new_box_key(suite)


def sealed(org: Org, token: Callable[[int], bytes] | None = None, owner: str = OWNER) -> SealedJob:
    return seal.seal_job(
        owner=owner,
        attributes=ATTRIBUTES,
        document_format="application/pdf",
        plaintext_size=len(DOCUMENT),
        recipients=Recipients(
            org_id=ORG,
            vault=Recipient(VAULT.id, VAULT.box_key),
            nodes=tuple(Recipient(node.id, node.box_key) for node in NODES),
            org=OrgRecipient(EPOCH, org.public, org.suite),
        ),
        signer=CLIENT.signer,
        chain=CLIENT.chain,
        now=NOW + timedelta(microseconds=5),
        lifetime=timedelta(days=3),
        token=token or Chance("a job"),
    )


def reboxed(job: SealedJob, org: Org, node: int = 0) -> tuple[bytes, bytes, bytes]:
    """What the three holders make of their boxes for the station."""

    def box(kind: PartKind, box: bytes, private: bytes, recipient_id: str, suite: str = SUITE) -> bytes:
        info = boxes.submit_info(kind, ORG, job.manifest.job_id, recipient_id)
        to_info = boxes.release_info(kind, ORG, job.manifest.job_id, RELEASE, STATION.id)
        return boxes.rebox(box, private, info, suite, to=STATION.box_key, to_info=to_info)

    node_box, org_box = job.manifest.node_boxes[node], job.manifest.org_box
    return (
        box(PartKind.JOB, job.job_box, VAULT.box_private, VAULT.id),
        box(PartKind.NODE, node_box.box, NODES[node].box_private, node_box.node_id),
        box(PartKind.ORG, org_box.box, org.private, boxes.epoch_recipient(org_box.epoch), org_box.suite),
    )


def opened(job: SealedJob, parts: tuple[bytes, bytes, bytes]) -> OpenedJob:
    return release.open_release(
        manifest_raw=job.manifest_raw,
        manifest=manifest.verify(job.manifest_raw, job.signature, job.chain, PKI.anchor, NOW),
        job_box=parts[0],
        node_box=parts[1],
        org_box=parts[2],
        release_id=RELEASE,
        station_id=STATION.id,
        box_private_key=STATION.box_private,
    )


@pytest.mark.parametrize("suite", [SUITE, SUITE_PQ])
@pytest.mark.parametrize("node", [0, 1])
def test_a_job_comes_out_as_it_went_in(suite: str, node: int) -> None:
    org = Org(suite)
    job = sealed(org)
    body = b"".join(job.body_sealer(Chance("2")).seal([DOCUMENT], len(DOCUMENT)))
    at_station = opened(job, reboxed(job, org, node))
    opener = at_station.body_opener()
    assert b"".join(opener.feed(body)) == DOCUMENT
    opener.finish()
    assert at_station.attributes == ATTRIBUTES


def test_the_manifest_says_what_was_asked_for() -> None:
    found = sealed(Org(SUITE)).manifest
    assert (found.owner, found.format, found.plaintext_size) == (OWNER, "application/pdf", len(DOCUMENT))
    assert (found.submitted_at, found.expires_at) == (NOW, NOW + timedelta(days=3))
    assert [box.node_id for box in found.node_boxes] == ["node-1", "node-2"]
    assert uuid.UUID(found.job_id).version == 7


def test_a_job_id_tells_its_time_and_nothing_else() -> None:
    made = uuid.UUID(seal.new_job_id(datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC), lambda n: b"\xff" * n))
    assert str(made) == "017f22e2-79b0-7fff-bfff-ffffffffffff"  # RFC 9562 A.6 has the same time


def test_an_owner_nobody_could_have_is_refused_at_the_client() -> None:
    with pytest.raises(ManifestError, match="manifest-malformed"):
        sealed(Org(SUITE), owner="")


def test_parts_of_one_job_do_not_open_another() -> None:
    org = Org(SUITE)
    one, other = sealed(org, Chance("3")), sealed(org, Chance("4"))
    with pytest.raises(PartError) as caught:
        opened(one, reboxed(other, org))
    assert (caught.value.code, caught.value.part) == ("part-refused", "job")


def test_nothing_secret_shows() -> None:
    """Keys, parts, title and owner are in no repr, and in no error with all its causes."""
    org = Org(SUITE)
    job, drawn = _watched(org)
    parts = reboxed(job, org)
    at_station = opened(job, parts)
    secrets = [*drawn, job.body_key, at_station.keys.check, at_station.keys.attributes, STATION.box_private]
    shown = [repr(value) for value in (job, job.manifest, at_station, ATTRIBUTES, STATION, at_station.body_opener())]
    shown += [repr(PKI.anchor.identify(CLIENT.chain, NOW)), repr(job.body_sealer(Chance("5"))), str(at_station)]
    shown += _errors(job, parts)
    for text in shown:
        assert TITLE not in text
        assert "Gewerkschaft" not in text
        assert OWNER not in text
        for secret in secrets:
            assert secret.hex() not in text
            assert repr(secret)[2:-1] not in text


def _watched(org: Org) -> tuple[SealedJob, list[bytes]]:
    """A job, and the three parts drawn for it: the tokens of 32 bytes after the id's and the salt's."""
    drawn: list[bytes] = []
    chance = Chance("watched")

    def token(length: int) -> bytes:
        drawn.append(chance(length))
        return drawn[-1]

    job = sealed(org, token)
    assert [len(value) for value in drawn[2:5]] == [32, 32, 32]
    return job, drawn[2:5]


def _errors(job: SealedJob, parts: tuple[bytes, bytes, bytes]) -> list[str]:
    """The full tracebacks of everything that goes wrong with this job."""
    bad_attributes = replace(job, manifest_raw=job.manifest_raw.replace(b'"attributes":"', b'"attributes":"A'))
    wrong = boxes.release_info(PartKind.NODE, ORG, job.manifest.job_id, RELEASE, STATION.id)
    wrong_node = boxes.seal(bytes(32), STATION.box_key, wrong)
    attempts: list[Callable[[], object]] = [
        lambda: opened(job, (b"", *parts[1:])),
        lambda: opened(job, (parts[0], wrong_node, parts[2])),
        lambda: opened(replace(job, signature=b""), parts),
        lambda: opened(bad_attributes, parts),
        lambda: job.body_sealer(Chance("7")).seal([DOCUMENT], 5).__next__(),
        lambda: opened(job, parts).body_opener().feed(bytes(2**20)),
        lambda: seal_attributes(replace(ATTRIBUTES, title=TITLE + "\ud800"), bytes(32), bytes(12)),
    ]
    return [_traceback(attempt) for attempt in attempts]


def _traceback(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except LockgateError as error:
        lines = traceback.TracebackException.from_exception(error)
        return "".join(part for part in lines.format() if not part.startswith("  File"))
    raise AssertionError("nothing went wrong")
