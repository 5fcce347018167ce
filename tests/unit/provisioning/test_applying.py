"""A site's file applied: once, whole or not at all wherever the power is cut, its secrets gone from the card."""

import errno
import os
from pathlib import Path

import pytest

from firmware.config import ConfigError, load
from firmware.pairing import provisioning
from firmware.provisioning.applying import Outcome
from firmware.provisioning.errors import ProvisioningError
from firmware.provisioning.medium import Medium
from hal.ports.errors import StorageError, StorageFullError
from hal.sim.key_store import SimKeyStore
from hal.sim.storage import PowerCutError
from tests.unit.provisioning.rig import GOOD, KEY_BODY, PASSPHRASE, PASSWORD, SECRETS, TOKEN, CuttingMedium, Site

PAIRING = "site/pairing/provision.toml"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_what_becomes_of_a_file(site: Site) -> None:
    assert site.apply() == Outcome(applied=True, destroyed=True, provisioned=True)
    assert not site.card.exists()
    config = load(site.data / "lockgate.toml", {})
    assert (config.name, config.mesh_url) == ("Lobby_1", "https://mesh.example:8443")
    assert config.printer.startswith("ipps://printer.example/ipp/print?ca=")
    assert (config.converter, config.panel_reader) == ("mutool:?most-mib=256", "left")
    assert (config.slip, config.badge_proof, config.audit_mib, config.syslog_identity) == (False, True, 16, True)
    assert config.readers == ("evdev:?vid=08ff&pid=0009&name=front",)
    assert (config.panel, config.panel_language, config.panel_timezone) == ("tcp:127.0.0.1:8631", "de", "Europe/Vienna")
    assert (config.badge_rules, config.reader_rules) == (("trim", "hex2dec"), {"front": ("trim",)})
    assert config.indicator == ("gpio:/dev/gpiochip0?red=17&green=27", "alsa:")
    assert (config.buttons, config.voice) == (("gpio:/dev/gpiochip0?next=5&ok=6&cancel=13",), "espeak:")
    assert (config.reset, config.reset_button) == (
        "/run/lockgate/factory-reset",
        "gpio:/dev/gpiochip0?reset=21&low=reset",
    )
    assert (config.update_window, config.metrics) == ("01:30-04:00", "tcp:0.0.0.0:9632")
    assert config.ca_fingerprint == f"sha256:{'ab' * 32}"
    assert config.provision == str(site.data / PAIRING)
    assert (site.data / "site/system/hostname").read_text() == "lobby-1\n"
    assert (site.data / "site/system/timezone").read_text() == "Europe/Vienna\n"
    assert "ada@desk" in (site.data / "site/system/authorized_keys").read_text()


def test_pairing_takes_the_token_from_where_it_was_put(site: Site) -> None:
    site.apply()
    found = provisioning.take(site.data / PAIRING, SimKeyStore())
    assert found is not None
    assert (found.name, found.token) == ("Lobby_1", TOKEN)
    assert not any(TOKEN in text for text in site.contents().values())
    assert site.apply() == Outcome(applied=False, destroyed=False, provisioned=True)


def test_secrets_are_where_they_are_needed_and_nowhere_else(site: Site) -> None:
    site.apply()
    generation = (site.data / "site").readlink()
    having = {name for name, text in site.contents().items() if any(secret in text for secret in SECRETS)}
    assert having == {
        f"{generation}/pairing/provision.toml",
        f"{generation}/system/wpa_supplicant.conf",
        f"{generation}/station/printer-password",
        f"{generation}/station/printer-key.pem",
    }
    assert all((site.data / name).stat().st_mode & 0o077 == 0 for name in having)


def test_it_is_overwritten_on_the_card_before_it_is_unlinked(site: Site) -> None:
    with site.card.open("rb") as still_open:
        site.apply()
        assert still_open.read() == bytes(len(GOOD.encode()))


def test_without_a_file_the_image_s_own_settings_are_all(site: Site) -> None:
    site.card.unlink()
    assert site.apply() == Outcome(applied=False, destroyed=False, provisioned=False)
    assert load(site.data / "lockgate.toml", {}).readers == ("pcsc:",)


