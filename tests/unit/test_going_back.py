"""A box that goes back to this version after a later one has run on it: it starts with what that one has written, as
docs/updates.md promises. The later version is made up: it says more everywhere, in the same files."""

import json
import random
import zlib
from dataclasses import asdict
from pathlib import Path

import pytest

from firmware.audit.events import AuditEvent
from firmware.audit.records import HEAD, file_name
from firmware.config import load, understood
from firmware.delivery.ledger import FILE as LEDGER
from firmware.delivery.ledger import Ledger
from firmware.delivery.records import Entry, Step, encode
from firmware.pairing import kept
from firmware.pairing.names import ANSWER, BOX_KEY, CA, CHAIN, KEY, PENDING, PROVISION
from firmware.printer_approval import Approval, read_approval
from firmware.provisioning.applying import HEADER
from firmware.reader_health import read_health
from firmware.rule_store import read_stored
from firmware.updates.record import encode_record, read_record
from firmware.updates.states import Phase, Record
from hal.sim.key_store import SimKeyStore
from hal.sim.storage import SimStorage
from tests.support.audit_rig import AuditRig
from tests.unit.provisioning.rig import Site

LATER = """
[indicator]
uri = ["hologram:?depth=3"]
[panel]
language = "tlh"
theme = "dark"
timezone = "Europe/Vienna"
[hologram]
since = 2027-01-01
strength = 0.5
[station]
name = "Lobby_1"
"""
"""A later version's `site/station.toml`: another table, another key, values that this one does not take."""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.apply()
    return site


def later(data: bytes, **more: object) -> bytes:
    """An object of ours as a version would write it that says more in it."""
    return json.dumps({**json.loads(data), "of_a_later_version": {"deep": [1]}, **more}).encode()


# The configuration


def test_a_site_s_settings_of_a_later_version_are_left_where_they_are_and_the_station_starts(site: Site) -> None:
    (site.data / "site" / "station.toml").write_text(LATER)
    (site.data / "lockgate.toml").write_text(f"{HEADER}{LATER}")
    done = site.apply()
    assert set(done.left) == {
        *("indicator.uri", "panel.language", "panel.theme"),
        *("hologram.since", "hologram.strength"),
    }
    config = load(site.data / "lockgate.toml", {})
    assert (config.name, config.panel_timezone, config.panel_language) == ("Lobby_1", "Europe/Vienna", "en")
    assert config.indicator == ("log:",)
    assert (site.data / "site" / "station.toml").read_text() == LATER, "for the version that takes it"


def test_a_later_version_s_generated_configuration_is_made_anew(site: Site) -> None:
    before = (site.data / "lockgate.toml").read_text()
    (site.data / "lockgate.toml").write_text(before.replace("[panel]", '[panel]\ntheme = "dark"'))
    assert site.apply().left == ()
    assert (site.data / "lockgate.toml").read_text() == before


def test_files_for_the_system_that_are_new_do_not_matter(site: Site) -> None:
    (site.data / "site" / "system" / "11-vpn.network").write_text("x")
    (site.data / "site" / "later").mkdir()
    site.apply()
    assert load(site.data / "lockgate.toml", {}).name == "Lobby_1"


def test_what_this_version_writes_is_all_understood(site: Site) -> None:
    assert site.apply().left == ()
    assert understood({"readers": ["pcsc:"], "audit": {"mib": 8}}) == (
        {"readers": ["pcsc:"], "audit": {"mib": 8}},
        (),
    )


def test_the_first_line_by_which_a_generated_configuration_is_known_is_the_same_for_ever() -> None:
    assert HEADER == "# Made by `lockgate provision apply` at each start: what is changed here does not last.\n"


# The station's own


def test_a_release_that_a_later_version_began_is_known() -> None:
    entry = Entry("release-1", "job-1", 1, Step.STARTED)
    text = json.dumps({**asdict(entry), "watermark": True}, separators=(",", ":"), sort_keys=True).encode()
    storage = SimStorage(random.Random(1))  # noqa: S311 (a replayable medium)
    storage.replace(LEDGER, b"%08x %s\n" % (zlib.crc32(text), text))
    ledger = Ledger(storage)
    assert (ledger.unsettled(), ledger.damaged) == ([entry], 0)
    ended = ledger.advance("release-1", Step.SENT)
    assert encode(ended) in (storage.read(LEDGER) or b"")


def test_how_the_update_went_is_known_to_the_version_that_comes_back() -> None:
    """Else it would begin the same one again, night after night."""
    record = Record(Phase.BACK, "d" * 64, "0.2.0", "0.1.0", "A", 1, (), "self-test-failed", told=False)
    assert read_record(later(encode_record(record))) == record


def test_what_a_person_has_told_this_box_is_known() -> None:
    approval = Approval("ipps://printer.example/ipp/print", "a" * 64)
    said = json.dumps({"version": 1, "uri": approval.uri, "pin": approval.pin}).encode()
    assert read_approval(later(said)) == approval
    rules = json.dumps({"version": 1, "site": ["trim"], "readers": {"front": ["hex2dec"]}}).encode()
    assert read_stored(later(rules)) == read_stored(rules)


def test_what_was_counted_is_known() -> None:
    reader = {"taps": 3, "misreads": {"torn": 1}, "lost": 0, "present": True}
    reader |= {"last_code": "", "last_misread": "", "last_lost": ""}
    said = json.dumps({"version": 1, "as_of": "2026-03-02T02:00:00Z", "readers": {"front": reader}}).encode()
    more = json.dumps(
        {"version": 1, "as_of": "2026-03-02T02:00:00Z", "readers": {"front": {**reader, "strength": 7}}}
    ).encode()
    assert read_health(later(more)) == read_health(said)
    assert read_health(said).readers["front"].taps == 3


def test_the_record_goes_on_after_entries_that_this_version_does_not_know() -> None:
    rig = AuditRig()
    rig.filled(3)
    name = file_name(1)
    lines = (rig.storage.read(name) or b"").splitlines(keepends=True)
    rig.storage.replace(name, b"".join(lines) + lines[-1].replace(b'"printed"', b'"projected"'))
    log = rig.open()
    log.append(AuditEvent.PRINTED, job="job-9", impressions=1)
    assert b"job-9" in b"".join(rig.files().values())


def test_the_record_goes_on_under_a_statement_of_a_later_form() -> None:
    rig = AuditRig()
    rig.filled(3)
    rig.storage.replace(HEAD, later(rig.storage.read(HEAD) or b"", v=2))
    rig.open().append(AuditEvent.PRINTED, job="job-9", impressions=1)
    assert b"job-9" in b"".join(rig.files().values())


def test_what_pairing_left_is_known_by_its_names_and_fields() -> None:
    assert (KEY, CHAIN, BOX_KEY, CA) == ("identity.key", "identity.chain", "box.key", "ca.pem")
    assert (ANSWER, PENDING, PROVISION) == ("pairing.answer", "pairing.pending", "pairing.provision")
    store = SimKeyStore()
    told = {"v": 1, "url": "https://mesh.example", "config": {"printer": "none:"}, "urls": {}}
    store.store(ANSWER, later(json.dumps(told).encode()))
    assert kept.site(store) == kept.Site("https://mesh.example", {"printer": "none:"}, {})
