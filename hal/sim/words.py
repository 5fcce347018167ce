"""The vocabulary of stories, shell, tests and demo: plain words in, `commands` out. The one table of it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import takewhile

from hal.sim.commands import Command, Computer, JumpClock, Plain, Wait
from hal.sim.commands_mesh import MeshAdds, MeshCuts, MeshFlips, SlowMesh
from hal.sim.commands_office import (
    Delegate,
    EndDelegations,
    IssueCode,
    Part,
    Restore,
    RestorePart,
    Revocable,
    Revoke,
    SetCardPolicy,
    SetPin,
    WithdrawPart,
)
from hal.sim.commands_person import Associate, CameOut, Choose, EnterPin, Hand, HoldCard, Submit, TapBadge
from hal.sim.commands_printer import (
    Jam,
    OutputTakes,
    PrinterCuts,
    PrinterIs,
    PrinterLacks,
    PrinterRefuses,
    PrinterSays,
    TrayHas,
)
from hal.sim.printer_faults import Ability, Counting, CutLeaves, PowerCut
from hal.sim.printer_reasons import is_reason

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
CALENDAR = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0, "year": 365.25 * 86400.0}
MAX_WAIT = 31 * 24 * 3600.0
MOST_HINTS = 8


class WordsError(ValueError):
    """Words that are no command, with what comes nearest."""

    code = "words-unknown"

    def __init__(self, words: str, hint: str) -> None:
        super().__init__(f"{self.code}: {words!r}: {hint}")
        self.words = words
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Row:
    """`usage` is also the pattern: `<name>` stands for one of `SLOTS`, `[…]` may be left out."""

    usage: str
    make: Callable[..., Command]


def _duration(text: str) -> float:
    seconds = sum(float(number) * SECONDS[unit] for number, unit in re.findall(r"([\d.]+)(ms|s|m|h)", text))
    if seconds > MAX_WAIT:
        raise ValueError("no more than 31 days")
    return round(seconds, 3)


def _span(text: str) -> float:
    number, unit = text.lower().split()
    return int(number) * CALENDAR[unit.removesuffix("s")]


def _count(text: str) -> int:
    if int(text) == 0:
        raise ValueError("count from 1")
    return int(text)


def _places(text: str) -> tuple[int, ...] | None:
    return None if text.lower() == "all" else tuple(_count(number) for number in re.findall(r"\d+", text))


def _reason(text: str) -> str:
    if not is_reason(text.lower()):
        raise ValueError("not in the IANA registry of printer-state-reasons")
    return text.lower()


def _tray(text: str) -> int:
    if int(text) not in (1, 2):
        raise ValueError("there are trays 1 and 2")
    return int(text)


SLOTS: dict[str, tuple[str, Callable[[str], object]]] = {
    "text": (r"[!-~]+(?: [!-~]+)*", str),
    "uid": (r"(?:[0-9a-f]{8}|[0-9a-f]{14}|[0-9a-f]{20})", bytes.fromhex),
    "policy": (r"uid|uid-pin|proof", str.lower),
    "user": (r"[!-~]+", str),
    "owner": (r"[!-~]+", str),
    "digits": (r"[0-9]{1,16}", str),
    "format": (r"[a-z0-9.+-]+/[a-z0-9.+-]+", str.lower),
    "n": (r"[0-9]{1,6}", _count),
    "bytes": (r"[0-9]{1,12}", int),
    "count": (r"[0-9]{1,6}", int),
    "duration": (r"(?:[0-9]{1,7}(?:\.[0-9]{1,3})?(?:ms|s|m|h))+", _duration),
    "span": (rf"[+-][0-9]{{1,4}} (?:{'|'.join(CALENDAR)})s?", _span),
    "places": (r"all|[0-9]{1,4}(?:[ ,]+[0-9]{1,4})*", _places),
    "reason": (r"[a-z]+(?:-[a-z]+)*", _reason),
    "tray": (r"[0-9]{1,2}", _tray),
    "media": (r"[a-z][a-z0-9._-]{0,60}", str.lower),
    "counting": ("|".join(Counting), lambda text: Counting(text.lower())),
    "leaves": ("|".join(CutLeaves), lambda text: CutLeaves(text.lower())),
    "power": ("|".join(PowerCut), lambda text: PowerCut(text.lower())),
    "ability": ("|".join(Ability), lambda text: Ability(text.lower())),
    "part": ("|".join(Part), lambda text: Part(text.lower())),
}

TABLE = (
    Row("tap <text>", TapBadge),
    Row("hold card <uid>", HoldCard),
    Row("brush card <uid>", lambda uid: HoldCard(uid, Hand.BRUSHED)),
    Row("hold clone of card <uid>", lambda uid: HoldCard(uid, Hand.CLONE)),
    Row("hold blank copy of card <uid>", lambda uid: HoldCard(uid, Hand.BLANK)),
    Row("card policy <policy>", SetCardPolicy),
    Row("jam", Jam),
    Row("jam at page <n>", Jam),
    Row("printer refuses <format>", PrinterRefuses),
    Row("printer cuts after <bytes> bytes", PrinterCuts),
    Row("printer calls cut jobs <leaves>", lambda leaves: PrinterIs("cut_leaves", leaves)),
    Row("printer busy", lambda: PrinterIs("busy", value=True)),
    Row("printer takes one job", lambda: PrinterIs("one_job", value=True)),
    Row("printer <power>", lambda power: PrinterIs("power_cut", power)),
    Row("printer counts <counting>", lambda counting: PrinterIs("counting", counting)),
    Row("printer sleeps <duration>", lambda seconds: PrinterIs("sleeps", seconds)),
    Row("printer warms up <duration>", lambda seconds: PrinterIs("warm_up", seconds)),
    Row("printer answers in <duration>", lambda seconds: PrinterIs("slow", seconds)),
    Row("printer clock <span>", lambda span: PrinterIs("clock_error", span)),
    Row("printer lacks <ability>", PrinterLacks),
    Row("printer says <reason>", PrinterSays),
    Row("printer no longer says <reason>", lambda reason: PrinterSays(reason, shows=False)),
    Row("tray <tray> has <n> sheets", TrayHas),
    Row("tray <tray> holds <media>", lambda tray, media: TrayHas(tray, media=media)),
    Row("output takes <n> sheets", OutputTakes),
    Row("mesh cuts after <bytes> bytes", MeshCuts),
    Row("mesh flips byte <bytes>", MeshFlips),
    Row("mesh adds <bytes> bytes", MeshAdds),
    Row("slow mesh <duration>", SlowMesh),
    Row("clock <span>", lambda span: JumpClock(Computer.STATION, span)),
    Row("mesh clock <span>", lambda span: JumpClock(Computer.MESH, span)),
    Row("withdraw <part> [part]", WithdrawPart),
    Row("restore <part> [part]", RestorePart),
    Row("revoke badge <text>", lambda text: Revoke(Revocable.BADGE, text)),
    Row("revoke user <user>", lambda user: Revoke(Revocable.USER, user)),
    Row("revoke station", lambda: Revoke(Revocable.STATION)),
    Row("revoke node", lambda: Revoke(Revocable.NODE)),
    Row("revoke client", lambda: Revoke(Revocable.CLIENT)),
    Row("restore user <user>", lambda user: Restore(Revocable.USER, user)),
    Row("restore badge <text>", lambda text: Restore(Revocable.BADGE, text)),
    Row("pin <digits>", EnterPin),
    Row("associate <user>", Associate),
    Row("associate <user> <digits>", Associate),
    Row("set pin <digits> for <user>", lambda digits, user: SetPin(user, digits)),
    Row("issue code for <user>", IssueCode),
    Row("delegate from <owner> to <user> for <duration>", Delegate),
    Row("end delegations of <user>", EndDelegations),
    Row("submit <n> [page] [pages] as <user>", Submit),
    Row("submit <n> [page] [pages] two-sided as <user>", lambda n, user: Submit(n, user, "two-sided-long-edge")),
    Row("choose <places>", Choose),
    Row("rest", lambda: Choose(None, rest=True)),
    Row("rest of <places>", lambda places: Choose(places, rest=True)),
    Row("pages <count>", CameOut),
    Row("wait <duration>", Wait),
    *(Row(plain.value, lambda plain=plain: plain) for plain in Plain),
)


def parse(words: str) -> Command:
    """The command that `words` say. Case and extra blanks do not matter outside names and badges.
    Raises `WordsError`, whose text says what would have been understood."""
    said = " ".join(words.split())
    for row, pattern in _PATTERNS:
        found = pattern.fullmatch(said)
        if found:
            return _make(row, said, found.groupdict())
    raise WordsError(words, _hint(said))


def vocabulary() -> tuple[str, ...]:
    """Every command as it is written, for a help text."""
    return tuple(sorted(row.usage for row in TABLE))


def choices() -> dict[str, tuple[str, ...]]:
    """For a help text: each slot of the vocabulary that is one of a few words, and those."""
    few = {slot: pattern for slot, (pattern, _) in SLOTS.items() if re.fullmatch(r"[a-z -]+(\|[a-z -]+)+", pattern)}
    return {slot: tuple(pattern.split("|")) for slot, pattern in few.items()}


def _make(row: Row, said: str, slots: dict[str, str]) -> Command:
    try:
        return row.make(*(SLOTS[slot][1](text) for slot, text in slots.items()))
    except ValueError as exc:
        raise WordsError(said, f"{row.usage}: {exc}") from exc


def _hint(said: str) -> str:
    """Commands that begin alike for the longest, else the nearest in spelling."""
    words = said.lower().split()
    longest = max(_alike(row.usage, words) for row in TABLE)
    near = [row.usage for row in TABLE if _alike(row.usage, words) == longest]
    if longest == 0 or len(near) > MOST_HINTS:
        near = get_close_matches(said.lower(), near, n=3, cutoff=0.0 if longest else 0.5)
    return f"did you mean {' | '.join(near)}?{_where(near)}" if near else f"say one of {' | '.join(vocabulary())}"


def _alike(usage: str, words: list[str]) -> int:
    """How many words they have in common at the beginning."""
    pairs = zip(usage.split(), words, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _where(near: list[str]) -> str:
    """What the slots of these take, where that is one of a few words."""
    told = (f" <{slot}> is {', '.join(few)}." for slot, few in choices().items() if f"<{slot}>" in " ".join(near))
    return "".join(told)


def _pattern(usage: str) -> re.Pattern[str]:
    """`submit <n> [pages]` becomes `submit (?P<n>…)(?: pages)?`."""
    parts = []
    for word in usage.split():
        slot = word[1:-1]
        if word.startswith("<"):
            parts.append(f" (?P<{slot}>{SLOTS[slot][0]})")
        else:
            parts.append(f"(?: {slot})?" if word.startswith("[") else f" {word}")
    return re.compile("".join(parts)[1:], re.IGNORECASE | re.ASCII)


_PATTERNS = tuple((row, _pattern(row.usage)) for row in TABLE)
