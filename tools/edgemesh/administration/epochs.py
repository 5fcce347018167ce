"""What an administrator does to the organisation's epochs, and to what a node holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from firmware.audit.events import AuditEvent
from tools.edgemesh.administration.acts import Acts
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.node import Node
from tools.edgemesh.org import OrgKeys
from tools.edgemesh.statements import parse_epoch
from tools.edgemesh.storage.records import Epoch, Held

ACTIVE, SUSPENDED, DESTROYED = "active", "suspended", "destroyed"
CHANGES = (ACTIVE, SUSPENDED, DESTROYED)
_EVENTS = {
    ACTIVE: AuditEvent.EPOCH_RESUMED,
    SUSPENDED: AuditEvent.EPOCH_SUSPENDED,
    DESTROYED: AuditEvent.EPOCH_RETIRED,
}


@dataclass(frozen=True, slots=True)
class EpochLine:
    """One epoch in a list. `held` is what becomes of its jobs, empty for the current one."""

    epoch: int
    state: str
    held: str
    not_after: datetime


def lines(org: OrgKeys) -> Sequence[EpochLine]:
    """Every epoch, the first one first."""
    return [_line(epoch) for epoch in org.store.all()]


def _line(epoch: Epoch) -> EpochLine:
    usable = SUSPENDED if epoch.suspended else ACTIVE
    state = DESTROYED if epoch.private_key is None else usable
    held = epoch.held.value if epoch.held else ""
    return EpochLine(epoch.number, state, held, parse_epoch(epoch.statement).not_after)


async def rotate(org: OrgKeys, acts: Acts, held: Held) -> EpochLine:
    """Begin the next epoch; the vault sees to the held jobs of the earlier ones."""
    await acts.record(AuditEvent.EPOCH_ROTATED, policy=held.value)
    return _line(org.rotate(held))


async def change(org: OrgKeys, acts: Acts, number: int, state: str) -> EpochLine:
    """Suspend an epoch, give its parts again (`active`), or destroy its key. Raises `Problem`: epoch-unknown,
    epoch-destroyed, json-malformed."""
    if state not in _EVENTS:
        raise Problem("json-malformed", f"state: {', '.join(CHANGES)} wanted")
    if org.epoch(number).private_key is None and state != DESTROYED:
        raise Problem("epoch-destroyed")
    await acts.record(_EVENTS[state], epoch=number)
    if state == DESTROYED:
        return _line(org.destroy(number))
    return _line(org.suspend(number, suspended=state == SUSPENDED))


async def drop(node: Node, acts: Acts, job_id: str) -> None:
    """Have a node refuse its part of a job from now on, and delete its body. Raises `Problem` job-unknown."""
    if node.holdings.store.get(job_id) is None:
        raise Problem("job-unknown")
    await acts.record(AuditEvent.HOLDING_DROPPED, job=job_id, node=node.node_id)
    await node.holdings.withdraw(job_id)
