"""Commands about jobs, epochs, nodes, and the state of the mesh as a whole."""

import argparse
from datetime import timedelta

from firmware.errors import LockgateError
from firmware.mesh.port import MeshError
from firmware.vault.fields import encode_time
from hal.drivers.system_clock import SystemClock
from tools.edgemesh.administration import on_receipts
from tools.edgemesh.administration.remote import OWN, Json, rows_of
from tools.edgemesh.administration.talk import InputError, cell
from tools.edgemesh.administration.words import Desk, Group, Words, described, remote
from tools.edgemesh.storage.records import Held
from tools.submit.receipts import standing

_JOBS, _EPOCHS = "/v1/admin/jobs", "/v1/admin/epochs"
SOON = timedelta(hours=6)
"""A certificate is renewed a third of a day before its end: one nearer to it belongs to somebody who does not renew."""


def words(groups: "argparse._SubParsersAction[Words]") -> None:
    """`job`, `epoch`, `status`, and `node`, which is returned for what else there is about nodes."""
    job = Group(
        groups,
        "job",
        "held jobs",
        "  edgemesh job list\n"
        "  edgemesh job shred 01900000-0000-7000-8000-000000000000\n"
        "  edgemesh job settle 01900000-0000-7000-8000-000000000000 --not-printed --pages 2\n"
        "  edgemesh job receipt 01900000-0000-7000-8000-000000000000 --out receipt.json",
    )
    job.verb("list", "list them, oldest first", list_jobs).add_argument("--state", help="only those in this state")
    job.verb("shred", "delete its key part, for ever", shred, confirmed=True).add_argument("job", metavar="JOB")
    settle = job.verb("settle", "say how a release of unknown outcome ended", settle_job)
    settle.add_argument("job", metavar="JOB")
    outcome = settle.add_mutually_exclusive_group(required=True)
    outcome.add_argument("--printed", action="store_true", help="it came out: delete it")
    outcome.add_argument("--not-printed", dest="printed", action="store_false", help="it did not: hold it again")
    settle.add_argument("--pages", type=_pages, metavar="N", help="with --not-printed: so many of its pages did")
    on_receipts.job_words(job)
    _epoch(groups)
    remote(described(groups, "status", "how the mesh is", "  edgemesh status"), status)


def _epoch(groups: "argparse._SubParsersAction[Words]") -> None:
    epoch = Group(
        groups, "epoch", "the organisation's keys", "  edgemesh epoch rotate --held rebox\n  edgemesh epoch suspend 3"
    )
    epoch.verb("list", "list them", list_epochs)
    rotate = epoch.verb("rotate", "begin a new one", rotate_epoch, confirmed=True)
    rotate.add_argument(
        "--held",
        choices=[*map(str, Held)],
        default=Held.KEEP,
        help="jobs that are held: keep the old key for them, rebox them to the new key, or shred them (default: keep)",
    )
    for name, text, run in (
        ("suspend", "refuse an epoch's parts, at the next request", suspend),
        ("resume", "give them again", resume),
    ):
        epoch.verb(name, text, run).add_argument("epoch", type=_number, metavar="EPOCH")
    destroy_words = epoch.verb("destroy", "delete its key: its jobs are lost for ever", destroy, confirmed=True)
    destroy_words.add_argument("epoch", type=_number, metavar="EPOCH")


def node_words(node: Group) -> None:
    """`node list`, `node drop`."""
    node.verb("list", "list holding nodes and what they hold", list_nodes)
    drop = node.verb("drop", "withdraw a node's part of one job, for ever", drop_holding, confirmed=True)
    drop.add_argument("job", metavar="JOB")
    drop.add_argument("--node", required=True, metavar="ID")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text)):
        raise argparse.ArgumentTypeError("the number of an epoch is wanted")
    return int(text)


