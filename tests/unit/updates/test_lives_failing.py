"""Updates of a box in virtual time that fail, each in its way, and those that a power cut meets at every step."""

import pytest

from firmware.updates.effects import install_seconds
from firmware.updates.machine import MOST_INSTALLATIONS
from firmware.updates.record import FILE, WISH
from firmware.updates.states import Phase
from hal.ports.installer import InstallerError
from hal.sim import virtual_time
from hal.sim.installer import COMPATIBLE, InstallerFault
from tests.support.update_rig import HOUR, Box, bundle


@pytest.mark.parametrize("word", ["slots", "mark"])
def test_an_installer_that_is_slow_after_the_start_is_asked_again_soon(word: str) -> None:
    async def story() -> None:
        box = Box()
        box.publish("0.2.0")
        really, failures = getattr(box.installer, word), [2]

        async def slow(**given: bool) -> object:
            if box.installer.running == "0.2.0" and failures[0]:
                failures[0] -= 1
                raise InstallerError("install-failed", "Timeout was reached")
            return await really(**given)

        setattr(box.installer, word, slow)
        record = await box.live(HOUR + 600)
        assert (failures, record.phase, record.code) == ([0], Phase.ENDED, "")
        assert box.installer.asked == ["install", "trial", "good"]

    virtual_time.run(story())


def test_an_unhealthy_version_goes_back() -> None:
    async def story() -> None:
        box = Box()
        box.publish("0.2.0")
        box.faults = lambda version: ("self-test-failed",) if version == "0.2.0" else ()
        record = await box.live()
        assert (record.phase, record.code, record.told) == (Phase.ENDED, "self-test-failed", True)
        assert (box.installer.running, (await box.installer.slots()).is_trial) == ("0.1.0", False)
        assert box.installer.asked == ["install", "trial", "bad", "restart"]
        await box.live(23 * HOUR)
        assert box.installer.asked.count("install") == 1, "what was judged is not tried again"

    virtual_time.run(story())


def test_what_was_not_well_before_is_not_the_update_s_fault() -> None:
    async def story() -> None:
        box = Box()
        box.publish("0.2.0")
        box.faults = lambda _version: ("printer-unreachable",)
        assert (await box.live()).code == ""
        assert box.installer.running == "0.2.0"

    virtual_time.run(story())


def test_a_version_that_does_not_start_is_given_up() -> None:
    async def story() -> None:
        box = Box()
        box.publish("0.2.0")
        box.installer.starts = lambda version: version != "0.2.0"
        record = await box.live()
        assert (record.phase, record.code, box.installer.running) == (Phase.ENDED, "update-not-started", "0.1.0")
        assert box.installer.asked == ["install", "trial", "trial"]

    virtual_time.run(story())


@pytest.mark.parametrize(("version", "code"), [("0.0.9", "update-older"), ("0.2.0", "update-foreign")])
def test_older_and_foreign_bundles_are_refused_unread(version: str, code: str) -> None:
    async def story() -> None:
        box = Box()
        box.publish(version, COMPATIBLE if code == "update-older" else "toaster")
        record = await box.live()
        assert (record.phase, record.code, box.installer.asked) == (Phase.ENDED, code, [])
        assert box.mesh.told[-1].code == code

    virtual_time.run(story())


def test_a_mesh_that_lies_about_the_version_installs_nothing() -> None:
    async def story() -> None:
        box = Box()
        box.publish("0.0.5")
        box.mesh.offer("0.2.0", raw=bundle("0.0.5"))
        record = await box.live()
        assert (record.code, box.installer.asked) == ("bundle-differs", [])

    virtual_time.run(story())


@pytest.mark.parametrize(
    ("fault", "installations"),
    [(InstallerFault.UNREADABLE, MOST_INSTALLATIONS), (InstallerFault.MEDIUM, MOST_INSTALLATIONS)],
)
def test_an_installation_that_fails_is_tried_again_a_few_times(fault: InstallerFault, installations: int) -> None:
    async def story() -> None:
        box = Box()
        box.publish("0.2.0")
        box.installer.fault = fault
        record = await box.live()
        assert (record.phase, record.code) == (Phase.ENDED, fault)
        assert box.installer.asked == ["install"] * installations
        box.installer.fault = None
        box.storage.replace(WISH, b"install")
        await box.live(HOUR)
        assert box.installer.running == "0.2.0", "a person may have it tried again"

    virtual_time.run(story())


