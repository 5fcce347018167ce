"""What surrounds the station, in the image that was built: a site's settings for the system, SSH by key, the watchdogs,
and the record that lasts. The station starts three times: by the site's file, by its own watchdog, by the board's.
"""

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest

from firmware.provisioning.readable import METRICS_PORT
from tests.image.boxes import PLACE
from tools.image import probe
from tools.image.firmware_twin import FirmwareTwin
from tools.image.machine import Board, Machine
from tools.image.rig import AWAKE, JOINED, LONGEST, PATIENT, READY, free_port, new_card
from tools.image.site import Site
from tools.image.sockets import ANY, Listening, golden, of_user, parse_sockets, unexpected

SETTINGS = """
[network]
method = "static"
address = "10.0.2.15/25"
gateway = "10.0.2.2"
dns = ["10.0.2.3"]
ntp = ["10.0.2.2"]
hostname = "front-door"
reach = ["10.0.2.0/24"]

[panel]
language = "de"
timezone = "Asia/Kathmandu"

[metrics]
from = ["10.0.2.2"]

[ssh]
keys = ["{key}"]
"""
"""As QEMU's user network has it, with another mask than its DHCP server tells."""
QUESTIONS = {
    "address": "ip -4 addr show scope global",
    "route": "ip route",
    "time": "timedatectl show-timesync -p LinkNTPServers -p SystemNTPServers",
    "host": "cat /proc/sys/kernel/hostname",
    "zone": "date +%z",
    "modules": "cat /proc/modules",
    "firewall": "nft list chain inet lockgate input",
    "sockets": probe.QUESTIONS["sockets"],
    "asks": "id -u systemd-timesync",
    "failed": probe.QUESTIONS["failed"],
    "elsewhere": "setpriv --reuid lockgate --clear-groups python3 -c "
    "\"import socket; socket.create_connection(('192.0.2.1', 443), 60)\" 2>&1",
    "journal": "ls /var/log/journal",
    "dog": "cat /sys/class/watchdog/watchdog0/identity /sys/class/watchdog/watchdog0/state",
    "config": "cat /etc/lockgate/lockgate.toml",
    "modes": "stat -c %a:%U:%n /run/lockgate-site/authorized_keys /etc/lockgate/ssh /etc/lockgate/ssh/key",
    "shadow": "cut -d: -f1,2 /etc/shadow",
    "verified": "setpriv --reuid lockgate --clear-groups lockgate audit verify --json",
    "record": "cat /var/lib/lockgate/audit-000001.jsonl",
    "kept": "cat /var/lib/systemd/probed",
}
DOCTOR = r"""sed -e '/^\(Runtime\|Restart\|StartLimit\|Watchdog\|ExecStartPost\|NotifyAccess\)/d' \
    -e 's/^Type=.*/Type=oneshot/; s/journal+console/journal/' \
    -e 's/^User=/Environment=LOCKGATE_PRINTER_CONVERTER=mutool:\n&/' \
    -e 's/^ExecStart=.*/ExecStart=-\/usr\/bin\/lockgate doctor --json/' \
    /usr/lib/systemd/system/lockgate.service >/run/systemd/system/tried.service && systemctl daemon-reload && \
    systemctl start tried && journalctl -q --no-pager -o cat -u tried"""
