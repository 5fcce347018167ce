"""Somebody reads all that a station and its mesh write down over a shift, in search of what must not be there."""

import base64
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from firmware.core import words
from firmware.core.events import Event
from hal.sim.words import parse
from tests.support.mesh_http import send_json
from tests.support.registrar_rig import Registry
from tests.support.threat_model import Threat, breach, virtual, without
from tools.bench.site import Setting
from tools.bench.world import World

BADGE, OTHER, FOUND = "04c0ffee", "04beef01", "04facade"
PIN, WRONG = "471108", "471109"
SHIFT = (
    *(f"set pin {PIN} for ada", "submit 1 page as ada", f"tap {BADGE}", f"pin {WRONG}", f"pin {PIN}", "wait 30s"),
    *("submit 1 page as ada", "delegate from ada to ben for 2h", f"tap {OTHER}", "choose 1", "wait 30s"),
    *("submit 1 page as ben", "issue code for ben", f"tap {FOUND}", "associate ben", "wait 30s"),
    *(f"tap {FOUND[:-2]}00", "wait 1m", "revoke badge 04c0ffee", f"tap {BADGE}", "wait 1m"),
)


class Kept(logging.Handler):
    """Every record of every log, as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logging.Formatter().format(record))


@contextmanager
def logs() -> Iterator[Kept]:
    root, kept = logging.getLogger(), Kept()
    level = root.level
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    try:
        yield kept
    finally:
        root.removeHandler(kept)
        root.setLevel(level)


def _spellings(secret: str) -> set[str]:
    raw = secret.encode()
    return {secret.lower(), raw.hex(), base64.b64encode(raw).decode().lower().rstrip("=")}


def _search(written: str, secrets: set[str]) -> None:
    text = written.lower()
    for secret in secrets:
        breach(any(one in text for one in _spellings(secret)), "a secret was written down")


@virtual
async def shift_read() -> None:
    """A shift with PIN, delegation, one-time code, an unknown badge and a blocked one: journal, logs, the station's
    medium and the mesh's records, for badge numbers, PINs, codes, titles, documents and keys."""
    with logs() as kept:
        world = World(7, Setting(people={"ada": BADGE, "ben": OTHER}, association="code"))
        await world.begin()
        code = ""
        for deed in SHIFT:
            await world.do(parse(deed))
            code = world.site.code("ben") if deed.startswith("issue") else code
        printed = len(world.printer.sheets())
        await world.aclose()
    assert printed == 3
    secrets = {BADGE, OTHER, FOUND, PIN, WRONG, code, "plain-"}
    for secret in (world.box.keys.load("box.key"), world.box.keys.load("identity.key")[60:120]):
        secrets |= {secret.hex(), base64.b64encode(secret).decode()}
    records = [str(entry).encode() for audit in world.site.mesh.audits.values() for entry in audit.entries]
    medium = b" ".join([*world.box.storage.ever_written, *records]).decode(errors="replace")
    _search(
        " ".join([*(line.text for line in world.trace.lines if line.of != "command"), *kept.lines, medium]), secrets
    )
    assert records


@virtual
async def pairing_read() -> None:
    """The same of a pairing: code, nonce and token."""
    with logs() as kept:
        registry = Registry()
        made = await send_json(registry.admin, "POST", "/v1/admin/tokens", {"kind": "station", "name": "attic"})
        token = str(made.expect(201)["token"])
        device = registry.device(nonce=bytes(range(32)))
        await registry.pair(device)
        by_token = registry.device(name="attic", token=token)
        await by_token.enrol()
        (await by_token.reveal()).expect(200)
    records = [str(entry).encode() for audit in registry.site.mesh.audits.values() for entry in audit.entries]
    assert len(records) >= 5
    listed = [
        (await registry.admin.send("GET", f"/v1/admin/{what}")).body for what in ("tokens", "members", "enrolments")
    ]
    store = registry.site.mesh.member_store
    stored = str([[asdict(one) for one in store.tokens()], [asdict(one) for one in store.members()]])
    secrets = {token, device.code, device.code.replace(" ", ""), device.nonce.hex()}
    _search(b" ".join([*records, *listed]).decode() + stored + " ".join(kept.lines), secrets)


def _talkative(event: Event) -> str:
    return f"{_describe(event)} {getattr(event, 'credential', '')}"


_describe = words.describe
THREATS = (
    Threat("shift-read", shift_read, without(("firmware.core.machine.describe", _talkative))),
    Threat("pairing-read", pairing_read, without(("tools.edgemesh.registrar.tokens.digest", str))),
)
