"""`lockgate provision` as it is typed: its words, its exit codes, and no secret in either."""

import json
from pathlib import Path

import pytest

from firmware.__main__ import main
from tests.unit.provisioning.rig import GOOD, PASSPHRASE, SECRETS, Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def said(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    out, err = capsys.readouterr()
    assert not any(secret in out + err for secret in SECRETS)
    return out, err


def test_check(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["provision", "check", str(site.card), "--json"]) == 0
    assert json.loads(said(capsys)[0]) == {"station": "Lobby_1", "hostname": "lobby-1"}
    assert site.card.read_text() == GOOD


def test_check_says_what_is_wrong(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.put(GOOD.replace("[wifi]", "[wlan]"))
    assert main(["provision", "check", str(site.card), "--json"]) == 78
    out, err = said(capsys)
    assert json.loads(out)["error"]["code"] == "provisioning-key-unknown"
    assert "wlan" in err


def test_check_knows_what_the_station_would_refuse_and_tells_no_password(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.put(GOOD.replace("ipps://", f"ipps://ada:{PASSPHRASE}@"))
    assert main(["provision", "check", str(site.card)]) == 78
    assert "printer.uri" in said(capsys)[1]


def test_check_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["provision", "check", str(tmp_path / "none")]) == 74
    assert "no such file" in said(capsys)[1]
    assert main(["provision", "check", str(tmp_path)]) == 74


def test_apply_twice(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "provision",
        "apply",
        "--from",
        str(site.card),
        "--data",
        str(site.data),
        "--base",
        str(site.base),
        "--json",
    ]
    assert main(words) == 0
    assert json.loads(said(capsys)[0]) == {"applied": True, "destroyed": True, "provisioned": True, "left": []}
    assert main(words) == 0
    assert json.loads(said(capsys)[0]) == {"applied": False, "destroyed": False, "provisioned": True, "left": []}


def test_what_a_later_version_has_applied_and_this_one_does_not_take_is_told(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["provision", "apply", "--from", str(site.card), "--data", str(site.data), "--base", str(site.base)]
    assert main(words) == 0
    with (site.data / "site" / "station.toml").open("a") as file:
        file.write('[hologram]\nuri = "secret"\n')
    said(capsys)
    assert main(words) == 0
    assert said(capsys)[1] == "lockgate: of the site's settings this version does not take: hologram.uri\n"


def test_apply_where_nothing_was_ever_said(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.card.unlink()
    assert (
        main(["provision", "apply", "--from", str(site.card), "--data", str(site.data), "--base", str(site.base)]) == 0
    )
    out, err = said(capsys)
    assert "nothing new" in out
    assert "no site's file" in err


def test_an_owner_that_there_is_not(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["provision", "apply", "--from", str(site.card), "--data", str(site.data), "--owner", "nobody-of-ours"]
    assert main(words) == 78
    assert "user-unknown" in said(capsys)[1]
    assert site.card.read_text() == GOOD