"""What the doctor says within the very bounds of the station, where it builds the box for foreign programs, too."""
QUESTIONS["doctor"] = DOCTOR
ADIANTUM = r"""key() { head -c 32 /dev/zero; }; opened() { key | cryptsetup open --key-file - /run/tried tried; }
truncate -s 32M /run/tried; key | cryptsetup luksFormat -q --type luks2 --key-size 256 --hash sha256 \
    --cipher xchacha12,aes-adiantum-plain64 --sector-size 4096 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \
    --key-file - /run/tried; opened; echo over paper >/dev/mapper/tried; cryptsetup status tried; cryptsetup close tried
opened; head -n 1 /dev/mapper/tried; cryptsetup close tried; grep -c 'over paper' /run/tried"""
"""What the data lie under where the processor has no AES, as `lockgate-data` makes it: QEMU's boards all have it."""
QUESTIONS["adiantum"] = ADIANTUM
HANG = (
    "until grep -q Tablet /proc/bus/input/devices; do sleep 1; done; test -e /var/lib/systemd/probed || { "
    "kill -STOP $(systemctl show -P MainPID lockgate); echo probe: stopped; "
    "until test $(systemctl show -P NRestarts lockgate) -gt 0; do sleep 1; done; "
    "until systemctl is-active -q lockgate; do sleep 1; done; "
    'until test $(grep -c \'"event":"started"\' /var/lib/lockgate/audit-000001.jsonl) -gt 1; do sleep 1; done; '
    "echo yes > /var/lib/systemd/probed; "
    "systemctl show -P NRestarts lockgate; journalctl -q --no-pager -o cat -u lockgate -g watchdog; sync; "
    "echo 0 > /proc/sys/kernel/panic; echo probe: over; echo c > /proc/sysrq-trigger; }"
)
"""Once, when the tablet comes: the station is stopped until its watchdog has it started again; then the kernel is."""
EPHEMERAL = 32768
"""The first of the ports that the kernel chooses (ip-sysctl, ip_local_port_range)."""
PANIC = "sysrq triggered crash"
RESETTING = ("-action", "reboot=reset", "-device", "qemu-xhci")
"""What resets the board starts it again, as it does a real one."""


@dataclass(frozen=True)
class Life:
    """What the probe saw at the first start, when the station had hung, and after the board had; what SSH answered."""

    first: dict[str, str]
    hung: str
    again: dict[str, str]
    serial: str
    shell: "dict[str, subprocess.CompletedProcess[str]]"
    host_keys: list[str]
    metrics: str


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    folder = tmp_path_factory.mktemp("site")
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)], check=True, timeout=60)
    public = key.with_suffix(".pub").read_text().strip()
    port, reading = free_port(), free_port()
    with Site(folder, free_port()) as site:
        card = new_card(PLACE, site.file("hall") + SETTINGS.format(key=public).encode(), "services.img")
        site.serve(for_guests=True)
        disk, words = probe.on_disk(PLACE, "services", probe.script(QUESTIONS, HANG))
        board = Board(forwards=((port, 22), (reading, METRICS_PORT)), devices=(*RESETTING, *disk))
        with FirmwareTwin(PLACE, card, board).boot("services", words=f"{PATIENT} {words}") as machine:
            yield _lived(machine, Shell(port, key), reading)
    card.unlink()


def _lived(machine: Machine, shell: "Shell", reading: int) -> Life:
    for sign in (READY, JOINED, AWAKE):
        machine.wait(sign, LONGEST)
    first = probe.answers(machine, LONGEST)
    with urlopen(f"http://127.0.0.1:{reading}/metrics", timeout=LONGEST) as answer:
        metrics = answer.read().decode()
    said = shell.tries()
    keys = [shell.host_key()]
    machine.tell("device_add", driver=probe.TABLET)
    machine.wait(r"^probe: stopped", LONGEST)
    machine.wait(PANIC, LONGEST)
    hung, _, _ = machine.serial.partition("probe: stopped")[2].partition("probe: over")
    machine.wait(rf"(?s){PANIC}.*{READY}.*^{probe.END}", LONGEST)
    again = probe.split(machine.serial.partition(PANIC)[2])
    keys.append(shell.host_key())
    return Life(first, hung, again, machine.serial, said, keys, metrics)


