"""Attacks on the record of what happened, by whoever has the disk, the statement of its end among it; and by a station
that has the mesh write into its own."""

from collections.abc import Callable

from firmware.audit.events import AuditEvent
from firmware.audit.faults import FaultCode
from firmware.audit.records import Point, file_name
from firmware.audit.walk import Line, Walk
from firmware.updates.states import Version
from tests.support.audit_rig import AuditRig
from tests.support.mesh_http import send_json
from tests.support.mesh_site import MemorySite
from tests.support.threat_model import Threat, breach, nothing, virtual, without
from tools.edgemesh.updates.rollout import Bundle

FILE = file_name(1)


def _after(change: Callable[[list[bytes]], list[bytes]], *codes: FaultCode) -> None:
    rig = AuditRig()
    rig.filled(5)
    files = rig.files()
    lines = files[FILE].splitlines(keepends=True)
    report = rig.verify(files | {FILE: b"".join(change(lines))})
    breach(report.ok, "nobody sees it")
    assert report.fault is not None
    assert report.fault.code in codes, report.fault


def changed() -> None:
    """One entry says something else: the page count of a job."""
    _after(
        lambda lines: [*lines[:2], lines[2].replace(b'"impressions":1', b'"impressions":9'), *lines[3:]],
        FaultCode.CHANGED,
    )


def removed() -> None:
    """One entry is gone."""
    _after(lambda lines: [*lines[:2], *lines[3:]], FaultCode.REMOVED)


def reordered() -> None:
    """Two entries have changed places."""
    _after(lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]], FaultCode.REORDERED)


def truncated() -> None:
    """The last entries are gone."""
    _after(lambda lines: lines[:-2], FaultCode.TRUNCATED)


def invented() -> None:
    """An entry more, by somebody without the key."""
    _after(lambda lines: [*lines, lines[-1].replace(b'"sequence":6', b'"sequence":7')], FaultCode.CHANGED)


def rolled_back() -> None:
    """The whole disk of an hour ago, with the statement of its end as it was then: whole in itself, and not what
    somebody else remembers of it."""
    rig = AuditRig()
    log = rig.filled(3)
    before = rig.files()
    log.append(AuditEvent.STOPPED)
    witness = rig.verify()
    assert rig.verify(before).ok
    report = rig.verify(before, witnesses=(Point(witness.last, witness.hash),))
    breach(report.ok, "nobody sees it")
    assert report.fault is not None
    assert report.fault.code is FaultCode.WITNESS


def _note(self: Walk, lines: list[Line], index: int) -> None:
    line = lines[index]
    self._note(self._parse(line), line)


WALK, END = ("firmware.audit.walk.Walk._take", _note), ("firmware.audit.verify._conclude", nothing)
ENDLESS = 10**6


@virtual
async def filled_by_a_station() -> None:
    """A station says again and again that its update has ended, each time otherwise."""
    site = MemorySite()
    digest = "a" * 64
    site.mesh.bundles.put(Bundle(digest, Version("0.2.0"), "lockgate-arm64", 4), b"body")
    stage = {"percent": 100, "stations": [], "most_failures": 9}
    admin = site.wire(site.mesh.add_admin("admin-1"))
    (await send_json(admin, "POST", f"/v1/admin/updates/{digest}/stage", stage)).expect(200)
    standing = {"version": "0.1.0", "compatible": "lockgate-arm64", "slot": "A", "phase": "ended", "faults": []}
    for number in range(50):
        told = standing | {"bundle": digest, "code": f"made-up-{number}"}
        (await send_json(site.station.wire, "POST", "/v1/updates/check", told)).expect(200)
    entries = [one for one in site.mesh.audits["vault"].entries if one.event is AuditEvent.UPDATE_ENDED]
    breach(len(entries) > 10, "the record is full of it")


THREATS = (
    Threat("record-changed", changed, without(WALK)),
    Threat("record-entry-removed", removed, without(WALK)),
    Threat("record-reordered", reordered, without(WALK)),
    Threat("record-truncated", truncated, without(END)),
    Threat("record-entry-invented", invented, without(WALK, END)),
    Threat("record-rolled-back", rolled_back, without(END)),
    Threat(
        "record-filled-by-a-station",
        filled_by_a_station,
        without(("tools.edgemesh.updates.fleet.MOST_OUTCOMES", ENDLESS)),
    ),
)
