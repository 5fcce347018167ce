"""Rules for card numbers, what cards bring to them, and Wiegand frames."""

from random import Random

from firmware.badges.number import BadgeUnreadableError
from firmware.badges.raw import RawRead
from firmware.badges.rules import RuleError, Rules
from firmware.badges.solver import Known, solve
from firmware.badges.steps import KINDS
from firmware.badges.value import Bits
from firmware.badges.wiegand import FORMATS, decode, encode
from firmware.pairing.announced import KIND, read_url
from firmware.printer_approval import ApprovalError, approve, approved, pinned, read_approval
from firmware.reader_health import HealthError, read_health
from firmware.rule_store import RuleStoreError, read_stored, store, stored
from hal.drivers.dns_sd_printers import ENCRYPTED, read_advertised
from hal.ports.nearby import Service
from hal.sim.storage import SimStorage
from tests.fuzz.target import Target, named, text

EXAMPLES = tuple(kind.example[0] for kind in KINDS)
CHAINS = tuple(Rules.parse(steps) for steps in ((), *((step,) for step in EXAMPLES), EXAMPLES))


def _rules(data: bytes) -> str:
    """A line is a step; a rule that can be is then tried."""
    return Rules.parse(text(data).split("\n")).apply(RawRead(b"3934364542443238"))


def _card(data: bytes) -> object:
    """As text, as bits, as bits of which the last few do not count; through every step."""
    reads = (RawRead(data), RawRead(data, False), RawRead(data, False, max(1, len(data) * 8 - 5)))
    return [_number(rules, raw) for rules in CHAINS for raw in reads]


def _number(rules: Rules, raw: RawRead) -> str:
    try:
        return rules.apply(raw)
    except BadgeUnreadableError as exc:
        return exc.detail


def _frame(data: bytes) -> object:
    """The first byte says how many bits there are; a frame that is taken is the one that its numbers make."""
    count = data[0] if data else 0
    frame = Bits(int.from_bytes(data[1:]) & ((1 << count) - 1), count)
    name = next((name for name, one in FORMATS.items() if one.bits == count), "H10304")
    said = decode(name, frame)
    assert encode(said) == frame
    return said


def _stored(data: bytes) -> None:
    """What is taken is written again, and is the same then."""
    rules, medium = read_stored(data), SimStorage(Random(1))  # noqa: S311 - no fault is wanted of it
    store(medium, rules)
    assert stored(medium) == rules


def _approved(data: bytes) -> None:
    """What is taken is written again, and is gone by then."""
    found, medium = read_approval(data), SimStorage(Random(1))  # noqa: S311 - as above
    approve(medium, found)
    assert approved(found.uri, medium) == pinned(found.uri, found.pin)


def _advertised(data: bytes) -> None:
    host, path, model, formats = (data + b"\n\n\n").split(b"\n")[:4]
    txt: dict[bytes, bytes | None] = {b"rp": path, b"ty": model, b"pdl": formats}
    read_advertised(Service(ENCRYPTED, text(model), text(host), 631, txt))


def _mesh(data: bytes) -> object:
    url, version = (data + b"\n").split(b"\n")[:2]
    found = read_url(Service(KIND, "mesh", "mesh.local.", 8443, {b"url": url, b"txtvers": version}))
    assert not found or found.startswith("https://")
    return found


def _solved(data: bytes) -> object:
    """The first line is what the reader sends, the second what is printed; then the same as the card's bits."""
    raw, _, printed = data.partition(b"\n")
    known = [Known(RawRead(raw, is_text), text(printed)) for is_text in (True, False)]
    return [solve([one]) for one in known]


TARGETS = (
    Target(
        "stored approval of a printer",
        _approved,
        named("firmware.printer_approval", "read_approval"),
        (ApprovalError,),
        (b'{"version":1,"uri":"ipps://p/ipp/print","pin":"' + b"ab" * 32 + b'"}',),
    ),
    Target(
        "printer that advertises itself",
        _advertised,
        named("hal.drivers.dns_sd_printers", "read_advertised"),
        (),
        (b"printer.local\nipp/print\nBrand X\napplication/pdf,image/urf", b"::1\n\n"),
    ),
    Target(
        "mesh that says where it is",
        _mesh,
        named("firmware.pairing.announced", "read_url"),
        (),
        (b"https://mesh.example:8443\n1", b"https://[2001:db8::7]\n1"),
    ),
    Target(
        "rules for card numbers",
        _rules,
        named("firmware.badges.rules", "Rules.parse"),
        (RuleError, BadgeUnreadableError),
        (b"ascii-enc|hex2dec", b"regex ^39(.*)\nlast 8", *(step.encode() for step in EXAMPLES)),
    ),
    Target(
        "stored rules",
        _stored,
        named("firmware.rule_store", "read_stored"),
        (RuleStoreError,),
        (
            b'{"version":1,"site":null,"readers":{}}',
            b'{"version":1,"site":["trim"],"readers":{"front":["ascii-enc|hex2dec","regex ^0*(.+)$"]}}',
        ),
    ),
    Target(
        "readers' counts",
        read_health,
        named("firmware.reader_health", "read_health"),
        (HealthError,),
        (
            b'{"version":1,"as_of":"2026-01-05T08:00:00Z","readers":{}}',
            b'{"version":1,"as_of":"2026-01-05T08:00:00Z","readers":{"front":{"taps":1,"misreads":{"read-torn":2},"lost":0,"present":true,'
            b'"last_code":"read-torn","last_misread":"2026-01-05T08:00:00Z","last_lost":""}}}',
        ),
    ),
    Target(
        "card and what is printed on it",
        _solved,
        named("firmware.badges.solver", "solve"),
        (),
        (b"946EBD28\n2490-285352", b";123453=292929=1221?\n292929", b"\x02\xd0\x07\xbb\n104 00989"),
    ),
    Target("card through rules", _card, (), (), (b"946EBD28", b"5235092385=8", b"\x02\xd0\x07\xbb")),
    Target(
        "Wiegand frame",
        _frame,
        named("firmware.badges.wiegand", "decode"),
        (BadgeUnreadableError,),
        (b"\x1a\x02\xd0\x07\xbb", b"\x23\x04\xa7\x20\x10\xb3", b"\x30\x00\xa4\x55\x01\x48\xab"),
    ),
)
