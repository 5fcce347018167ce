"""Commands about receipts: those of a job, from the mesh, and a file of one, with nothing but the CA certificate."""

import argparse
from pathlib import Path

from firmware.mesh.decode import Fields
from firmware.vault.identity import TrustAnchor
from firmware.vault.receipt_form import MAX_BYTES
from tools.edgemesh.administration.given import anchor_in, start_of
from tools.edgemesh.administration.words import Desk, Group, Words
from tools.submit.receipt_words import proven, sentence, values
from tools.submit.receipts import answered, standing, write_newest


def job_words(job: Group) -> None:
    """`job receipt`."""
    shown = job.verb("receipt", "show what stations signed of a job, and verify it", show)
    shown.add_argument("job", metavar="JOB")
    shown.add_argument("--out", type=Path, metavar="FILE", help="write the newest one into this new file")


def words(groups: "argparse._SubParsersAction[Words]") -> None:
    """`receipt`."""
    examples = "  edgemesh receipt verify receipt.json --ca ca.pem"
    receipt = Group(groups, "receipt", "what stations signed of their releases", examples)
    check = receipt.local("verify", "verify a file of a receipt, without asking anybody", verify_file)
    check.add_argument("file", type=Path, metavar="FILE")
    check.add_argument("--ca", type=Path, required=True, metavar="FILE", help="the organisation's CA certificate")


def show(desk: Desk) -> None:
    job: str = desk.arguments.job
    told = answered(Fields(desk.mesh.ask("vault", "GET", f"/v1/admin/jobs/{job}/receipts"), "answer"))
    anchor = TrustAnchor(desk.mesh.profile.ca_pem)
    found = [proven(file, anchor, job) for file in told.files]
    if desk.arguments.out is not None:
        write_newest(desk.arguments.out, told.files)
    about = {"job": job, "state": told.state or None, "pages_out": told.pages_out}
    said = "\n\n".join(text for text in (standing(told.state, told.pages_out), *map(sentence, found)) if text)
    desk.talk.result(said, about | {"receipts": [values(one) for one in found]})
    if not found:
        desk.talk.say("No station has given a receipt for it.")


def verify_file(desk: Desk) -> None:
    longest = MAX_BYTES + 1  # one more than there may be: then it is refused, whatever follows
    content = start_of(desk.arguments.file, longest, "receipt-unreadable")
    found = proven(content, anchor_in(desk.arguments.ca))
    desk.talk.result(sentence(found), values(found))
