"""The way of one document: read, recognised, sealed to whom the mesh proves to be, handed in."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from firmware.mesh import answers
from firmware.mesh.port import MeshError, MeshProtocolError
from firmware.vault.attributes import Attributes
from firmware.vault.seal import SealedJob, seal_job
from tools.submit import membership
from tools.submit import profile as profiles
from tools.submit.cli import Wish
from tools.submit.directory import Checker, Directory
from tools.submit.document import Document
from tools.submit.errors import SubmitError
from tools.submit.link import Link
from tools.submit.profile import Profile
from tools.submit.talk import Talk
from tools.submit.upload import Receipt, Upload


@dataclass(frozen=True, slots=True)
class Done:
    """What was achieved: the mesh's receipt, and what it is for."""

    receipt: Receipt
    sealed: SealedJob
    name: str
    pages: int | None


def submit(wish: Wish, environment: Mapping[str, str], talk: Talk) -> Done:
    """Have the document held. Raises LockgateError: its code tells what kept it from that."""
    now = datetime.now(UTC)
    with Document(wish.file) as document:
        found = document.format()
        if document.seems_cut(found):
            talk.warn(f"{document.name} lacks the end of a {found.name}: it may have been cut short")
        directory = wish.profile or profiles.default_directory(environment)
        membership.refresh(directory, talk)
        profile = profiles.load(directory, wish.mesh, now)
        if profile.exposed:
            talk.warn(f"others can read {profile.directory / profiles.KEY}: chmod 600 it")
        owner = profile.owner(wish.user)
        pages = document.pages(found)
        talk.say(f"{document.name}: {found.name}{_counted(pages)}, for {owner}")
        link = link_of(profile)
        mesh = _directory(link, profile, now)
        if document.size > mesh.max_job_bytes:
            raise MeshError("job-too-large", f"at most {mesh.max_job_bytes} bytes are taken")
        sealed = seal_job(
            owner=owner,
            attributes=_attributes(wish, document, pages),
            document_format=found.mime,
            plaintext_size=document.size,
            recipients=mesh.recipients,
            signer=profile.signer,
            chain=profile.chain,
            now=now,
            lifetime=wish.keep,
            token=os.urandom,
        )
        sealer = sealed.body_sealer(os.urandom)
        progress = talk.progress(f"sealing and sending {document.name}")
        receipt = Upload(link, sealed, document, sealer, progress=progress, sleep=time.sleep).run()
        return Done(receipt, sealed, document.name, pages)


def link_of(profile: Profile) -> Link:
    """The way to the profile's mesh. Raises SubmitError `profile-url`."""
    try:
        return Link(profile.url, profile.context)
    except MeshProtocolError as exc:
        raise SubmitError(f"{profile.url!r} is not an https URL", code="profile-url") from exc


def _directory(link: Link, profile: Profile, now: datetime) -> Directory:
    checker = Checker(profile.identity.org_id, profile.anchor, now)
    return answers.expect(link.ask("GET", "/v1/mesh"), 200, checker.directory)


def _attributes(wish: Wish, document: Document, pages: int | None) -> Attributes:
    return Attributes(
        title=wish.title or document.name[:255],
        copies=wish.copies,
        sides=wish.sides,
        color_mode=wish.color_mode,
        media=wish.media,
        pages=pages,
    )


def _counted(pages: int | None) -> str:
    return "" if pages is None else f", {pages} page{'s' if pages > 1 else ''}"
