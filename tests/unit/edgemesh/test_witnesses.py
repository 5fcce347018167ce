"""Witnesses: each hour at most, only what has moved, and a record that went back is named at once."""

from firmware.audit.events import AuditEvent
from firmware.audit.memory import MemoryAudit
from firmware.audit.records import Point
from hal.sim.clock import VirtualClock
from hal.sim.virtual_time import run
from tools.edgemesh.audits import UnsignedAudit
from tools.edgemesh.witnesses import OwnWitness, Witness

LOBBY = "station/lobby"


def point(sequence: int, digit: str = "a") -> Point:
    return Point(sequence, digit * 64)


def seen(audit: MemoryAudit) -> list[tuple[object, object]]:
    return [(fields["sequence"], fields.get("code")) for fields in audit.of(AuditEvent.WITNESSED)]


def test_what_moved_is_remembered_once_an_hour() -> None:
    async def story() -> None:
        clock, audit = VirtualClock(), MemoryAudit()
        witness = Witness(clock)
        for sequence in (0, 5, 6, 7):
            await witness.remember(audit, LOBBY, point(sequence))
            await clock.sleep(600)
        await clock.sleep(3600)
        await witness.remember(audit, LOBBY, point(5))  # as an hour ago: nothing to say
        await witness.remember(audit, "station/hall", point(3))
        await witness.remember(audit, LOBBY, point(9))
        assert seen(audit) == [(5, None), (3, None), (9, None)]

    run(story())


def test_a_record_that_went_back_is_named() -> None:
    async def story() -> None:
        clock, audit = VirtualClock(), MemoryAudit()
        witness = Witness(clock)
        for other in (point(50), point(20), point(20, "b")):
            await witness.remember(audit, LOBBY, other)
            await clock.sleep(3600)
        contradicted = "audit-witness-contradicted"
        assert seen(audit) == [(50, None), (20, contradicted), (20, contradicted)]

    run(story())


def test_what_is_no_hash_is_no_point_and_a_full_disk_is_no_trouble() -> None:
    async def story() -> None:
        audit = MemoryAudit()
        await Witness(VirtualClock()).remember(audit, LOBBY, Point(4, "not a hash"))
        audit.failing = True
        await Witness(VirtualClock()).remember(audit, LOBBY, point(4))
        assert audit.entries == []

    run(story())


def test_the_roles_of_a_process_remember_each_other() -> None:
    async def story() -> None:
        audits = {role: UnsignedAudit() for role in ("org", "vault", "node-1")}
        for audit in audits.values():
            await audit.record(AuditEvent.STARTED, version="1")
        holders = {"org": "org/org-1", "vault": "vault/vault-1", "node-1": "node/node-1"}
        chore = OwnWitness(audits, holders, VirtualClock())
        for _ in range(3):
            await chore.round()
        remembered = {
            role: [fields["holder"] for fields in audit.of(AuditEvent.WITNESSED)] for role, audit in audits.items()
        }
        assert remembered == {"vault": ["node/node-1", "org/org-1"], "node-1": ["vault/vault-1"], "org": []}

    run(story())