def test_a_configuration_by_hand_stays_until_a_site_has_said_something(site: Site) -> None:
    site.card.unlink()
    site.data.mkdir()
    (site.data / "lockgate.toml").write_text("# mine\n")
    site.apply()
    assert (site.data / "lockgate.toml").read_text() == "# mine\n"
    site.put(GOOD)
    site.apply()
    assert load(site.data / "lockgate.toml", {}).name == "Lobby_1"


def test_an_image_with_other_settings_keeps_the_site_s(site: Site) -> None:
    site.apply()
    site.base.write_text(site.base.read_text().replace("8631", "8700"))
    site.apply()
    config = load(site.data / "lockgate.toml", {})
    assert (config.panel, config.name) == ("tcp:127.0.0.1:8700", "Lobby_1")


def test_the_same_file_again_is_destroyed_and_changes_nothing(site: Site) -> None:
    site.apply()
    before = site.contents()
    site.put(GOOD)
    assert site.apply() == Outcome(applied=False, destroyed=True, provisioned=True)
    assert site.contents() == before


def test_another_file_counts_instead_and_nothing_is_left_of_the_first(site: Site) -> None:
    site.apply()
    site.put(GOOD.replace(PASSPHRASE, "another passphrase"))
    assert site.apply().applied
    assert not any(PASSPHRASE in text for text in site.contents().values())
    assert len(list(site.data.glob("site-*"))) == 1


def test_what_no_longer_counts_is_overwritten_before_it_is_unlinked(site: Site) -> None:
    site.apply()
    with (site.data / PAIRING).open("rb") as still_open:
        size = len(still_open.read())
        site.put(GOOD.replace("Lobby_1", "attic"))
        site.apply()
        still_open.seek(0)
        assert still_open.read() == bytes(size)


def test_a_file_that_has_another_name_elsewhere_is_not_overwritten(site: Site, tmp_path: Path) -> None:
    """The station may write in one of the directories: what it links there is not its to destroy."""
    site.apply()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("of the system")
    (site.data / "site" / "pairing" / "link").hardlink_to(elsewhere)
    (site.data / "site" / "pairing" / "soft").symlink_to(elsewhere)
    site.put(GOOD.replace("Lobby_1", "attic"))
    site.apply()
    assert elsewhere.read_text() == "of the system"
    assert len(list(site.data.glob("site-*"))) == 1


def test_nothing_of_an_attempt_that_was_cut_by_another_version_is_taken_over(site: Site) -> None:
    site.apply()
    generation = site.data / (site.data / "site").readlink()
    (site.data / "site").unlink()
    (generation / "system" / "of-another-version").write_text("x")
    site.put(GOOD)
    site.apply()
    assert not (generation / "system" / "of-another-version").exists()


@pytest.mark.parametrize("moment", ["before", "half", "after"])
@pytest.mark.parametrize("earlier", [False, True])
def test_a_power_cut_at_each_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str, *, earlier: bool
) -> None:
    """Cut once at every change there is; the next start ends where an undisturbed one does."""
    monkeypatch.setattr(os, "fsync", lambda _fd: None)  # the cut is the medium's: no disk has to be waited for
    cuts = 0
    while True:
        folder = tmp_path / str(cuts)
        folder.mkdir()
        site = Site(folder, GOOD.replace("Lobby_1", "attic") if earlier else GOOD)
        if earlier:
            site.apply()
            site.put(GOOD)
        old = site.contents()
        try:
            site.apply(CuttingMedium(cuts + 1, moment))
        except PowerCutError:
            cuts += 1
        else:
            break
        counts = (site.data / "site" / "station.toml").exists() and "Lobby_1" in (
            site.data / "site" / "station.toml"
        ).read_text()
        intact = site.card.exists() and site.card.read_text() == GOOD
        assert counts or intact, "the file is whole in one of the two places"
        assert counts or site.contents().get("lockgate.toml") == old.get("lockgate.toml")
        site.apply()
        assert settled(site), f"cut {cuts}, {moment}"
    assert cuts > 15
    assert settled(site)


