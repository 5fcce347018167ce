"""Commands about the audit records: read, export, verify, of the mesh as it runs or of files."""

import argparse
import json
import os
from pathlib import Path

from firmware.audit.arguments import witness_arguments
from firmware.audit.command import remembered, sentences
from firmware.audit.events import AuditEvent, Value
from firmware.audit.material import Material
from firmware.audit.records import HEAD, Entry, RecordError, file_name, parse_entry
from firmware.audit.verify import Report, Witnessed, verify, verify_path
from firmware.errors import LockgateError
from firmware.mesh.port import MeshProtocolError, MeshUnreachableError
from firmware.vault.fields import encode_time
from firmware.vault.identity import TrustAnchor
from tools.edgemesh.administration.exits import Exit
from tools.edgemesh.administration.given import anchor_in
from tools.edgemesh.administration.remote import RoleError
from tools.edgemesh.administration.talk import InputError, cell
from tools.edgemesh.administration.words import Desk, Group, Words
from tools.edgemesh.audits import DIRECTORY
from tools.edgemesh.site import REGISTRAR, holder_of, read_site

_MOST_PAGES = 10_000


def words(groups: "argparse._SubParsersAction[Words]") -> None:
    """`audit`."""
    examples = "  edgemesh audit read vault\n  edgemesh audit verify\n  edgemesh audit verify --dir mesh"
    audit = Group(groups, "audit", "the records that cannot be quietly changed", examples)
    read = audit.verb("read", "print a role's record, oldest entry first", read_record)
    read.add_argument("role", metavar="ROLE", help="vault, org, registrar, or a node's id")
    read.add_argument("--after", type=int, default=0, metavar="N", help="only entries after this one")
    export = audit.verb("export", "write a role's record into a directory that verifies offline", export_record)
    export.add_argument("role", metavar="ROLE")
    export.add_argument("--out", type=Path, required=True, metavar="DIR")
    check = audit.verb("verify", "prove that nothing was changed: at every role, one, or in files", verify_records)
    check.add_argument("role", metavar="ROLE", nargs="?", help="only this role's")
    check.add_argument("--dir", type=Path, metavar="DIR", help="of the mesh in this directory, without asking it")
    check.add_argument("--path", type=Path, metavar="DIR", help="of exported files, with --ca")
    check.add_argument("--holder", default="", help="with --path: whose record it must be, such as vault/vault-1")
    check.add_argument("--ca", type=Path, metavar="FILE", help="the organisation's CA certificate")
    witness_arguments(check)


def _fetched(desk: Desk, role: str, after: int = 0) -> tuple[list[bytes], bytes]:
    """Every line after an entry, and the newest statement of the end."""
    lines: list[bytes] = []
    for _ in range(_MOST_PAGES):
        answer = desk.mesh.ask(role, "GET", f"/v1/admin/audit/{role}", after=str(after))
        page, head = answer.get("lines"), answer.get("head")
        if not isinstance(page, list) or not all(isinstance(line, str) for line in page) or not isinstance(head, str):
            raise MeshProtocolError("the record cannot be read")
        lines += [line.encode() for line in page]
        if answer.get("more") is not True or not page:
            return lines, head.encode()
        after = _sequence(lines[-1], after + len(page))
    raise MeshProtocolError("the record has no end")


def _sequence(line: bytes, counted: int) -> int:
    """Of an entry; of what is none, as far as was counted."""
    found = _entry(line)
    return found.sequence if found else counted


def _entry(line: bytes) -> Entry | None:
    try:
        return parse_entry(line)
    except RecordError:
        return None


def read_record(desk: Desk) -> Exit:
    """What can be read is told, also of a record that somebody was at."""
    lines, _ = _fetched(desk, desk.arguments.role, desk.arguments.after)
    entries = [entry for line in lines if (entry := _entry(line))]
    unreadable = len(lines) - len(entries)
    _tell(desk, entries, unreadable)
    if unreadable:
        desk.talk.warn(
            f"{unreadable} of {len(lines)} lines are no entries: somebody changed them; edgemesh audit verify"
        )
    return Exit.BROKEN if unreadable else Exit.DONE


def _tell(desk: Desk, entries: list[Entry], unreadable: int) -> None:
    if desk.talk.as_json:
        desk.talk.result("", {"entries": [_row(entry) for entry in entries], "unreadable": unreadable})
        return
    for entry in entries:
        first = f"{entry.sequence:>6}  {encode_time(entry.at)}  {entry.event.value:<20}"
        desk.talk.result("  ".join([first, *(f"{name}={cell(value)}" for name, value in _about(entry))]).rstrip(), {})


