"""The image's units: what systemd makes of them, and what they promise each other."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from firmware.provisioning.system import KEYS, OWN, WIFI
from hal.drivers.pcsc_findings import KERNEL_MODULES, parse_driver_options
from tools.image.compose import KIOSK, MASKED, SCREEN, let_escape
from tools.image.errors import ImageError
from tools.image.gate import MOST_EXPOSURE, OURS, REPLACED, UNIT_FOLDERS, check_masked, parse_exposure
from tools.image.layout import SIGNATURE, Slot
from tools.image.sockets import golden

FILES = Path(__file__).parents[3] / "images" / "files"
UNITS = FILES / "usr" / "lib" / "systemd" / "system"
PLACED = FILES / "etc" / "systemd" / "system"
"""In place of packages' own."""
SHELL = (
    *(f"usr/libexec/lockgate-{name}" for name in ("data", "provision", "reset", "restart", "ssh-key", "trial")),
    *("../initramfs/init", "../rootfs/install.sh", "../rauc/build.sh", "../kiosk/has-display"),
)


@pytest.mark.parametrize("unit", [*(UNITS / name for name in OURS), *(PLACED / name for name in REPLACED)], ids=str)
def test_each_unit_may_do_little(unit: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert parse_exposure(done.stdout) * 10 <= MOST_EXPOSURE, done.stdout


@pytest.mark.parametrize("unit", [UNITS / "lockgate.service", KIOSK / "lockgate-kiosk.service"], ids=str)
def test_who_builds_boxes_by_bubblewrap_may(unit: Path) -> None:
    """It mounts a /proc in each, which the kernel refuses to whom a part of its own is covered, and calls openat2."""
    covering = {"ProtectKernelTunables", "ProtectKernelLogs", "ProtectHostname", "ProcSubset"}
    hiding = {"RestrictSUIDSGID"}
    said = {line.partition("=")[0] for line in unit.read_text().splitlines() if not line.startswith("#")}
    assert said.isdisjoint(covering | hiding)
    assert "NoNewPrivileges" in said


def test_the_gate_knows_every_unit_of_ours() -> None:
    assert sorted(OURS) == sorted(file.name for file in UNITS.glob("*.service"))
    assert sorted(REPLACED) == sorted(file.name for file in PLACED.glob("*.service"))


def test_a_unit_that_can_never_start_ends_the_build(tmp_path: Path) -> None:
    for folder in UNIT_FOLDERS:
        (tmp_path / folder).mkdir(parents=True)
    debians, ours = (tmp_path / folder / "pcscd.service" for folder in reversed(UNIT_FOLDERS))
    debians.write_text("[Unit]\nRequires=pcscd.socket\nRequires=polkit.service\n")
    with pytest.raises(ImageError, match=r"pcscd\.service requires polkit\.service"):
        check_masked(tmp_path, ["polkit.service"])
    check_masked(tmp_path, ["other.service", "pcscd.service"])
    ours.write_text((PLACED / "pcscd.service").read_text())
    check_masked(tmp_path, MASKED)


def test_the_preset_enables_our_units_and_masks_none_of_them() -> None:
    preset = (UNITS.parent / "system-preset" / "10-lockgate.preset").read_text()
    by_device = "lockgate-reset-stick.service"
    assert by_device in (FILES / "usr/lib/udev/rules.d/71-lockgate-reset.rules").read_text()
    stick = (UNITS / by_device).read_text()
    for line in ("Conflicts=lockgate.service", "OnSuccess=lockgate.service", "OnFailure=lockgate.service"):
        assert f"{line}\n" in stick, "the station's directory is one process's at a time"
    by_others = {
        by_device,
        "lockgate-ssh.service",
        "lockgate-ssh@.service",
        "lockgate-terminal@.service",
        "lockgate-wifi@.service",
    }
    by_asking = {"lockgate-ssh.socket", "lockgate-terminal.socket"}
    started = {unit for unit in OURS if unit not in by_others} | by_asking
    started = {re.sub(r"(restart|reset)\.service", r"\1.path", unit) for unit in started}
    started = {unit.replace("trial.service", "trial.timer") for unit in started}
    assert [unit for unit in started if f"enable {unit}\n" not in preset] == []
    assert preset.endswith("disable *\n")
    assert set(MASKED).isdisjoint(OURS)
    assert {"getty@.service", "serial-getty@.service", "debug-shell.service"} <= set(MASKED)


def test_the_station_is_watched_and_started_again() -> None:
    lines = set((UNITS / "lockgate.service").read_text().splitlines())
    assert {"Type=notify", "WatchdogSec=30", "Restart=always", "StartLimitAction=reboot", "LimitCORE=0"} <= lines
    assert {"User=lockgate", "CapabilityBoundingSet=", "NoNewPrivileges=yes"} <= lines


def test_the_sites_settings_come_before_the_network_and_the_station() -> None:
    text = (UNITS / "lockgate-provision.service").read_text()
    before = re.search(r"^Before=(.*)$", text, re.MULTILINE)
    assert before is not None
    assert {"network-pre.target", "lockgate.service"} <= set(before[1].split())


def test_ssh_and_wifi_are_there_only_where_the_site_has_asked_for_them() -> None:
    for unit in ("lockgate-ssh.service", "lockgate-ssh.socket"):
        assert "DefaultDependencies=no\n" in (UNITS / unit).read_text(), (
            "else a cycle: they wait for the site's settings"
        )
        assert f"ConditionPathExists=/run/{OWN}/{KEYS}\n" in (UNITS / unit).read_text()
    for unit in ("lockgate-wifi@.service", "modprobe@brcmfmac.service.d/lockgate.conf"):
        assert f"ConditionPathExists=/run/{OWN}/{WIFI}\n" in (UNITS / unit).read_text()
    session = re.search(r"^ExecStart=-(.*)$", (UNITS / "lockgate-ssh@.service").read_text(), re.MULTILINE)
    assert session is not None
    assert {"-s", "-w", "-k"} <= set(session[1].split()), "no password, no superuser, nothing forwarded to the box"
    assert f"-D /run/{OWN} " in session[1]
    assert 22 not in {one.port for one in golden()}
    firewall = (UNITS / "lockgate-firewall.service").read_text()
    assert re.search(r"^After=.* lockgate-site\.service", firewall, re.MULTILINE), (
        "what the site opens is there by then"
    )
    assert f'include "/run/{OWN}/*.nft"' in (FILES / "usr/share/lockgate/firewall.nft").read_text()


def test_a_command_of_the_technician_s_runs_within_the_station_s_bounds() -> None:
    """Else its doctor would find other troubles than the station has."""
    station, command = ((UNITS / f"lockgate{name}.service").read_text() for name in ("", "-terminal@"))
    bounds = station.partition("\nDevicePolicy=")[2].partition("\n[Install]")[0].splitlines()
    bounds = [line for line in bounds if line and not line.startswith("#")]
    assert bounds == [line for line in command.partition("\nDevicePolicy=")[2].splitlines() if line]
    assert {"User=lockgate", "StandardInput=socket", "LimitCORE=0"} <= set(command.splitlines())
    assert "RuntimeDirectory=" not in command, "it would go with the command"
    asked = (UNITS / "lockgate-terminal.socket").read_text()
    assert f"ConditionPathExists=/run/{OWN}/{KEYS}\n" in asked
    place = re.search(r"^ListenStream=(/.+)$", asked, re.MULTILINE)
    assert place is not None
    assert f'"{place[1]}"' in (FILES / "usr/bin/lockgate").read_text()
    assert {"SocketGroup=technician", "SocketMode=0660", "Accept=yes"} <= set(asked.splitlines())


def test_a_reader_of_pcscd_is_not_the_kernel_s() -> None:
    said = (FILES / "usr/lib/modprobe.d/lockgate-readers.conf").read_text().splitlines()
    assert {f"blacklist {module}" for module in KERNEL_MODULES} <= set(said)


def test_libccid_passes_on_what_readers_are_told(tmp_path: Path) -> None:
    settings = tmp_path / "etc/libccid_Info.plist"
    settings.parent.mkdir()
    settings.write_text("<key>ifdDriverOptions</key>\n\t<string>0x0040</string>\n<!-- 0x01: -->\n")
    let_escape(settings)
    assert parse_driver_options(settings.read_bytes()) == 0x41
    assert settings.read_text().endswith("</string>\n<!-- 0x01: -->\n")
    settings.write_text("<plist/>")
    with pytest.raises(ImageError, match="ifdDriverOptions"):
        let_escape(settings)


def test_the_box_makes_its_key_for_ssh_once(tmp_path: Path) -> None:
    maker = tmp_path / "dropbearkey"
    maker.write_text('#!/bin/sh\necho "$@" >>"${0%/*}/told"\necho "$RANDOM$$" >"$4"\n')
    maker.chmod(0o755)
    program, key = FILES / "usr/libexec/lockgate-ssh-key", tmp_path / "key"
    made = []
    for _ in range(2):
        path = f"{tmp_path}:/usr/bin:/bin"
        assert subprocess.run([str(program), str(key)], env={"PATH": path}, timeout=30).returncode == 0
        made.append(key.read_bytes())
    assert made[0] == made[1]
    assert (tmp_path / "told").read_text() == f"-t ed25519 -f {key}.new\n"


def test_the_sites_file_is_taken_from_and_destroyed_on_every_kind_of_card() -> None:
    """The kernel asks one rule for all that an opening wants: reading and writing on two lines is neither."""
    found = re.findall(r"^DeviceAllow=(.+)$", (UNITS / "lockgate-provision.service").read_text(), re.MULTILINE)
    assert {"block-mmc rw", "block-sd rw", "block-virtblk rw", "block-blkext rw"} == set(found)


def test_a_configuration_that_was_made_says_by_which_root(tmp_path: Path) -> None:
    card, configuration, line = tmp_path / "card", tmp_path / "etc", tmp_path / "cmdline"
    configuration.mkdir()
    line.write_text("console=tty1 lockgate.roothash=aa11 quiet\n")
    programs = tmp_path / "bin"
    programs.mkdir()

    def start(provision: str) -> int:
        for name, text in (("mount", ""), ("umount", ""), ("lockgate", provision)):
            (programs / name).write_text(f"#!/bin/sh\n{text}\n")
            (programs / name).chmod(0o755)
        command = [str(FILES / "usr/libexec/lockgate-provision"), str(card), str(configuration), str(line)]
        return subprocess.run(command, env={"PATH": f"{programs}:/usr/bin:/bin"}, timeout=30).returncode

    assert start("exit 78") == 78
    assert not (configuration / "made-by").exists()
    assert start("exit 0") == 0
    assert (configuration / "made-by").read_text() == "aa11\n"


def test_partitions_are_those_of_the_layout() -> None:
    found = re.findall(r"([0-9a-f]{8})-(0[0-9])\b", (FILES / "etc/rauc/system.conf").read_text())
    assert found
    assert {signature for signature, _ in found} == {f"{SIGNATURE:08x}"}


def test_the_kiosk_s_files_are_there_and_each_goes_somewhere() -> None:
    left = {"README.md", "chromium-panel", "chromium/lockgate.json"}
    there = {str(file.relative_to(KIOSK)) for file in KIOSK.rglob("*") if file.is_file()}
    assert there == {*SCREEN, *left}


@pytest.mark.parametrize(
    ("connectors", "is_there"),
    [({}, False), ({"HDMI-A-1": "disconnected"}, False), ({"HDMI-A-1": "disconnected", "DSI-1": "connected"}, True)],
)
def test_there_is_a_browser_only_where_a_display_is(tmp_path: Path, connectors: dict[str, str], is_there: bool) -> None:
    for name, status in connectors.items():
        (tmp_path / f"card0-{name}").mkdir()
        (tmp_path / f"card0-{name}" / "status").write_text(f"{status}\n")
    done = subprocess.run([str(KIOSK / "has-display"), str(tmp_path)], timeout=30)
    assert (done.returncode == 0) is is_there


def test_rauc_knows_both_slots_by_their_partitions() -> None:
    text = (FILES / "etc/rauc/system.conf").read_text()
    for index, slot in enumerate(Slot):
        root = re.search(rf"\[slot\.rootfs\.{index}\]\ndevice=\S+-0(\d)\ntype=raw\nbootname=(\w)", text)
        boot = re.search(rf"\[slot\.boot\.{index}\]\ndevice=\S+-0(\d)\n", text)
        assert root is not None
        assert boot is not None
        assert (int(root[1]), root[2], int(boot[1])) == (slot.root, slot.name, slot.boot)


@pytest.mark.parametrize("name", [*SHELL[:6], "../tryboot/lockgate-tryboot"])
def test_no_program_takes_a_stick_for_the_card(name: str) -> None:
    text = (FILES / name).read_text()
    assert not re.search(r"PARTUUID|by-partuuid|by-label|LABEL=", text), "any stick may bear that name"


def test_the_initramfs_takes_the_root_of_the_slot() -> None:
    text = (FILES.parent / "initramfs" / "init").read_text()
    assert f"{Slot.B.boot}) slot=B root={Slot.B.root} ;;" in text
    assert f"*) slot=A root={Slot.A.root} ;;" in text


@pytest.mark.parametrize("name", SHELL)
def test_the_programs_are_such(name: str) -> None:
    file = FILES / name
    assert file.stat().st_mode & 0o111
    assert subprocess.run(["sh", "-n", str(file)], timeout=30).returncode == 0


def test_a_start_that_failed_is_tried_again_by_itself() -> None:
    text = (FILES / "etc/systemd/system/emergency.service.d/lockgate.conf").read_text()
    assert text.endswith("ExecStart=\nExecStart=/usr/bin/systemctl --force reboot\n")
    assert "|| again" in (FILES.parent / "initramfs/init").read_text().splitlines()[-2]


@pytest.mark.parametrize(
    ("wished", "asked"),
    [
        ("restart-trial", "reboot|--reboot-argument=0 tryboot|"),
        ("restart", "reboot|"),
    ],
)
def test_the_board_starts_again_as_the_station_wishes(tmp_path: Path, wished: str, asked: str) -> None:
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > {tmp_path}/told\n')
    systemctl.chmod(0o755)
    (tmp_path / wished).write_text("ignored; and what it says is not read\n")
    program = FILES / "usr/libexec/lockgate-restart"
    path = f"{tmp_path}:/usr/bin:/bin"
    done = subprocess.run([str(program), str(tmp_path / "restart")], env={"PATH": path}, timeout=30)
    assert done.returncode == 0
    assert (tmp_path / "told").read_text() == asked
    assert list(tmp_path.glob("restart*")) == []


@pytest.mark.parametrize(
    ("told", "asked"), [("echo yes", "reboot|"), ("echo no", ""), ("exit 1", "reboot|"), ("exit 127", "reboot|")]
)
def test_a_try_ends_unless_it_is_known_to_be_none(tmp_path: Path, told: str, asked: str) -> None:
    for name, text in (("lockgate-tryboot", told), ("systemctl", f'printf "%s|" "$@" > {tmp_path}/told')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "lockgate-trial").symlink_to(FILES / "usr/libexec/lockgate-trial")
    path = f"{tmp_path}:/usr/bin:/bin"
    assert subprocess.run([str(tmp_path / "lockgate-trial")], env={"PATH": path}, timeout=30).returncode == 0
    assert (tmp_path / "told").exists() == bool(asked)
    if asked:
        assert (tmp_path / "told").read_text() == asked


def test_whatever_keeps_a_try_from_ending_ends_it() -> None:
    lines = (UNITS / "lockgate-trial.service").read_text().splitlines()
    assert "FailureAction=reboot-force" in lines
    assert "TimeoutStartSec=2min" in lines, "one that waits for a card has failed"


def test_the_station_asks_where_the_restart_looks() -> None:
    wish = tomllib.loads((FILES / "usr/share/lockgate/lockgate.toml").read_text())["updates"]["installer"]
    path = wish.removeprefix("rauc:?restart=")
    unit = (UNITS / "lockgate-restart.path").read_text()
    assert {f"PathExists={path}", f"PathExists={path}-trial"} <= set(unit.splitlines())
    assert f"ExecStart=/usr/libexec/lockgate-restart {path}\n" in (UNITS / "lockgate-restart.service").read_text()


def test_nobody_speaks_to_rauc_but_the_superuser_and_the_station() -> None:
    text = (FILES / "usr/share/dbus-1/system.d/de.pengutronix.rauc.conf").read_text()
    may = {
        whom: re.findall(r"<(\w+) send_destination=", rules)
        for whom, rules in re.findall(r"<policy (.+?)>(.+?)</policy>", text, re.DOTALL)
    }
    assert may == {'context="default"': ["deny"], 'user="root"': ["allow"], 'user="lockgate"': ["allow"]}
