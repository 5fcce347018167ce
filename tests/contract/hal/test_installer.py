"""The installer's contract, on the twin and on RAUC itself over slots that are files.

What RAUC needs a kernel with device mapper for, the end of an installation, is tried in the image's own tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hal.drivers import rauc_installer
from hal.drivers.context import DriverContext
from hal.drivers.rauc_installer import RaucInstaller
from hal.drivers.rauc_words import failure, parse_manifest, parse_slots
from hal.ports.errors import DeviceConfigError
from hal.ports.installer import BundleEnds, Installer, InstallerError, Manifest, Slots
from hal.sim import virtual_time
from hal.sim.clock import VirtualClock
from hal.sim.installer import COMPATIBLE, InstallerFault, SimInstaller
from hal.sim.random_source import SeededRandom
from hal.sim.workers import InlineWorkers
from tests.support import aio, rauc_rig

GOOD, STRANGE = b"a bundle of the twin, version 0.2.0", b"a bundle of a stranger, version 0.2.0"


class Rig:
    """An installer, the ends of bundles, and where one is."""

    def __init__(self, installer: Installer, good: bytes, strange: bytes, run: object = aio.run) -> None:
        self.installer, self.good, self.strange = installer, good, strange
        self.run = virtual_time.run if isinstance(installer, SimInstaller) else aio.run

    def ends(self, raw: bytes) -> BundleEnds:
        if isinstance(self.installer, SimInstaller):
            return BundleEnds(len(raw), raw[:4], raw)
        return rauc_rig.ends(raw)


@pytest.fixture(scope="module")
def rauc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str], Path, rauc_rig.Signer]]:
    directory = tmp_path_factory.mktemp("rauc")
    ours = rauc_rig.signer(directory, "release")
    with rauc_rig.service(directory, ours) as (configuration, environment, asked):
        yield configuration, environment, asked, ours


@pytest.fixture(params=["twin", "rauc"])
def rig(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    if request.param == "twin":
        twin = SimInstaller(VirtualClock(), known={GOOD: Manifest("0.2.0", COMPATIBLE)})
        twin.fetch = lambda url: STRANGE if url.endswith("strange") else GOOD
        return Rig(twin, GOOD, STRANGE)
    configuration, environment, _, ours = request.getfixturevalue("rauc")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    good = rauc_rig.bundle(tmp_path, ours, "0.2.0").read_bytes()
    stranger = rauc_rig.signer(tmp_path, "stranger")
    strange = rauc_rig.bundle(tmp_path, stranger, "0.2.0")
    (tmp_path / "strange").write_bytes(strange.read_bytes())
    installer = RaucInstaller(systemctl=str(tmp_path / "systemctl"), options=("--conf", str(configuration)))
    return Rig(installer, good, strange.read_bytes())


def test_it_says_which_slot_runs(rig: Rig) -> None:
    assert rig.run(rig.installer.slots()) == Slots("A", "A", COMPATIBLE)
    assert not Slots("A", "A", COMPATIBLE).is_trial
    assert Slots("B", "A", COMPATIBLE).is_trial


def test_the_ends_of_a_good_bundle_say_what_it_is(rig: Rig) -> None:
    assert rig.run(rig.installer.inspect(rig.ends(rig.good))) == Manifest("0.2.0", COMPATIBLE)


def test_a_bundle_of_another_signer_is_refused(rig: Rig) -> None:
    with pytest.raises(InstallerError) as caught:
        rig.run(rig.installer.inspect(rig.ends(rig.strange)))
    assert caught.value.code == "bundle-refused"


def test_a_tampered_signature_is_refused(rig: Rig) -> None:
    spoilt = bytearray(rig.good)
    spoilt[-30] ^= 1
    with pytest.raises(InstallerError) as caught:
        rig.run(rig.installer.inspect(rig.ends(bytes(spoilt))))
    assert caught.value.code == "bundle-refused"


def test_marking_is_idempotent(rig: Rig) -> None:
    async def story() -> None:
        await rig.installer.mark(good=True)
        await rig.installer.mark(good=True)
        assert await rig.installer.slots() == Slots("A", "A", COMPATIBLE)

    rig.run(story())


def test_an_installation_of_another_signer_s_bundle_fails(rig: Rig, tmp_path: Path) -> None:
    percents = list[int]()

    async def installed() -> None:
        async for percent in rig.installer.install(str(tmp_path / "strange")):
            percents.append(percent)

    async def story() -> None:
        with pytest.raises(InstallerError) as caught:
            await installed()
        assert caught.value.code == "bundle-refused"

    rig.run(story())
    assert percents == sorted(percents)
    assert percents


# RAUC alone


def test_rauc_asks_the_boot_loader_to_mark_the_slot_that_runs(
    rauc: tuple[Path, dict[str, str], Path, rauc_rig.Signer], monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration, environment, asked, _ = rauc
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    aio.run(RaucInstaller(options=("--conf", str(configuration))).mark(good=False))
    assert asked.read_text().splitlines()[-1] == "set-state A bad"
    aio.run(RaucInstaller(options=("--conf", str(configuration))).mark(good=True))
    assert asked.read_text().splitlines()[-1] == "set-state A good"


def test_a_restart_arms_the_other_slot_and_tells_the_firmware_to_try_it(
    rauc: tuple[Path, dict[str, str], Path, rauc_rig.Signer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configuration, environment, asked, _ = rauc
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > {tmp_path}/told\n')
    systemctl.chmod(0o755)
    installer = RaucInstaller(systemctl=str(systemctl), options=("--conf", str(configuration)))
    aio.run(installer.restart(trial=True))
    assert (tmp_path / "told").read_text() == "--no-ask-password|reboot|--reboot-argument=0 tryboot|"
    assert "set-primary B" in asked.read_text()
    aio.run(installer.restart(trial=False))
    assert (tmp_path / "told").read_text() == "--no-ask-password|reboot|"


def test_who_may_not_start_the_board_again_asks_with_a_file(
    rauc: tuple[Path, dict[str, str], Path, rauc_rig.Signer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configuration, environment, asked, _ = rauc
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    wish = tmp_path / "restart"
    installer = RaucInstaller(systemctl="/nonexistent", options=("--conf", str(configuration)), wish=wish)
    aio.run(installer.restart(trial=True))
    assert [path.name for path in tmp_path.glob("restart*")] == ["restart-trial"]
    assert "set-primary B" in asked.read_text()
    (tmp_path / "restart-trial").unlink()
    aio.run(installer.restart(trial=False))
    assert [path.name for path in tmp_path.glob("restart*")] == ["restart"]
    with pytest.raises(InstallerError) as caught:
        aio.run(RaucInstaller(wish=tmp_path / "none" / "restart").restart(trial=False))
    assert caught.value.code == "installer-failed"


def test_without_rauc_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(InstallerError) as caught:
        aio.run(RaucInstaller(str(tmp_path / "none")).slots())
    assert (caught.value.code, caught.value.detail) == (
        "installer-failed",
        f"{tmp_path}/none: No such file or directory",
    )


def test_a_rauc_that_cannot_say_its_slots_is_no_fault_of_a_bundle(tmp_path: Path) -> None:
    rauc = tmp_path / "rauc"
    rauc.write_text("#!/bin/sh\necho 'Error retrieving slot status via D-Bus: Could not connect' >&2\nexit 1\n")
    rauc.chmod(0o755)
    with pytest.raises(InstallerError, match="slot status") as caught:
        aio.run(RaucInstaller(str(rauc)).slots())
    assert caught.value.code == "installer-failed"


def test_an_installation_that_is_given_up_leaves_no_process(tmp_path: Path) -> None:
    rauc = tmp_path / "rauc"
    rauc.write_text(f'#!/bin/sh\necho $$ > {tmp_path}/pid\necho " 20% Copying"\nexec sleep 600\n')
    rauc.chmod(0o755)

    async def story() -> None:
        installing = RaucInstaller(str(rauc)).install("http://127.0.0.1/x")
        assert await anext(installing) == 20
        await installing.aclose()

    aio.run(story())
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("signature verification failed: self-signed certificate", "bundle-refused"),
        ("signature verification failed: Verify error: certificate is not yet valid", "bundle-unreadable"),
        ("Compatible mismatch: Expected 'a' but bundle has 'b'", "bundle-refused"),
        ("Failed to download bundle http://127.0.0.1:1/x: Transfer failed", "bundle-unreadable"),
        (
            "Failed mounting bundle: Failed to load dm table: Argument list too long, check DM_VERITY, DM_CRYPT or "
            "CRYPTO_AES kernel options.",
            "install-failed",
        ),
        ("Failed updating slot rootfs.1: failed to copy image: No space left on device", "install-failed"),
    ],
)
def test_what_rauc_says_has_a_code(said: str, code: str) -> None:
    assert failure(said).code == code


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"booted": "A", "compatible": 1}', b"[" * 9999])
def test_answers_that_make_no_sense_are_told(raw: bytes) -> None:
    for parse in (parse_slots, parse_manifest):
        with pytest.raises(InstallerError):
            parse(raw)


def test_the_uri_names_a_configuration() -> None:
    context = DriverContext(VirtualClock(), InlineWorkers(), SeededRandom(1))
    assert rauc_installer.open("rauc:", context)._options == ()
    assert rauc_installer.open("rauc:/etc/rauc/system.conf", context)._options == ("--conf", "/etc/rauc/system.conf")
    assert rauc_installer.open("rauc:", context)._wish is None
    assert rauc_installer.open("rauc:?restart=/run/lockgate/restart", context)._wish == Path("/run/lockgate/restart")
    for uri in ("rauc:system.conf", "rauc:?restart=restart", "rauc:?restart=", "rauc:?restart=/", "rauc:?start=/x"):
        with pytest.raises(DeviceConfigError):
            rauc_installer.open(uri, context)


# The twin alone


@pytest.mark.parametrize("fault", InstallerFault)
def test_the_twin_fails_as_it_is_told(fault: InstallerFault) -> None:
    twin = SimInstaller(VirtualClock(), known={GOOD: Manifest("0.2.0", COMPATIBLE)}, fetch=lambda _: GOOD, fault=fault)

    async def installed() -> list[int]:
        return [percent async for percent in twin.install("x")]

    async def story() -> None:
        with pytest.raises(InstallerError) as caught:
            await installed()
        assert caught.value.code == fault

    virtual_time.run(story())
    assert twin.held["A"] == "0.1.0"


def test_the_twin_goes_back_by_itself() -> None:
    twin = SimInstaller(VirtualClock(), known={GOOD: Manifest("0.2.0", COMPATIBLE)}, fetch=lambda _: GOOD)

    async def story() -> None:
        assert [percent async for percent in twin.install("x")][-1] == 100
        await twin.restart(trial=True)
        twin.power()
        assert (twin.running, (await twin.slots()).is_trial) == ("0.2.0", True)
        await twin.restart(trial=False)
        twin.power()
        assert (twin.running, (await twin.slots()).is_trial) == ("0.1.0", False)
        await twin.restart(trial=True)
        twin.power()
        await twin.mark(good=True)
        twin.cut()
        assert twin.running == "0.2.0"
        assert (await twin.slots()) == Slots("B", "B", COMPATIBLE)

    virtual_time.run(story())