def _pages(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise argparse.ArgumentTypeError("a number of pages is wanted")
    return int(text)


def _jobs(desk: Desk) -> list[Json]:
    return list(desk.mesh.rows("vault", _JOBS, "jobs", "job"))


def list_jobs(desk: Desk) -> None:
    wanted = desk.arguments.state
    rows = [_with_progress(row) for row in _jobs(desk) if wanted in (None, row.get("state"))]
    columns = ("job", "owner", "state", "size", "epoch", "expires", "holders", "station", "reason", "progress")
    desk.talk.table("jobs", rows, columns)


def _with_progress(row: Json) -> Json:
    """With words on how far the job has got, where anything of it is known to have come out."""
    pages = row.get("pages_out")
    return row | {"progress": standing(str(row.get("state")), pages)} if isinstance(pages, int) else row


def shred(desk: Desk) -> None:
    job = desk.arguments.job
    desk.talk.confirm(f"Nobody can print {job} any more.", "shred")
    answer = desk.mesh.ask("vault", "POST", f"{_JOBS}/{job}/shred")
    desk.talk.result(f"The key part of {job} is gone.", answer)


def settle_job(desk: Desk) -> None:
    job = desk.arguments.job
    if desk.arguments.printed and desk.arguments.pages is not None:
        raise InputError("--pages is for what was not printed in full: say --not-printed")
    word = {"printed": desk.arguments.printed}
    word |= {} if desk.arguments.pages is None else {"pages": desk.arguments.pages}
    answer = desk.mesh.ask("vault", "POST", f"{_JOBS}/{job}/settlement", word)
    desk.talk.result(f"{job} is {answer.get('state')} now.", answer)


def list_epochs(desk: Desk) -> None:
    rows = rows_of(desk.mesh.ask("org", "GET", _EPOCHS), "epochs")
    desk.talk.table("epochs", rows, ("epoch", "state", "held", "not_after"))


def rotate_epoch(desk: Desk) -> None:
    held = desk.arguments.held
    if held == Held.SHRED:
        desk.talk.confirm("Every job that is held now is shredded.", "shred")
    answer = desk.mesh.ask("org", "POST", _EPOCHS, {"held": held})
    desk.talk.result(f"Epoch {answer.get('epoch')} has begun.", answer)


def suspend(desk: Desk) -> None:
    _change(desk, "suspended", "is suspended")


def resume(desk: Desk) -> None:
    _change(desk, "active", "gives its parts again")


def destroy(desk: Desk) -> None:
    epoch = desk.arguments.epoch
    desk.talk.confirm(f"Every job that is sealed to epoch {epoch} is lost for ever.", f"epoch {epoch}")
    _change(desk, "destroyed", "is destroyed")


def _change(desk: Desk, state: str, done: str) -> None:
    epoch = desk.arguments.epoch
    answer = desk.mesh.ask("org", "POST", f"{_EPOCHS}/{epoch}/state", {"state": state})
    desk.talk.result(f"Epoch {epoch} {done}.", answer)


def list_nodes(desk: Desk) -> None:
    jobs = _jobs(desk)
    held = [node for row in jobs for node in row.get("holders", [])]
    names = sorted(desk.mesh.places.keys() - OWN)
    rows: list[Json] = [
        {"node": name, "url": desk.mesh.places[name], "jobs": held.count(name), "answers": _health(desk, name)}
        for name in names
    ]
    desk.talk.table("nodes", rows, ("node", "url", "jobs", "answers"))


def drop_holding(desk: Desk) -> None:
    job, node = desk.arguments.job, desk.arguments.node
    desk.talk.confirm(f"{node} deletes what it has of {job} and never gives its part again.", node)
    desk.mesh.ask(node, "POST", f"/v1/admin/holdings/{job}/drop", node=node)
    desk.talk.result(f"{node} refuses its part of {job} from now on.", {"job": job, "node": node})


def status(desk: Desk) -> None:
    """Every role is asked; one that does not answer is part of the answer."""
    roles = {name: _health(desk, name) for name in sorted(desk.mesh.places)}
    epochs = _told(desk, "org", _EPOCHS, "epochs")
    members = _told(desk, "registrar", "/v1/admin/members", "members")
    waiting = _told(desk, "registrar", "/v1/admin/enrolments", "enrolments")
    denials = _numbers(desk)
    late = [f"{one.get('kind')}/{one.get('id')}" for one in members if _is_late(one)]
    current = next((one for one in epochs if not one.get("held")), {})
    found: Json = {
        "roles": roles,
        "denials": denials,
        "epoch": current.get("epoch"),
        "epoch_state": current.get("state"),
        "members": len(members),
        "not_renewing": late,
        "pending": [f"{one.get('kind')}/{one.get('name')}" for one in waiting],
        "keys": desk.mesh.ask("vault", "GET", "/v1/admin/roles").get("protection"),
    }
    desk.talk.result("\n".join(f"{name.replace('_', ' ')}: {_shown(value)}" for name, value in found.items()), found)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {cell(one)}" for name, one in value.items()) or "-"
    return cell(value)


def _health(desk: Desk, role: str) -> str:
    try:
        desk.mesh.ask(role, "GET", "/v1/health")
    except LockgateError as exc:
        return exc.code
    return "ok"


def _told(desk: Desk, role: str, path: str, name: str) -> list[Json]:
    try:
        return rows_of(desk.mesh.ask(role, "GET", path), name)
    except MeshError:
        raise
    except LockgateError as exc:
        desk.talk.warn(f"{role} does not say: {exc}")
        return []


def _numbers(desk: Desk) -> Json:
    """How new a deny list the registrar has issued."""
    try:
        answer = desk.mesh.ask("registrar", "GET", "/v1/admin/denials")
    except LockgateError as exc:
        return {"error": exc.code}
    return {"number": answer.get("number"), "names": len(rows_of(answer, "denials"))}


def _is_late(member: Json) -> bool:
    soon = encode_time(SystemClock().now() + SOON)  # times in one form compare as texts
    return member.get("state") == "active" and str(member.get("not_after", "")) < soon