def settled(site: Site) -> bool:
    contents = site.contents()
    generation = contents["site"]
    assert all(name in ("site", "lockgate.toml") or name.startswith(f"{generation}/") for name in contents)
    assert TOKEN in contents[f"{generation}/pairing/provision.toml"]
    assert PASSPHRASE in contents[f"{generation}/system/wpa_supplicant.conf"]
    assert contents[f"{generation}/station/printer-password"] == f"{PASSWORD}\n"
    assert KEY_BODY in contents[f"{generation}/station/printer-key.pem"]
    assert len(contents) == 16
    assert load(site.data / "lockgate.toml", {}).name == "Lobby_1"
    return not site.card.exists()


def test_a_half_overwritten_file_that_never_counted_is_no_file(site: Site) -> None:
    site.card.write_bytes(bytes(100) + GOOD.encode()[100:])
    with pytest.raises(ProvisioningError):
        site.apply()
    assert site.card.exists()


def test_a_wrong_file_changes_nothing_and_the_station_starts_as_it_was(site: Site) -> None:
    site.apply()
    before = site.contents()
    site.put(GOOD.replace("[wifi]", "[wlan]"))
    with pytest.raises(ProvisioningError) as caught:
        site.apply()
    assert caught.value.code == "provisioning-key-unknown"
    assert site.contents() == before
    assert site.card.exists(), "for somebody to put right"


def test_on_the_first_day_too_a_wrong_file_leaves_a_box_that_starts(site: Site) -> None:
    site.put("[wlan]")
    with pytest.raises(ProvisioningError):
        site.apply()
    assert load(site.data / "lockgate.toml", {}).readers == ("pcsc:",)


def test_what_the_station_itself_would_refuse_is_not_applied(site: Site) -> None:
    site.base.write_text(site.base.read_text() + "\n[mesh]\nca_file = 'gone.pem'\n")
    with pytest.raises(ConfigError, match="together") as caught:
        site.apply()
    assert caught.value.code == "config-invalid"
    assert site.card.read_text() == GOOD
    assert not (site.data / "site").exists()
    assert not list(site.data.glob(".*"))


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("evdev:", "evdex:", "readers"),
        ("ipps:", "lpd:", "printer.uri"),
        ("ipps:", "ipp:", "printer.uri"),
        ('print"', 'print?pin=sha256:00"', "printer.uri"),
    ],
)
def test_devices_that_no_station_has_are_not_applied(site: Site, old: str, new: str, where: str) -> None:
    site.put(GOOD.replace(old, new))
    with pytest.raises(ProvisioningError, match=where) as caught:
        site.apply()
    assert caught.value.code == "provisioning-malformed"
    assert site.card.exists(), "for somebody to put right"
    assert load(site.data / "lockgate.toml", {}).readers == ("pcsc:",)


def test_a_card_that_cannot_be_written_is_told_and_the_station_starts(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    medium = Medium()
    monkeypatch.setattr(medium, "blank", refuse)
    with pytest.raises(ProvisioningError) as caught:
        site.apply(medium)
    assert caught.value.code == "provisioning-exposed"
    assert load(site.data / "lockgate.toml", {}).name == "Lobby_1"
    assert site.apply() == Outcome(applied=False, destroyed=True, provisioned=True), "at the next start"


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, StorageFullError), (errno.EIO, StorageError)])
def test_a_medium_that_fails(
    site: Site, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[StorageError]
) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    medium = Medium()
    monkeypatch.setattr(medium, "create", fail)
    with pytest.raises(kind):
        site.apply(medium)
    assert site.card.read_text() == GOOD


def test_a_link_on_the_card_is_not_followed(site: Site, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    site.card.rename(elsewhere)
    site.card.symlink_to(elsewhere)
    with pytest.raises(ProvisioningError, match="cannot be read"):
        site.apply()
    assert elsewhere.read_text() == GOOD


def test_what_the_station_changes_itself_is_handed_to_its_user(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[tuple[str, int, int]] = []

    def chown(path: Path, user: int, group: int, **_more: object) -> None:
        handed.append((path.name, user, group))

    monkeypatch.setattr(os, "chown", chown)
    site.apply(Medium((7, 8)))
    private = ["provision.toml", "pairing", "printer-password", "printer-key.pem"]
    assert handed == [(name, 7, 8) for name in private]
    assert (site.data / "site").stat().st_mode & 0o777 == 0o711