@dataclass(frozen=True)
class Shell:
    """The box's SSH, through QEMU."""

    port: int
    key: Path

    def tries(self) -> "dict[str, subprocess.CompletedProcess[str]]":
        return {
            "ours": self._ssh("technician", "id -un; cat /run/lockgate/technician-start; head -c1 /etc/shadow"),
            "log": self._ssh("technician", "journalctl -q --no-pager -o cat -n 1 -u lockgate"),
            "doctor": self._ssh("technician", "lockgate doctor --json"),
            "update": self._ssh("technician", "lockgate update"),
            "reset": self._ssh("technician", "lockgate reset --yes"),
            "root": self._ssh("root", "id -un"),
            "station": self._ssh("lockgate", "id -un"),
            "word": self._ssh("technician", "id", "-o", "PubkeyAuthentication=no"),
        }

    def host_key(self) -> str:
        found = subprocess.run(
            ["ssh-keyscan", "-t", "ed25519", "-T", "240", "-p", str(self.port), "127.0.0.1"],
            capture_output=True,
            text=True,
            timeout=LONGEST,
        )
        return found.stdout.strip()

    def _ssh(self, user: str, command: str, *more: str) -> "subprocess.CompletedProcess[str]":
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes", "ConnectTimeout=240"]
        words = ["ssh", "-p", str(self.port), "-i", str(self.key), *(word for one in options for word in ("-o", one))]
        command_line = [*words, *more, f"{user}@127.0.0.1", command]
        return subprocess.run(command_line, capture_output=True, text=True, timeout=LONGEST, stdin=subprocess.DEVNULL)


def test_the_address_is_the_site_s(life: Life) -> None:
    for said in (life.first, life.again):
        assert re.search(r"inet 10\.0\.2\.15/25 (?!.*dynamic)", said["address"]), "a lease would have /24"
        assert "default via 10.0.2.2" in said["route"]


def test_time_comes_from_the_site_s_server(life: Life) -> None:
    assert "LinkNTPServers=10.0.2.2" in life.first["time"]


def test_the_box_has_the_site_s_name_and_zone_and_the_panel_its_language(life: Life) -> None:
    for said in (life.first, life.again):
        assert said["host"].strip() == "front-door"
        assert said["zone"].strip() == "+0545"
    assert 'language = "de"' in life.first["config"]
    assert 'timezone = "Asia/Kathmandu"' in life.first["config"]


def test_no_radio_is_there_that_nobody_asked_for(life: Life) -> None:
    loaded = {line.split()[0] for line in life.first["modules"].splitlines()}
    assert "virtio_net" in loaded
    assert loaded.isdisjoint({"brcmfmac", "bluetooth", "hci_uart", "mac80211"}), (
        "cfg80211 is networkd's question, no radio"
    )


def test_ssh_lets_the_key_in_and_nobody_else(life: Life) -> None:
    ours = life.shell["ours"]
    assert ours.stdout.splitlines()[0] == "technician", ours.stderr
    assert ours.stdout.splitlines()[1].startswith("/"), "the technician's page can be begun"
    assert "Permission denied" in ours.stderr, "it is not the superuser"
    assert life.shell["log"].stdout.strip()
    for name in ("root", "station", "word"):
        assert life.shell[name].returncode == 255, name
        assert life.shell[name].stdout == "", name


def test_the_technician_has_the_commands_that_look_and_no_others(life: Life) -> None:
    doctor = life.shell["doctor"]
    found = json.loads(doctor.stdout)
    assert [one for one in found["findings"] if one["device"] == "storage"], "the station's own storage"
    assert [one for one in found["findings"] if one["device"] == "pcsc"] == []
    assert doctor.returncode == (0 if found["ok"] else 1)
    assert re.fullmatch(r"version \S+, slot A\nno update is under way\n", life.shell["update"].stdout)
    assert life.shell["update"].returncode == 0
    assert life.shell["reset"].returncode == 2
    assert life.shell["reset"].stdout.startswith("over SSH there are: ")


def test_nobody_has_a_password(life: Life) -> None:
    entries = dict(line.split(":") for line in life.first["shadow"].splitlines())
    assert "technician" in entries
    assert [name for name, word in entries.items() if not word.startswith(("!", "*"))] == []


