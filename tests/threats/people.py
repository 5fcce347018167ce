"""Attacks with badges, PINs and codes: copied, guessed, or read from a stolen disk."""

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from typing import TypeVar

from tests.support.mesh_http import Answer, send_json
from tests.support.mesh_site import BADGE, MemorySite
from tests.support.threat_model import Threat, breach, no, nothing, refused, refuses, virtual, without, yes
from tools.edgemesh.people import slow_hash
from tools.edgemesh.settings import Settings
from tools.edgemesh.storage.memory_desk import MemoryDesk
from tools.edgemesh.storage.records import Tries

T = TypeVar("T")
PIN, WRONG = "4711", "4712"
BOTH = Settings(factors=("card", "pin"))
NUMBERS = [f"04A1B2C3{last:02X}" for last in range(256)]
"""What a thief who has seen one badge of a batch would try."""


async def _shown(site: MemorySite, pin: str = "", number: str = BADGE) -> Answer:
    credential = {"kind": "card", "value": number} | ({"pin": pin} if pin else {})
    return await send_json(site.station.wire, "POST", "/v1/sessions", {"credential": credential})


@virtual
async def cloned_badge() -> None:
    """A copy of ada's badge, at a site that wants a PIN with it."""
    site = MemorySite(BOTH)
    await site.mesh.roles.vault.desk.pins.set("ada", PIN)
    refused(await _shown(site), "pin-required")


@virtual
async def cloned_badge_of_somebody_without_pin() -> None:
    """A copy of the badge of somebody who never chose a PIN, at a site that wants one: any PIN will do?"""
    site = MemorySite(BOTH)
    refused(await _shown(site, PIN), "pin-wrong")


@virtual
async def guessed_badges() -> None:
    """A machine in a reader's place goes through the numbers of a batch, ada's among them."""
    site = MemorySite()
    answers = [await _shown(site, number=number) for number in NUMBERS]
    found = [answer for answer in answers if answer.status == 201]
    breach(found, "it came upon ada's number")
    assert {answer.code for answer in answers[10:]} == {"locked-out"}


@virtual
async def guessed_badges_with_a_good_one() -> None:
    """The same, with a badge of somebody's held up after every nine, for a day."""
    site = MemorySite()
    tried = 0
    for _ in range(24 * 60):
        for number in NUMBERS[:9]:
            tried += (await _shown(site, number=f"{number}00")).code == "badge-unknown"
        await _shown(site)
        await site.clock.sleep(61)
    breach(tried > 400, f"{tried} numbers in a day")


@virtual
async def guessed_pin() -> None:
    """A copied badge and a machine that tries PINs; the sixth would be right."""
    site = MemorySite(BOTH)
    await site.mesh.roles.vault.desk.pins.set("ada", PIN)
    for _ in range(5):
        refused(await _shown(site, WRONG), "pin-wrong")
    refused(await _shown(site, PIN), "locked-out")


@virtual
async def guessed_pin_slowly() -> None:
    """The same, never more than four in a quarter of an hour, over a day and with the owner's right one in between."""
    site = MemorySite(BOTH)
    await site.mesh.roles.vault.desk.pins.set("ada", PIN)
    wrong = 0
    for attempt in range(40):
        await site.clock.sleep(240)
        answer = await _shown(site, PIN if attempt % 4 == 3 else WRONG)
        wrong += answer.code == "pin-wrong"
        if answer.code == "locked-out":
            break
    breach(wrong > 20, f"{wrong} guesses")
    assert wrong == 20


@virtual
async def guessed_code() -> None:
    """An unknown badge, and a machine that tries one-time codes for ada; the sixth would be right."""
    site = MemorySite(Settings(association="code"))
    code = await site.mesh.roles.vault.desk.codes.issue("ada")
    wrong = code.translate(str.maketrans("0123456789", "1234567890"))
    for guess in (*[wrong] * 5, code):
        ticket = (await _shown(site, number="0499887766")).json["ticket"]
        asked = {"ticket": ticket, "user": "ada", "code": guess}
        answer = await send_json(site.station.wire, "POST", "/v1/associations", asked)
    refused(answer, "code-wrong")


@virtual
async def badges_on_a_disk() -> None:
    """The vault's database without its key: every number of the batch is tried against what is kept."""
    site = MemorySite()
    kept = {badge.badge for badge in site.mesh.desk_store.badges()}
    for number in NUMBERS:
        text = number.encode()
        guesses = {hashlib.sha256(text).digest(), hashlib.sha256(b"badge/v1" + text).digest(), text}
        guesses |= {hmac.digest(key, b"badge/v1" + text, hashlib.sha256) for key in (b"", bytes(32), b"badge.key")}
        breach(guesses & kept, "a number was recovered")
    assert len(kept) == 1


