"""`lockgate-submit pair` and `status`: how this computer joins, who it is, and how it stays a member."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from pathlib import Path

from firmware.errors import LockgateError
from firmware.pairing.applicant import Applicant
from firmware.pairing.port import CodeNotice
from firmware.vault.fields import encode_time
from firmware.vault.identity import Identity, Kind
from tools.pairing_client.directory import IdentityDirectory
from tools.submit import profile as profiles
from tools.submit.errors import EXITS, SubmitError
from tools.submit.talk import Talk

EPILOG = """\
examples:
  lockgate-submit pair --mesh https://mesh.example:8443 --name my-laptop --user ada
  lockgate-submit pair --provision provision.toml
  lockgate-submit status --json

exit status:
{exits}"""


@dataclass(frozen=True, slots=True)
class MemberWish:
    """What was asked for; `act` does it."""

    act: "Callable[[MemberWish, Path, Talk], None]"
    profile: Path | None
    json: bool
    mesh: str = ""
    name: str = ""
    users: tuple[str, ...] = field(repr=False, default=())
    provision: Path | None = None


def parse(words: list[str]) -> MemberWish:
    """The wish; ends the program where there is none (2), or help was asked for (0)."""
    parser = _parser(words[0])
    found = parser.parse_args(words[1:])
    act = COMMANDS[words[0]]
    if words[0] == "status":
        return MemberWish(act, found.profile, found.json)
    if not found.provision and not (found.mesh and found.name and found.user):
        parser.error("say --mesh, --name and --user, or --provision")
    users = tuple(found.user or ())
    return MemberWish(act, found.profile, found.json, found.mesh or "", found.name or "", users, found.provision)


def _parser(command: str) -> argparse.ArgumentParser:
    exits = "\n".join(f"  {status.value:<3} {words}" for status, words in EXITS.items())
    parser = argparse.ArgumentParser(
        prog=f"lockgate-submit {command}",
        description=WORDS[command],
        epilog=EPILOG.format(exits=exits),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if command == "pair":
        parser.add_argument("--mesh", metavar="URL", help="where the mesh answers")
        parser.add_argument("--name", metavar="NAME", help="what this computer is to be called")
        parser.add_argument("--user", metavar="USER", action="append", help="whom to submit for; may be given again")
        parser.add_argument("--provision", type=Path, metavar="FILE", help="pair unattended by it; it is destroyed")
    parser.add_argument("--profile", type=Path, metavar="DIR", help="where the identity is kept ($LOCKGATE_PROFILE)")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout, for success and failure alike")
    return parser


def pair(wish: MemberWish, directory: Path, talk: Talk) -> None:
    """Join. Raises LockgateError."""
    kept = IdentityDirectory(directory)
    if wish.provision is not None:
        applicant = kept.provisioned(wish.provision, Kind.CLIENT)
    else:
        applicant = Applicant(Kind.CLIENT, wish.name, wish.mesh, users=wish.users)

    def show(notice: CodeNotice | None) -> None:
        if notice is not None:
            minutes = max(1, ceil(notice.seconds / 60))
            talk.say(f"pairing code: {notice.code}")
            talk.say(f"  an administrator types it within {minutes} minutes; the mesh's CA: {notice.fingerprint}")

    identity = kept.pair(applicant, show)
    talk.result(f"paired: {identity.id} of {identity.org_id}, for {_people(identity)}", _values(identity, kept))


def status(_wish: MemberWish, directory: Path, talk: Talk) -> None:
    """Say who this computer is. Raises LockgateError."""
    if not (directory / profiles.CHAIN).exists():
        raise SubmitError(f"there is no identity in {directory}", code="unpaired")
    kept = IdentityDirectory(directory)
    identity = kept.member().identity
    until = f"certificate until {encode_time(identity.not_after)}"
    words = f"{identity.id} of {identity.org_id}, for {_people(identity)}\n{until}\nkeys: {kept.keys.protection}"
    talk.result(words, _values(identity, kept))


def refresh(directory: Path, talk: Talk) -> None:
    """Renew a paired computer's certificate where it is time. Should the mesh not answer, one that is still
    good serves; raises LockgateError once it is over."""
    if not (directory / profiles.PAIRED).exists() or not (directory / profiles.CHAIN).exists():
        return
    kept = IdentityDirectory(directory)
    try:
        kept.renew_if_due()
    except LockgateError as exc:
        if datetime.now(UTC) >= kept.member().identity.not_after:
            raise
        talk.warn(f"the certificate was not renewed: {exc}")


def _people(identity: Identity) -> str:
    return ", ".join(sorted(identity.users)) or "nobody"


def _values(identity: Identity, kept: IdentityDirectory) -> dict[str, object]:
    return {
        "name": identity.id,
        "org_id": identity.org_id,
        "users": sorted(identity.users),
        "valid_until": encode_time(identity.not_after),
        "key_protection": kept.keys.protection,
    }


WORDS = {
    "pair": "Makes this computer a member: shows a code that an administrator types at the mesh.",
    "status": "Says who this computer is, and until when.",
}
COMMANDS: "dict[str, Callable[[MemberWish, Path, Talk], None]]" = {"pair": pair, "status": status}