def _row(entry: Entry) -> dict[str, object]:
    row: dict[str, object] = {"sequence": entry.sequence, "at": encode_time(entry.at), "event": entry.event.value}
    return row | {"fields": dict(_about(entry))}


def _about(entry: Entry) -> list[tuple[str, Value]]:
    """What the event carries, without the certificates."""
    return [(name, value) for name, value in entry.fields.items() if name != "chain"]


def export_record(desk: Desk) -> None:
    out: Path = desk.arguments.out
    if out.exists() and any(out.iterdir()):
        raise InputError(f"{out} is not empty")
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines, head = _fetched(desk, desk.arguments.role)
    material = _material(desk.arguments.role, lines, head)
    for number, content in material.files.items():
        _write(out / file_name(number), content)
    _write(out / HEAD, head + b"\n")
    said = f"{len(lines)} entries of {desk.arguments.role} are in {out}; edgemesh audit verify --path {out} --ca CA.pem"
    desk.talk.result(said, {"role": desk.arguments.role, "entries": len(lines), "out": str(out)})


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _material(role: str, lines: list[bytes], head: bytes) -> Material:
    """The lines in the files that they came from: each begins with an entry that says who signs."""
    try:
        number = int(json.loads(head)["segment"])
    except (ValueError, KeyError, TypeError, RecursionError):
        number = 1
    files: dict[int, bytes] = {}
    for line in lines:
        number += bool(files) and _opens(line)
        files[number] = files.get(number, b"") + line + b"\n"
    return Material(f"{role}: {HEAD}", head, files)


def _opens(line: bytes) -> bool:
    found = _entry(line)
    return found is not None and found.event is AuditEvent.SEGMENT_BEGUN


def verify_records(desk: Desk) -> Exit:
    given, missing = desk.arguments, list[str]()
    if given.dir is not None:
        reports = _of_site(given.dir, given.role, given.witness_from)
    elif given.path is not None:
        if given.ca is None:
            raise InputError("--path wants --ca as well: the files cannot vouch for themselves")
        anchor = anchor_in(given.ca)
        witnessed = remembered(given.witness_from, anchor)
        reports = {str(given.path): verify_path(given.path, anchor, holder=given.holder, witnessed=witnessed)}
    else:
        anchor = TrustAnchor(desk.mesh.profile.ca_pem)
        roles = [given.role] if given.role else sorted(desk.mesh.places)
        witnessed = remembered(given.witness_from, anchor)
        reports = {}
        for role in roles:
            try:
                material = _material(role, *_fetched(desk, role))
                reports[role] = verify(material, anchor, holder=holder_of(role), witnessed=witnessed)
            except LockgateError as exc:
                if given.role or not isinstance(exc, (RoleError, MeshUnreachableError)):
                    raise
                missing.append(role)
                desk.talk.warn(f"{role} cannot be asked: {exc.code}")
    words = "\n".join(f"{role}: {sentences(report)}" for role, report in reports.items())
    desk.talk.result(words, {"records": {role: report.as_json() for role, report in reports.items()}})
    if not all(report.ok for report in reports.values()):
        return Exit.BROKEN
    return Exit.UNREACHABLE if missing else Exit.DONE


def _of_site(directory: Path, role: str | None, witnesses: list[Path]) -> dict[str, Report]:
    """Each is held against what the others remember of it, as well."""
    site = read_site(directory)
    anchor = TrustAnchor(site.ca_file.read_bytes())
    roles = {"vault": "vault", "org": "org", "registrar": REGISTRAR, **{node: node for node in site.nodes}}
    if role is not None and role not in roles:
        raise LockgateError(f"there is no {role}", code="role-unknown")
    places = {name: site.path(directory) / DIRECTORY for name, directory in roles.items()}
    present = [path for path in places.values() if path.is_dir()]
    witnessed = _also_remembered(present, anchor) + remembered(witnesses, anchor)
    wanted = [role] if role else list(roles)
    return {name: verify_path(places[name], anchor, holder=holder_of(name), witnessed=witnessed) for name in wanted}


def _also_remembered(paths: list[Path], anchor: TrustAnchor) -> list[Witnessed]:
    """What they remember of each other; one that is broken is told as such, and is no witness."""
    return [seen for path in paths for seen in verify_path(path, anchor).witnessed]
