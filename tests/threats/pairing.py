"""Attacks on whoever is let in, and on the person who lets them in."""

from collections.abc import Iterable
from typing import Any

import pytest

from firmware.audit.events import AuditEvent
from firmware.vault import pairing
from firmware.vault.fields import encode_octets
from firmware.vault.identity import Kind
from firmware.vault.pairing import Transcript
from tests.support.mesh_http import send_json
from tests.support.registrar_rig import EST, Device, Registry
from tests.support.threat_model import Threat, breach, no, nothing, refused, refuses, virtual, without, yes
from tests.unit.pairing.rig import Box
from tools.edgemesh.registrar.memory import MemoryMembers

TOKEN = "A" * 43
FEW_DIGITS = 2


@virtual
async def ground_nonce() -> None:
    """Between device and mesh: knows the code that the device shows, and looks for a nonce of its own that gives the
    mesh the same. With codes of two digits it finds one at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairing, "CODE_DIGITS", FEW_DIGITS)
        registry = Registry()
        victim, between = registry.device(), registry.device()
        offer = (await between.enrol()).expect(202)
        victim.offer = offer | {"nonce": encode_octets(b"\x01" * 32)}
        _grind(between, victim.code)
        answer = await between.reveal()
        if answer.status == 202:
            answer = await registry.approve(between, victim.code)
        refused(answer, "commitment-mismatch")
        assert registry.site.mesh.roles.registrar.admissions.room.waiting() == []


def _grind(device: Device, wanted: str) -> None:
    for number in range(1, 100 * 10**FEW_DIGITS):
        device.nonce = number.to_bytes(32, "big")
        if device.code == wanted:
            return
    raise AssertionError("no nonce fits")


@virtual
async def guessed_code() -> None:
    """An administrator is talked into typing one code after the other."""
    registry = Registry()
    device = registry.device()
    await device.enrol()
    await device.reveal()
    wrong = device.code.translate(str.maketrans("0123456789", "1234567890"))
    refused(await registry.approve(device, wrong), "code-mismatch")
    refused(await registry.approve(device, device.code), "enrolment-refused")
    told = registry.site.mesh.audits["registrar"].of(AuditEvent.ENROLMENT_REFUSED)
    assert [(one["code"], one["by"]) for one in told] == [("code-mismatch", "admin/admin-1")]


@virtual
async def replayed_approval() -> None:
    """The code of an attempt of before, for the next attempt of the same keys."""
    registry = Registry()
    device = registry.device()
    await device.enrol()
    await device.reveal()
    before = device.code
    await device.give_up()
    device.nonce = b"\x07" * 32
    await device.enrol()
    await device.reveal()
    refused(await registry.approve(device, before), "code-mismatch")


def _without_attempt(self: Transcript) -> Iterable[bytes]:
    return self.kind.encode(), self.name.encode(), self.csr, self.box_key, self.ca


@virtual
async def supplanted() -> None:
    """While a station waits for its approval, a stranger asks in its name."""
    registry = Registry()
    await registry.device().enrol()
    refused(await registry.device(address="192.0.2.66").enrol(), "enrolment-pending")


async def _waiting(kind: Kind, **what: Any) -> tuple[Registry, Device]:
    registry = Registry()
    device = registry.device(kind, "laptop", **what)
    (await device.enrol()).expect(202)
    (await device.reveal()).expect(202)
    return registry, device


@virtual
async def people_unseen() -> None:
    """A client that asks to submit for the director, whom the administrator has not said."""
    registry, device = await _waiting(Kind.CLIENT, users=("ceo",))
    refused(await registry.approve(device, users=None), "users-missing")


@virtual
async def people_unknown() -> None:
    """A client for somebody who is not there, and may be one day."""
    registry, device = await _waiting(Kind.CLIENT, users=("ceo",))
    refused(await registry.approve(device), "person-unknown")


@virtual
async def admin_unseen() -> None:
    """An administrator with the name of somebody's laptop, approved as whatever it is, or as a client."""
    registry, device = await _waiting(Kind.ADMIN)
    for said in (None, "client"):
        refused(await registry.approve(device, kind=said), "kind-mismatch")


async def _token(registry: Registry, *, replace: bool = False) -> str:
    wanted = {"kind": "station", "name": "lobby", "replace": replace}
    made = await send_json(registry.admin, "POST", "/v1/admin/tokens", wanted)
    return str(made.expect(201)["token"])


@virtual
async def token_again() -> None:
    """A token that was read from a boot medium after it had served."""
    registry = Registry()
    token = await _token(registry, replace=True)
    for number in range(2):
        device = registry.device(token=token)
        await device.enrol()
        answer = await device.reveal()
        assert number or answer.status == 200
    refused(answer, "token-refused")


def _unused(self: MemoryMembers, member: Any, _token_id: str = "") -> bool:
    return _put(self, member)


_put = MemoryMembers.put


@virtual
async def token_for_another() -> None:
    """A token that was made for one station, used by another."""
    registry = Registry()
    device = registry.device(name="attic", token=await _token(registry))
    await device.enrol()
    refused(await device.reveal(), "token-refused")


