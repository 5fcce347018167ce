"""What one record remembers of another convicts the other of having been put back."""

from pathlib import Path

import pytest

from firmware.audit.command import WitnessError, remembered
from firmware.audit.events import AuditEvent
from firmware.audit.log import AuditLog
from firmware.audit.records import HEAD, AuditKey
from firmware.audit.verify import verify_path
from firmware.vault.identity import Kind
from hal.sim.storage import SimStorage
from tests.support.audit_rig import AuditRig, key_of
from tests.support.pki import Pki


class Pair:
    """A station's record, and the vault's, which remembers how the station's stood at its tenth entry."""

    def __init__(self, directory: Path) -> None:
        self.station, self.vault = AuditRig(), AuditRig(seed=2)
        self.vault.pki = self.station.pki
        self.directory = directory
        log = self.station.filled(4)
        self.old = self.station.files()
        for number in range(5):
            log.append(AuditEvent.PRINTED, job=f"job-late-{number}")
        self.point = log.point
        self._remember(self.vault.storage, key_of(self.vault.pki, self.vault.pki.holder(Kind.VAULT, "vault-1")))
        log.append(AuditEvent.ENDED, version="1")

    def _remember(self, storage: SimStorage, key: AuditKey) -> None:
        log = AuditLog(storage, self.vault.clock, self.vault.pki.anchor, key)
        log.append(AuditEvent.WITNESSED, holder="vault/vault-1", sequence=1, digest="0" * 64)  # of another's record
        log.append(AuditEvent.WITNESSED, holder="station/lobby", sequence=self.point.sequence, digest=self.point.hash)

    def verdict(self, files: dict[str, bytes]) -> str:
        anchor = self.station.pki.anchor
        found = remembered([self.vault.save(self.directory / "vault")], anchor)
        report = verify_path(self.station.save(self.directory / "station", files), anchor, witnessed=found)
        return report.fault.code if report.fault else "whole"


def test_the_record_as_it_is(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    assert pair.verdict(pair.station.files()) == "whole"


def test_the_record_as_it_was(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    assert pair.station.verify(pair.old).ok, "by itself, nothing is to be seen"
    assert pair.verdict(pair.old) == "audit-witness-contradicted"


def test_a_record_that_went_on_from_its_past(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    for name in pair.station.files():
        pair.station.storage.remove(name)
    for name, data in pair.old.items():
        pair.station.storage.replace(name, data)
    log = pair.station.open()
    for number in range(9):
        log.append(AuditEvent.PRINTED, job=f"job-other-{number}")
    assert pair.verdict(pair.station.files()) == "audit-witness-contradicted"


def test_an_exported_record_is_a_witness_too(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    key = key_of(pair.vault.pki, pair.vault.pki.holder(Kind.VAULT, "vault-1"))
    log = AuditLog(pair.vault.storage, pair.vault.clock, pair.vault.pki.anchor, key)
    (tmp_path / "export").write_bytes(log.export())
    assert ("station/lobby", pair.point) in remembered([tmp_path / "export"], pair.station.pki.anchor)


def test_what_somebody_made_up_is_no_witness(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    stranger = AuditRig()
    stranger.pki = Pki("org-1")
    with pytest.raises(WitnessError) as caught:
        remembered([pair.vault.save(tmp_path / "vault")], stranger.pki.anchor)
    assert caught.value.code == "audit-foreign-key"
    with pytest.raises(WitnessError) as caught:
        remembered([tmp_path / "nowhere"], pair.station.pki.anchor)
    assert caught.value.code == "audit-unreadable"


def test_only_what_is_before_the_first_fault_counts(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    files = pair.vault.files()
    name = next(name for name in files if name != HEAD)
    files[name] = files[name].replace(b'"holder":"station/lobby","sequence":', b'"holder":"station/lobby","sequence":1')
    found = remembered([pair.vault.save(tmp_path / "vault", files)], pair.station.pki.anchor)
    assert [holder for holder, _point in found] == ["vault/vault-1"]
