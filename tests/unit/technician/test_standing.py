"""Certificate, clock and mesh as the doctor judges them; and whether the panel is answered."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from firmware.config import Config
from firmware.status import Status
from firmware.technician.panel_checkup import panel_findings
from firmware.technician.standing import Moment, reach, standing
from firmware.vault.fields import encode_time
from firmware.vault.identity import Kind
from hal.sim.key_store import SimKeyStore
from tests.support.pki import Pki

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def stands(valid: float = 30, renewal: float = 10, deny: float = 0.01, good: float = 0.01) -> Status:
    """So many days until its end and its renewal; so many since the deny list and the last good time."""
    return Status(
        paired=True, key_protection="none", kind="station", name="lobby", org_id="org-1", mesh="https://127.0.0.1:1",
        valid_until=encode_time(NOW + timedelta(days=valid)), renewal=encode_time(NOW + timedelta(days=renewal)),
        deny_list=4, deny_list_issued=encode_time(NOW - timedelta(days=deny)),
        last_good_time=encode_time(NOW - timedelta(days=good)),
    )  # fmt: skip


def judged(status: Status, *, known: bool = False) -> dict[str, tuple[bool, bool, str]]:
    """Of each thing: whether it is serious, whether something is to be done, and the words."""
    found = standing(status, Moment(NOW, known))
    return {one.device: (one.serious, bool(one.remedy), one.problem) for one in found}


def test_all_is_well() -> None:
    found = judged(stands(), known=True)
    assert [(serious, advised) for serious, advised, _ in found.values()] == [(False, False)] * 3
    assert "station lobby of org-1" in found["certificate"][2]
    assert "the mesh has said the time: 2026-11-21T09:00:00Z" in found["clock"][2]


@pytest.mark.parametrize(
    ("status", "device", "serious", "words"),
    [
        (stands(valid=-1), "certificate", True, "expired"),
        (stands(valid=1, renewal=-2), "certificate", False, "not renewed"),
        (stands(deny=2), "deny list", True, "older than a day"),
        (stands(good=-1), "clock", False, "calendar is behind"),
        (Status(paired=False, key_protection="none"), "certificate", False, "not paired"),
        (Status(paired=True, key_protection="none"), "deny list", True, "none is stored"),
        (Status(paired=True, key_protection="none"), "clock", False, "never said"),
    ],
)
def test_what_is_not(status: Status, device: str, serious: bool, words: str) -> None:
    found = judged(status)[device]
    assert (found[0], found[1]) == (serious, True)
    assert words in found[2]


def test_a_mesh_that_is_not_there() -> None:
    pki = Pki()
    keys = SimKeyStore(pki.holder(Kind.STATION, "lobby").files())
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    status = Status(paired=True, key_protection="none", mesh=f"https://127.0.0.1:{port}")
    found = reach(status, pki.ca.certificate_pem, keys)
    assert (found.serious, "mesh-unreachable" in found.problem) == (True, True)
    assert "firewall" in found.remedy


@pytest.mark.parametrize(("status", "remedy"), [(403, "edgemesh denial list"), (500, "own log")])
def test_a_mesh_that_answers_and_is_not_well_to_us(status: int, remedy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pki = Pki()
    keys = SimKeyStore(pki.holder(Kind.STATION, "lobby").files())
    monkeypatch.setattr("firmware.technician.standing._asked", lambda _url, _context: status)
    found = reach(stands(), pki.ca.certificate_pem, keys)
    assert (found.serious, f"status {status}" in found.problem) == (True, True)
    assert remedy in found.remedy


def test_keys_that_cannot_be_read_are_told() -> None:
    status = Status(paired=True, key_protection="none", mesh="https://127.0.0.1:1")
    assert reach(status, Pki().ca.certificate_pem, SimKeyStore()).serious
    assert reach(status, b"no CA", SimKeyStore()).serious


def test_a_panel_that_is_answered_or_not(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "comm").write_text("cog\n")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listen = f"tcp:127.0.0.1:{listener.getsockname()[1]}"
        config = Config(str(tmp_path), "", "", "sim:", ("sim:",), panel=listen)
        panel, kiosk = panel_findings(config, tmp_path)
    assert (panel.serious, "answers at" in panel.problem) == (False, True)
    assert kiosk.problem == "cog runs"
    panel, kiosk = panel_findings(config, tmp_path / "none")
    assert (panel.serious, "nobody answers" in panel.problem) == (True, True)
    assert (kiosk.serious, kiosk.remedy != "") == (False, True)


def test_a_box_without_a_panel(tmp_path: Path) -> None:
    (found,) = panel_findings(Config(str(tmp_path), "", "", "sim:", ("sim:",)), tmp_path)
    assert not found.serious