def test_the_firewall_lets_in_ssh_and_who_reads_the_metrics_and_nothing_else(life: Life) -> None:
    assert re.findall(r"tcp dport (\S+).*accept", life.first["firewall"]) == [str(METRICS_PORT), "22"]
    assert f"ip saddr 10.0.2.2 tcp dport {METRICS_PORT} " in life.first["firewall"]
    assert "policy drop" in life.first["firewall"]


def test_the_station_goes_where_the_site_says_and_nowhere_else(life: Life) -> None:
    assert "ConnectionRefusedError" in life.first["elsewhere"], "at once, and not in its own time"


def test_the_metrics_are_read_by_whom_the_site_names(life: Life) -> None:
    assert life.metrics.endswith("# EOF\n")
    assert "lockgate_" in life.metrics


def test_the_sockets_of_ssh_and_metrics_come_on_top_of_the_golden_list(life: Life) -> None:
    """And the one that asks for the time, at a port of the kernel's choosing: the firewall lets in answers."""
    found = parse_sockets(life.first["sockets"])
    asking = parse_sockets(of_user(life.first["sockets"], int(life.first["asks"])))
    assert all(one.port >= EPHEMERAL for one in asking)
    assert unexpected(found, golden() | {Listening(ANY, 22), Listening(ANY, METRICS_PORT)} | asking) == set()
    assert 22 in {one.port for one in found}


def test_the_box_keeps_its_key_for_ssh(life: Life) -> None:
    assert life.host_keys[0]
    assert life.host_keys[0] == life.host_keys[1]
    assert "600:root:/etc/lockgate/ssh/key" in life.first["modes"]
    assert "700:root:/etc/lockgate/ssh\n" in life.first["modes"]


def test_no_unit_has_failed(life: Life) -> None:
    assert "ordering cycle" not in life.serial
    assert life.first["failed"].strip() == ""
    assert life.again["failed"].strip() == ""


def test_a_station_that_hangs_is_started_again_by_its_watchdog(life: Life) -> None:
    assert re.search(r"^\s*[1-9]\d*\s*$", life.hung, re.MULTILINE), "NRestarts"
    assert re.search(r"[Ww]atchdog timeout", life.hung)


def test_a_board_whose_kernel_stands_still_is_started_again_by_its_own(life: Life) -> None:
    assert "i6300ESB" in life.first["dog"]
    assert "active" in life.first["dog"]
    halted = life.serial.partition(PANIC)[2].partition("initramfs: slot")[0]
    assert "end Kernel panic" in halted
    assert "Rebooting in" not in halted, "the kernel was told to stay where it is"
    assert life.again["kept"].strip() == "yes"


def test_the_record_goes_on_where_it_was_whatever_ended_the_station(life: Life) -> None:
    verified = json.loads(life.again["verified"])
    assert verified["ok"], verified
    lines = life.again["record"].strip().splitlines()
    assert hashlib.sha256(lines[-1].encode()).hexdigest() == verified["hash"] or verified["unconfirmed"]
    events = [json.loads(line)["event"] for line in lines]
    assert events.count("started") == 3, "by the site's file, by its watchdog, by the board's"
    assert "paired" in events
    assert "damage-found" not in events
    assert verified["first"] == 1


def test_the_image_has_what_encrypts_where_the_processor_has_no_aes(life: Life) -> None:
    assert "xchacha12,aes-adiantum-plain64" in life.first["adiantum"]
    assert life.first["adiantum"].splitlines()[-2:] == ["over paper", "0"], "kept, and not in the clear"


def test_the_log_is_in_memory(life: Life) -> None:
    assert "No such file" in life.again["journal"]


def test_the_station_can_build_the_box_for_foreign_programs_within_its_bounds(life: Life) -> None:
    assert "findings" in life.first["doctor"], "the doctor ran"
    assert "bubblewrap" not in life.first["doctor"]