def _unkeyed(_key: bytes, number: str) -> bytes:
    return hashlib.sha256(b"badge/v1" + number.strip().upper().encode()).digest()


@virtual
async def pins_on_a_disk() -> None:
    """The vault's database without its pepper: PINs, of which there are few, are tried against what is kept."""
    site = MemorySite()
    await site.mesh.roles.vault.desk.pins.set("ada", PIN)
    kept = site.mesh.desk_store.pin("ada")
    for guess in (WRONG, PIN):
        breach(slow_hash.matches(bytes(32), kept, guess), "the PIN was found")
    assert PIN.encode() not in kept


def _unpeppered(_pepper: bytes, salt: bytes, text: str) -> bytes:
    return _digest(bytes(32), salt, text)


_digest = slow_hash._digest


class SlowWorkers:
    """Computes when it is told to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def run(self, call: Callable[[], T]) -> T:
        await self.go.wait()
        return call()


@virtual
async def pins_flooded() -> None:
    """A hundred stations' worth of PINs at once, each of which costs a core and 19 MiB for a while."""
    site = MemorySite(BOTH)
    slow = site.mesh.roles.vault.desk.slow
    workers = slow.workers = SlowWorkers()
    asking = [asyncio.ensure_future(slow.matches(b"", WRONG)) for _ in range(100)]
    for _ in range(5):
        await asyncio.sleep(0)
    waiting = sum(not one.done() for one in asking)
    with refuses("desk-busy"):
        breach(waiting > 32, f"{waiting} computations wait")
        await asking[-1]
    for one in asking:
        one.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    workers.go.set()
    await asyncio.sleep(1)


@virtual
async def sessions_flooded() -> None:
    """A machine in a station's place holds a good badge to the reader again and again, to fill the vault's database."""
    site = MemorySite()
    other = site.new_station("station-2")
    (await other.tap(BADGE)).expect(201)
    for _ in range(200):
        (await site.station.tap(BADGE)).expect(201)
    store = site.mesh.desk_store
    assert isinstance(store, MemoryDesk)
    breach(len(store._sessions) > 65, f"{len(store._sessions)} sessions are kept")
    assert await other.jobs() == await site.station.jobs() == []


DESK, LOCKOUTS = "tools.edgemesh.people.desk", "tools.edgemesh.people.lockouts"
ANY = (("tools.edgemesh.people.pins.Pins.wanted", no), (f"{DESK}.Desk._check_person", nothing))
THREATS = (
    Threat("badge-cloned", cloned_badge, without(*ANY)),
    Threat(
        "badge-cloned-of-one-without-pin",
        cloned_badge_of_somebody_without_pin,
        without(("tools.edgemesh.people.slow_hash.matches", yes)),
    ),
    Threat("badges-guessed", guessed_badges, without(("tools.edgemesh.people.guesses.Guesses.check", nothing))),
    Threat(
        "badges-guessed-with-a-good-one",
        guessed_badges_with_a_good_one,
        without(
            ("tools.edgemesh.people.guesses.MAX_IN_HOUR", 10**6), ("tools.edgemesh.people.guesses.MAX_IN_DAY", 10**6)
        ),
    ),
    Threat("pin-guessed", guessed_pin, without((f"{LOCKOUTS}.Lockouts.check", nothing))),
    Threat(
        "pin-guessed-slowly",
        guessed_pin_slowly,
        without((f"{LOCKOUTS}.attempted", lambda tries, *_: Tries(tries.name))),
    ),
    Threat("code-guessed", guessed_code, without(("tools.edgemesh.people.associations.CODE_TRIES", 1000))),
    Threat("badges-on-a-stolen-disk", badges_on_a_disk, without(("tools.edgemesh.people.badges._hash", _unkeyed))),
    Threat("pins-on-a-stolen-disk", pins_on_a_disk, without(("tools.edgemesh.people.slow_hash._digest", _unpeppered))),
    Threat("sessions-flooded", sessions_flooded, without(("tools.edgemesh.people.openings.MOST", 1000))),
    Threat("pins-flooded", pins_flooded, without(("tools.edgemesh.people.slow_hash.MOST_WAITING", 1000))),
)
