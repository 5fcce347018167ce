"""What must hold in every simulated world at every moment, whatever was done to it."""

from collections import Counter

from firmware.audit.events import AuditEvent
from firmware.audit.material import Material, from_storage
from firmware.audit.records import HEAD, Entry, Point, RecordError, parse_entry
from firmware.audit.verify import Report, verify
from firmware.vault.identity import TrustAnchor
from hal.sim.storage import SimStorage
from tests.support.legible import legible
from tools.bench.site import STATION
from tools.bench.trace import Of
from tools.bench.world import World
from tools.edgemesh.storage.records import Phase

LONGEST_ADMISSION = 11.0
"""Seconds from a tap to the mesh's answer that the station still waits for, and the way there."""


def pages_of(world: World, job_id: str) -> int:
    """How many pages the job has."""
    return world.client.documents[job_id].pages


def job_of(world: World, job_name: str) -> str:
    """The job behind a name at the printer."""
    return world.site.job_of(job_name.removeprefix("lockgate-"))


def check(world: World, *, honest_printer: bool = True) -> None:
    """All of them. `honest_printer`: it was never told to lie about completion or to drop documents."""
    check_at_most_one_start(world)
    check_owner_tapped(world)
    check_only_own_jobs(world)
    check_no_reprint(world)
    check_every_job_is_somewhere(world, honest_printer=honest_printer)
    check_silence(world)
    check_every_print_is_recorded(world)
    assert not world.box.watchdog.bites


def check_at_most_one_start(world: World) -> None:
    starts = Counter(delivery.job_name for delivery in world.printer.deliveries)
    assert all(count == 1 for count in starts.values()), starts
    assert {sheet.job_name for sheet in world.printer.sheets()} <= set(starts)


def check_owner_tapped(world: World) -> None:
    """Nobody is let in without their badge at the reader just then, and only a badge that is theirs."""
    for life in world.lives:
        for admitted in life.panel.admitted:
            badge = world.setting.people[admitted.user]
            assert any(
                tapped.badge == badge and 0 <= admitted.at - tapped.at <= LONGEST_ADMISSION for tapped in world.taps
            )


def check_only_own_jobs(world: World) -> None:
    """What was sent to the printer was granted to its owner, in a session of theirs, before."""
    granted = {one.release_id: one for life in world.lives for one in life.panel.granted}
    for delivery in world.printer.deliveries:
        grant = granted[delivery.job_name.removeprefix("lockgate-")]
        assert grant.user == world.site.owner(grant.job_id)
        if delivery.format == "application/pdf":  # and not pages that were made of it
            assert bytes(delivery.data) == world.client.documents[grant.job_id].content[: delivery.size]
    for life in world.lives:
        for grant in life.panel.granted:
            assert any(one.user == grant.user and one.at <= grant.at for one in life.panel.admitted)


def check_no_reprint(world: World) -> None:
    """Once every page of a job is out, no other release of it prints anything."""
    whole: dict[str, str] = {}
    pages: dict[str, set[int]] = {}
    for sheet in world.printer.sheets():
        job_id = job_of(world, sheet.job_name)
        assert whole.get(job_id, sheet.job_name) == sheet.job_name, "printed again"
        out = pages.setdefault(job_id, set())
        out.add(sheet.page)
        if len(out) == pages_of(world, job_id):
            whole[job_id] = sheet.job_name


def check_every_job_is_somewhere(world: World, *, honest_printer: bool) -> None:
    states = world.site.states()
    assert set(world.client.documents) <= set(states)
    out = pages_out(world)
    for job_id in world.client.documents:
        phase = states[job_id].phase
        assert phase in (Phase.HELD, Phase.RELEASED, Phase.UNKNOWN, Phase.PRINTED), phase
        if phase is Phase.PRINTED and honest_printer:
            whole = set(range(1, pages_of(world, job_id) + 1))
            assert out.get(job_id, set()) == whole, "told printed, and the pages are not there"


def pages_out(world: World) -> dict[str, set[int]]:
    """The pages of each job that lie in the tray, as facts, whichever release brought them."""
    found: dict[str, set[int]] = {}
    for sheet in world.printer.sheets():
        found.setdefault(job_of(world, sheet.job_name), set()).add(sheet.page)
    return found


def check_silence(world: World) -> None:
    """Neither journal nor disk knows badge, person or document; and nothing in the station came as a surprise."""
    told = "\n".join(world.trace.texts(Of.JOURNAL))
    written = b"\n".join(map(legible, world.box.storage.ever_written))
    for secret in (*world.setting.people, *world.setting.people.values(), "plain-", "/Page"):
        assert secret not in told
        assert secret.encode() not in written
    assert "internal fault" not in told


def recorded(world: World) -> list[Entry]:
    """What is in the station's record, in order, damaged or not."""
    files = from_storage(_medium(world), 1, 1)
    found = []
    for line in b"".join(files[number] for number in sorted(files)).split(b"\n"):
        try:
            found.append(parse_entry(line))
        except RecordError:
            continue
    return found


def check_every_print_is_recorded(world: World) -> None:
    """No release printed that the station's record, or the mesh's, does not know."""
    if _is_untouchable(world):
        return
    granted = {entry.fields["release"] for entry in recorded(world) if entry.event is AuditEvent.RELEASE_GRANTED}
    by_mesh = world.site.mesh.audits["vault"]
    assert {delivery.job_name.removeprefix("lockgate-") for delivery in world.printer.deliveries} <= granted
    assert {fields["release"] for fields in by_mesh.of(AuditEvent.PRINTED)} <= granted


def check_the_record_is_whole(world: World) -> None:
    """By the offline verifier, and by what the mesh's record remembers of it."""
    report = verified(world)
    assert report.ok, report.fault
    assert report.holder == f"station/{STATION}"
    assert report.unjudged == 0
    assert {holder for holder, _point in report.witnessed} == {"vault/vault-1"}


def verified(world: World) -> Report:
    """What the verifier says of the station's record, held against the mesh's."""
    storage, anchor = _medium(world), TrustAnchor(world.site.ca_pem)
    witnessed = world.site.mesh.audits["vault"].of(AuditEvent.WITNESSED)
    witnesses = [
        Point(int(fields["sequence"]), str(fields["digest"]))
        for fields in witnessed
        if fields["holder"] == f"station/{STATION}"
    ]
    assert witnesses
    material = Material(HEAD, (storage.read(HEAD) or b"").removesuffix(b"\n"), from_storage(storage, 1, 1))
    return verify(material, anchor, witnesses=witnesses)


def _is_untouchable(world: World) -> bool:
    """Whether the medium cannot even be read now: a sync failed, or the power is off."""
    return world.box.storage.untouchable


def _medium(world: World) -> SimStorage:
    return world.box.storage