@pytest.mark.parametrize(("drips", "running"), [(1, "0.2.0"), (99, "0.1.0")])
def test_a_bundle_that_drips_is_ended_and_tried_again(drips: int, running: str) -> None:
    async def story() -> None:
        box = Box()
        box.publish("0.2.0")
        box.mesh.drips = drips
        record = await box.live(30 * HOUR)
        ends = sum("bundle-too-slow" in line for line in box.journal if line.startswith("updates:"))
        assert (ends, box.installer.running) == (min(drips, MOST_INSTALLATIONS), running)
        assert (record.phase, record.code) == (Phase.ENDED, "" if drips == 1 else "bundle-too-slow")

    virtual_time.run(story())


def test_how_long_an_installation_may_take_is_by_its_size_and_bounded() -> None:
    assert install_seconds(1) < 3601
    assert 2 * HOUR < install_seconds(200 * 2**20) < 3 * HOUR
    assert install_seconds(2**40) == 12 * HOUR


def test_a_bundle_of_another_signer_is_refused_at_once() -> None:
    async def story() -> None:
        box = Box()
        box.mesh.offer("0.2.0")
        record = await box.live()
        assert (record.code, box.installer.asked) == ("bundle-refused", [])

    virtual_time.run(story())


def test_without_the_mesh_after_the_try_the_old_version_comes_back() -> None:
    async def story() -> None:
        box = Box()
        box.publish("0.2.0")
        power = box.installer.power

        def cut_off() -> None:
            power()
            box.mesh.away = box.installer.running == "0.2.0"

        box.installer.power = cut_off  # type: ignore[method-assign]
        record = await box.live()
        assert (record.code, record.told, box.installer.running) == ("mesh-unreachable", True, "0.1.0")

    virtual_time.run(story())


def test_a_damaged_record_is_told_and_a_try_is_still_judged() -> None:
    async def story() -> None:
        box = Box()
        box.publish("0.2.0")
        power = box.installer.power

        def damaged() -> None:
            power()
            box.storage.replace(FILE, b"{")

        box.installer.power = damaged  # type: ignore[method-assign]
        record = await box.live()
        assert (record.phase, record.code, box.installer.running) == (Phase.ENDED, "", "0.2.0")
        assert "updates: update-record-damaged: update begins anew" in box.journal

    virtual_time.run(story())


@pytest.mark.parametrize("healthy", [True, False], ids=["healthy", "unhealthy"])
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("write", range(1, 9))
def test_the_power_cut_at_every_write(write: int, healthy: bool, before: bool) -> None:
    """Always a slot that runs, the right one at the end, and the mesh knows."""

    async def story() -> None:
        box = Box()
        box.publish("0.2.0")
        if not healthy:
            box.faults = lambda version: ("self-test-failed",) if version == "0.2.0" else ()
        really, writes = box.storage.replace, [write]

        def cut(name: str, data: bytes) -> None:
            writes[0] -= 1
            if writes[0] == 0 and before:
                raise box.power_cut()
            really(name, data)
            if writes[0] == 0:
                raise box.power_cut()

        box.storage.replace = cut  # type: ignore[method-assign]
        record = await box.live(40 * HOUR)
        assert (record.phase, record.told) == (Phase.ENDED, True)
        assert record.code == ("" if healthy else "self-test-failed")
        assert box.installer.running == ("0.2.0" if healthy else "0.1.0")
        assert not (await box.installer.slots()).is_trial

    virtual_time.run(story())


@pytest.mark.parametrize("healthy", [True, False], ids=["healthy", "unhealthy"])
@pytest.mark.parametrize("seconds", range(3590, 3590 + 16 * 25, 25))
def test_the_power_cut_at_any_moment_of_the_update(seconds: int, healthy: bool) -> None:
    async def story() -> None:
        box = Box()
        box.publish("0.2.0")
        if not healthy:
            box.faults = lambda version: ("self-test-failed",) if version == "0.2.0" else ()
        await box.live(seconds)
        box.storage.crash()
        box.installer.cut()
        record = await box.live(40 * HOUR)
        assert record.phase is Phase.ENDED
        assert box.installer.running == ("0.2.0" if healthy else "0.1.0")

    virtual_time.run(story())