@virtual
async def wrong_mesh() -> None:
    """A box with a provisioning file ends up at a mesh of somebody else's, who would like its token."""
    box = Box()
    box.mesh.tokens.add(TOKEN)
    with refuses("ca-mismatch"):
        await box.pair(token=TOKEN, ca_fingerprint="ab" * 32)
    assert [path for _, _, path in box.mesh.requests] == [f"{EST}/cacerts"]


async def _plainly(self: Any) -> Any:
    return self._means.channels.first_contact(self._applicant.url)


@virtual
async def set_up_twice() -> None:
    """A paired station asks for another name, and for the token's sake as if it were nobody."""
    registry = Registry()
    asked = registry.device(name="attic").asked
    refused(await send_json(registry.site.station.wire, "POST", f"{EST}/simpleenroll", asked), "route-unknown")


@virtual
async def flooded_by_one() -> None:
    """One machine asks for name after name."""
    registry = Registry()
    answers = [await registry.device(name=f"s-{number}").enrol() for number in range(25)]
    _few(sum(answer.status == 202 for answer in answers), 20)
    (await registry.device(name="lobby", address="192.0.2.7").enrol()).expect(202)


@virtual
async def flooded_in_a_name() -> None:
    """Many machines ask in one name, so that its owner's administrator gets tired."""
    registry, accepted = Registry(), 0
    for number in range(8):
        device = registry.device(address=f"192.0.2.{number}", nonce=bytes([number]) * 32)
        accepted += (await device.enrol()).status == 202
        await device.reveal() if device.offer else None
        await device.give_up() if device.offer else None
    _few(accepted, 5)


@virtual
async def flooded_by_many() -> None:
    """A thousand machines ask at once."""
    registry = Registry()
    answers = [
        await registry.device(Kind.CLIENT, f"c-{number}", address=f"10.0.{number % 250}.{number // 250}").enrol()
        for number in range(80)
    ]
    _few(sum(answer.status == 202 for answer in answers), 64)


def _few(accepted: int, most: int) -> None:
    breach(accepted > most, f"{accepted} were taken on")
    assert accepted == most


@virtual
async def confusable_name() -> None:
    """Names that look like another's, or would be read as a path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("firmware.vault.requests.is_id", yes)  # the attacker's own software asks for anything
        registry = Registry()
        for name in (
            "l\u043ebby",
            "lobby\u200b",
            "lobby%2F",
            "../admin/admin-1",
            "lobby/",
            "lobby\x00",
            ".",
            "\uff4cobby",
        ):
            refused(await registry.device(name=name).enrol(), "json-malformed")


ADMISSIONS = "tools.edgemesh.registrar.admissions"
ROOM = "tools.edgemesh.registrar.waiting"
THREATS = (
    Threat("pairing-nonce-ground", ground_nonce, without((f"{ROOM}.fits", yes))),
    Threat("pairing-code-guessed", guessed_code, without((f"{ROOM}.WaitingRoom.refuse", nothing))),
    Threat(
        "pairing-approval-replayed",
        replayed_approval,
        without(("firmware.vault.pairing.Transcript._items", _without_attempt)),
    ),
    Threat("pairing-supplanted", supplanted, without((f"{ROOM}.WaitingRoom.waiting", lambda _self: []))),
    Threat(
        "pairing-confusable-name",
        confusable_name,
        without(("tools.edgemesh.interface.est_routes.is_id", yes), ("firmware.audit.memory.check", nothing)),
    ),
    Threat("pairing-people-unseen", people_unseen, without((f"{ADMISSIONS}.check_meant", nothing))),
    Threat(
        "pairing-people-unknown",
        people_unknown,
        without(("tools.edgemesh.registrar.admin_routes._check_known", nothing)),
    ),
    Threat("pairing-admin-unseen", admin_unseen, without((f"{ADMISSIONS}.check_meant", nothing))),
    Threat("token-used-twice", token_again, without(("tools.edgemesh.registrar.memory.MemoryMembers.put", _unused))),
    Threat("token-for-another-name", token_for_another, without(("tools.edgemesh.registrar.tokens.is_for", yes))),
    Threat(
        "provisioned-to-another-mesh",
        wrong_mesh,
        without(
            ("firmware.pairing.flow.Attempt._first_channel", _plainly),
            ("firmware.pairing.flow.Attempt._check_ca", nothing),
        ),
    ),
    Threat(
        "set-up-by-the-paired",
        set_up_twice,
        without(
            ("tools.edgemesh.interface.route.Route.is_setup", property(no)),
            ("tools.edgemesh.interface.api._admit", nothing),
        ),
    ),
    Threat("pairing-flood-of-one", flooded_by_one, without((f"{ROOM}.PER_ADDRESS", 1000))),
    Threat("pairing-flood-in-a-name", flooded_in_a_name, without((f"{ROOM}.PER_NAME", 1000))),
    Threat("pairing-flood-of-many", flooded_by_many, without((f"{ROOM}.MAX_WAITING", 1000))),
)
