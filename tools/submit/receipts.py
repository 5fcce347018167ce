"""`lockgate-submit receipt`: how far a job of one's own has got, and the station's signed word on what was printed."""

import argparse
import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from firmware.mesh import answers
from firmware.mesh.decode import Fields
from firmware.mesh.port import MeshProtocolError
from firmware.vault.receipt_form import MAX_BYTES
from tools.submit import membership
from tools.submit import profile as profiles
from tools.submit.errors import EXITS, Exit, SubmitError
from tools.submit.receipt_words import proven, sentence, values
from tools.submit.submit import link_of
from tools.submit.talk import Talk

NAME = "receipt"
_MOST = 1000
_MOST_PAGES = 2**53 - 1

OWN_EXITS = {
    Exit.HELD: "what stations signed of it was shown, each receipt proven; or that there is none yet",
    Exit.REFUSED: "the mesh refused: this computer has no such job",
}
"""What differs from submitting."""

DESCRIPTION = """\
Says what became of a job of yours: for each time it was released, what the station signed of it, checked on this
computer. The file that --out writes proves itself to whoever has the organisation's CA certificate."""

EPILOG = """\
examples:
  lockgate-submit receipt 01900000-0000-7000-8000-000000000000
  lockgate-submit receipt 01900000-0000-7000-8000-000000000000 --out receipt.json

exit status:
{exits}"""


@dataclass(frozen=True, slots=True)
class ReceiptWish:
    """What was asked for."""

    job: str
    out: Path | None
    profile: Path | None
    mesh: str | None
    json: bool


@dataclass(frozen=True, slots=True)
class Told:
    """The mesh's answer: the job's state, empty once it is forgotten, and the files of its receipts, oldest first."""

    state: str
    pages_out: int | None
    files: tuple[bytes, ...]


def parse(words: list[str]) -> ReceiptWish:
    """The wish in the words after `receipt`; ends the program where there is none (2), or help was asked for (0)."""
    exits = "\n".join(f"  {status.value:<3} {words}" for status, words in (EXITS | OWN_EXITS).items())
    parser = argparse.ArgumentParser(
        prog=f"lockgate-submit {NAME}",
        description=DESCRIPTION,
        epilog=EPILOG.format(exits=exits),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("job", metavar="JOB", type=_job, help="the id that was printed when it was submitted")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the newest receipt into this new file")
    parser.add_argument("--profile", type=Path, metavar="DIR", help="who this computer is (default: $LOCKGATE_PROFILE)")
    parser.add_argument("--mesh", metavar="URL", help="where the mesh answers (default: as mesh.toml says)")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout, for success and failure alike")
    found = parser.parse_args(words)
    return ReceiptWish(found.job, found.out, found.profile, found.mesh, found.json)


def _job(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError as exc:
        raise argparse.ArgumentTypeError("a job's id is wanted, as it was printed when it was submitted") from exc


def show(wish: ReceiptWish, directory: Path, talk: Talk) -> None:
    """Ask, verify, tell. Raises LockgateError."""
    membership.refresh(directory, talk)
    profile = profiles.load(directory, wish.mesh, datetime.now(UTC))
    told = answers.expect(link_of(profile).ask("GET", f"/v1/jobs/{wish.job}/receipts"), 200, answered)
    found = [proven(file, profile.anchor, wish.job) for file in told.files]
    if wish.out is not None:
        write_newest(wish.out, told.files)
    about = {"job": wish.job, "state": told.state or None, "pages_out": told.pages_out}
    words = [standing(told.state, told.pages_out), *map(sentence, found)]
    talk.result("\n\n".join(word for word in words if word), about | {"receipts": [values(one) for one in found]})


def answered(fields: Fields) -> Told:
    """GET /v1/jobs/{job}/receipts, 200. One that cannot be read is none that could be shown: all of it is refused."""
    state = fields.text("state", 32) if fields.optional("state") else ""
    pages = fields.number("pages_out", 1, _MOST_PAGES) if fields.optional("pages_out") else None
    files, unreadable = fields.readable("receipts", _MOST, lambda one: one.octets("receipt", MAX_BYTES))
    if unreadable:
        raise MeshProtocolError("answer.receipts is not what the interface says")
    return Told(state, pages, tuple(files))


def standing(state: str, pages_out: int | None) -> str:
    """How a job stands, and how far it has got, in a few words."""
    if pages_out is None or state not in ("held", "released", "unknown"):
        return answers.printable(state)
    if state == "held":
        return f"held again after page {pages_out}"
    return f"{state}, at least as far as page {pages_out}"


def write_newest(path: Path, files: tuple[bytes, ...]) -> None:
    """Into a file that was not there. Raises SubmitError `receipt-unknown`, `receipt-unwritten`."""
    if not files:
        raise SubmitError("no station has given a receipt for this job", code="receipt-unknown")
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(files[-1])
    except OSError as exc:
        raise SubmitError(f"{path}: {exc.strerror}", code="receipt-unwritten") from exc
