"""`lockgate-submit delegate`: lets somebody else release one's jobs for a while, lists whom, and ends it."""

import argparse
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from urllib.parse import quote

from firmware.mesh import answers
from firmware.mesh.decode import Fields
from firmware.vault import delegation, signing
from firmware.vault.delegation import LONGEST, Delegation
from firmware.vault.fields import encode_octets, encode_time
from firmware.vault.identity import is_user
from tools.submit import membership
from tools.submit import profile as profiles
from tools.submit.errors import EXITS, SubmitError
from tools.submit.profile import Profile
from tools.submit.submit import link_of
from tools.submit.talk import Talk

NAME = "delegate"
SKEW = timedelta(minutes=2)
"""By how much this computer's clock may be ahead of the mesh's."""
_MOST = 1000
_ID = re.compile(r"d-[0-9a-f]{32}")

DESCRIPTION = """\
Lets somebody else release the jobs that you have held, until the end of a day (UTC). Signed on this computer, and
checked by the mesh, its key holders and the station at each release."""

EPILOG = """\
examples:
  lockgate-submit delegate --to ben --until 2026-12-01
  lockgate-submit delegate --list
  lockgate-submit delegate --end d-0123456789abcdef0123456789abcdef

exit status:
{exits}"""


@dataclass(frozen=True, slots=True)
class DelegateWish:
    """What was asked for; `act` does it."""

    act: "Callable[[DelegateWish, Path, Talk], None]"
    profile: Path | None
    json: bool
    mesh: str | None
    user: str | None = field(repr=False)
    to: str = field(default="", repr=False)
    until: date | None = None
    end: str = ""


def parse(words: list[str]) -> DelegateWish:
    """The wish in the words after `delegate`; ends the program where there is none (2), or help was asked for (0)."""
    parser = _parser()
    found = parser.parse_args(words)
    act = end if found.end else list_own if found.list else give
    if (act is give) != bool(found.to and found.until) or (act is not give and (found.to or found.until)):
        parser.error("say --to and --until, or --list, or --end")
    return DelegateWish(
        act, found.profile, found.json, found.mesh, found.user, found.to or "", found.until, found.end or ""
    )


def _parser() -> argparse.ArgumentParser:
    exits = "\n".join(f"  {status.value:<3} {words}" for status, words in EXITS.items())
    parser = argparse.ArgumentParser(
        prog=f"lockgate-submit {NAME}",
        description=DESCRIPTION,
        epilog=EPILOG.format(exits=exits),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--to", metavar="USER", type=_user, help="who may release your jobs")
    parser.add_argument("--until", metavar="DAY", type=_day, help="the last day, such as 2026-12-01; at most a year on")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--list", action="store_true", help="those that have not ended")
    which.add_argument("--end", metavar="ID", type=_id, help="end one, now")
    parser.add_argument("--user", metavar="NAME", help="whose jobs (default: the one in the certificate)")
    parser.add_argument("--profile", type=Path, metavar="DIR", help="who this computer is (default: $LOCKGATE_PROFILE)")
    parser.add_argument("--mesh", metavar="URL", help="where the mesh answers (default: as mesh.toml says)")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout, for success and failure alike")
    return parser


def _user(text: str) -> str:
    if not is_user(text):
        raise argparse.ArgumentTypeError("a person's name is 1 to 128 printable characters")
    return text


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError("a day such as 2026-12-01 is wanted") from exc


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise argparse.ArgumentTypeError("an id such as --list shows is wanted")
    return text


def give(wish: DelegateWish, directory: Path, talk: Talk) -> None:
    """Sign one and hand it in. Raises LockgateError."""
    now = datetime.now(UTC)
    profile = _profile(wish, directory, now, talk)
    given = made(profile, profile.owner(wish.user), wish.to, wish.until or now.date(), now)
    raw = delegation.encode(given)
    body = {
        "delegation": encode_octets(raw),
        "delegation_signature": encode_octets(profile.signer.sign(signing.DELEGATION, raw)),
        "delegation_chain": [encode_octets(der) for der in profile.chain],
    }
    line = answers.expect(link_of(profile).ask("POST", "/v1/delegations", body), 201, _line)
    talk.result(str(line["delegation"]), line)
    talk.say(f"{wish.to} may release the jobs of {given.owner} until {encode_time(given.ends)}")


def made(profile: Profile, owner: str, to: str, until: date, now: datetime) -> Delegation:
    """A delegation to the end of that day. Raises SubmitError `delegation-dates`."""
    begins = max(profile.identity.not_before, now - SKEW).replace(microsecond=0)
    if not now.date() <= until <= (now + LONGEST).date():
        raise SubmitError("the last day is today or later, and at most a year on", code="delegation-dates")
    ends = min(datetime.combine(until + timedelta(days=1), time(), UTC), begins + LONGEST)
    return Delegation(profile.identity.org_id, f"d-{os.urandom(16).hex()}", owner, to, begins, ends)


def list_own(wish: DelegateWish, directory: Path, talk: Talk) -> None:
    """Those of this computer's people. Raises LockgateError."""
    profile = _profile(wish, directory, datetime.now(UTC), talk)
    found = answers.expect(link_of(profile).ask("GET", "/v1/delegations"), 200, _lines)
    words = "\n".join(f"{one['delegation']}  {one['owner']} -> {one['delegate']}  until {one['ends']}" for one in found)
    talk.result(words or "none", {"delegations": found})


def end(wish: DelegateWish, directory: Path, talk: Talk) -> None:
    """End one. Raises LockgateError."""
    profile = _profile(wish, directory, datetime.now(UTC), talk)
    reply = link_of(profile).ask("DELETE", f"/v1/delegations/{quote(wish.end, safe='')}")
    if reply.status != 204:
        raise answers.problem(reply)
    talk.result(f"ended: {wish.end}", {"delegation": wish.end})


def _profile(wish: DelegateWish, directory: Path, now: datetime, talk: Talk) -> Profile:
    membership.refresh(directory, talk)
    return profiles.load(directory, wish.mesh, now)


def _line(fields: Fields) -> dict[str, object]:
    return {
        "delegation": fields.id("delegation"),
        "owner": answers.printable(fields.text("owner", 128)),
        "delegate": answers.printable(fields.text("delegate", 128)),
        "begins": encode_time(fields.moment("begins")),
        "ends": encode_time(fields.moment("ends")),
    }


def _lines(fields: Fields) -> list[dict[str, object]]:
    return fields.readable("delegations", _MOST, _line)[0]
