"""Commands about cards that prove themselves: the site's policy, its card keys, its rules for proven cards."""

import argparse
from pathlib import Path

from tools.edgemesh.administration.remote import Json, rows_of
from tools.edgemesh.administration.talk import InputError, cell
from tools.edgemesh.administration.words import Desk, Group
from tools.edgemesh.cards.book import Policy
from tools.edgemesh.cards.card_keys import Diversify, Method

_CARDS = "/v1/admin/cards"
_MAX_FILE = 4096
_EXAMPLES = """\
  edgemesh card key add campus --aid 421BF5 --key-no 1 --method ev2 --diversify an10922 --key-file campus.key
  edgemesh card policy proof
  edgemesh card rules reverse-bytes hex2dec"""
_NO_KEYPAD = "at a station with neither screen nor keypad whoever shows a mere number is refused (pin-required)"
_EFFECTS = {
    Policy.UID: "A number is enough.",
    Policy.UID_PIN: "A number wants a PIN with it; a card that proves itself does not.",
    Policy.PROOF: "Only cards that prove themselves are let in.",
}


def words(groups: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`card policy`, `card key add`, `card key list`, `card key remove`, `card rules`."""
    card = Group(groups, "card", "cards that prove themselves", _EXAMPLES)
    policy = card.verb("policy", "say what is taken for a badge, or show it", set_policy)
    policy.add_argument("policy", nargs="?", choices=[*map(str, Policy)], metavar="uid|uid-pin|proof")
    rules = card.verb("rules", "say how a proven card's UID becomes its number, or show it", set_rules)
    rules.add_argument("steps", nargs="*", metavar="STEP")
    rules.add_argument("--none", action="store_true", help="its hexadecimal digits are the number")
    key = card.group("key", "the site's card keys")
    key.verb("list", "list them by name, in the order in which they are tried", list_keys)
    key.verb("remove", "forget one", remove_key, confirmed=True).add_argument("name", metavar="NAME")
    add = key.verb("add", "let the mesh ask cards for one more key", add_key)
    add.add_argument("name", metavar="NAME")
    add.add_argument("--aid", required=True, metavar="HEX", help="the application: 3 bytes, as they are sent")
    add.add_argument("--key-no", required=True, type=int, metavar="N", help="the key's number in it, 0 to 13")
    add.add_argument("--method", choices=[*map(str, Method)], default=str(Method.EV2), help="(default: ev2)")
    diversify = [*map(str, Diversify)]
    add.add_argument("--diversify", choices=diversify, default=str(Diversify.AN10922), help="(default: an10922)")
    add.add_argument("--system-id", default="", metavar="HEX", help="for an10922: the system identifier")
    add.add_argument("--key-file", required=True, metavar="FILE", help="32 hex digits; - for stdin")


def set_policy(desk: Desk) -> None:
    given = desk.arguments.policy
    answer = desk.mesh.ask("vault", "POST", f"{_CARDS}/policy", {"policy": given}) if given else _all(desk)
    policy = cell(answer.get("policy"))
    if given == Policy.UID_PIN:
        desk.talk.warn(_NO_KEYPAD)
    effect = _EFFECTS[Policy(policy)] if policy in set(Policy) else ""
    desk.talk.result(f"The policy is {policy}. {effect}".rstrip(), answer)


def set_rules(desk: Desk) -> None:
    steps, clear = desk.arguments.steps, desk.arguments.none
    if steps and clear:
        raise InputError("either steps or --none")
    answer = desk.mesh.ask("vault", "POST", f"{_CARDS}/rules", {"rules": steps}) if steps or clear else _all(desk)
    found = answer.get("rules")
    steps = [cell(step) for step in found] if isinstance(found, list) else []
    desk.talk.result("\n".join(steps) or "Its hexadecimal digits are a proven card's number.", answer)


def list_keys(desk: Desk) -> None:
    rows = rows_of(_all(desk), "keys")
    desk.talk.table("keys", rows, ("name", "aid", "key_no", "method", "diversify", "system_id"))


def remove_key(desk: Desk) -> None:
    name = desk.arguments.name
    desk.talk.confirm(f"Cards with the key {name} cannot prove themselves any more.", name)
    desk.mesh.ask("vault", "DELETE", f"{_CARDS}/keys", name=name)
    desk.talk.result(f"The key {name} is forgotten.", {"name": name, "removed": True})


def add_key(desk: Desk) -> None:
    """The key never stands in the words: other people of the machine could read it there."""
    given = desk.arguments
    body = {
        "name": given.name,
        "aid": given.aid,
        "key_no": given.key_no,
        "method": given.method,
        "diversify": given.diversify,
        "system_id": given.system_id,
        "key": desk.talk.secret("Card key") if given.key_file == "-" else _key_in(Path(given.key_file)),
    }
    answer = desk.mesh.ask("vault", "POST", f"{_CARDS}/keys", body)
    desk.talk.result(f"The mesh has the key {given.name} now.", answer)


def _key_in(path: Path) -> str:
    """What is in the file without blanks. Raises `InputError`, which says nothing of it."""
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_FILE).decode("ascii")
    except OSError as exc:
        raise InputError(f"{path}: {exc.strerror}") from exc
    except UnicodeDecodeError:
        raise InputError(f"{path}: 32 hex digits are wanted") from None
    return "".join(text.split())


def _all(desk: Desk) -> Json:
    return desk.mesh.ask("vault", "GET", _CARDS)
