"""What a site's file left for the system: laid where the system looks for it, and nothing else with it."""

import os
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.provisioning import system
from firmware.provisioning.errors import ProvisioningError
from firmware.provisioning.rendered import STATION, SYSTEM, files
from firmware.provisioning.site_file import parse
from tests.unit.provisioning.rig import GOOD, PASSPHRASE

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Yzq9Qb1xVn3T0mP2c5r8u1w4y7A0D3G6J9M2P5S8V"
ALL = f'{GOOD.partition("[ssh]")[0]}\n[ssh]\nkeys = ["{KEY} ada@desk"]\n'
WIRED = """
[network]
method = "static"
address = "192.0.2.7/24"
gateway = "192.0.2.1"
ntp = ["time.example", "192.0.2.9"]
"""
HEX = "ab" * 32


def left(text: str) -> dict[str, str]:
    """What applying this site's file leaves for the system."""
    made = files(parse(text.encode()), "/site")
    return {name.removeprefix(SYSTEM): content for name, content in made.items() if name.startswith(SYSTEM)}


def planned(found: dict[str, str]) -> system.Plan:
    return system.plan(found, lambda zone: zone == "Europe/Vienna")


def test_everything_that_a_site_may_say_goes_to_its_place() -> None:
    found = left(ALL)
    named = {system.NETWORK, system.WIFI, system.HOSTNAME, system.TIMEZONE, system.KEYS, system.METRICS, system.REACH}
    assert set(found) == named
    wanted = planned(found)
    assert wanted.refused == ()
    assert wanted.hostname == "lobby-1"
    assert wanted.links == {"lockgate-site/localtime": "/usr/share/zoneinfo/Europe/Vienna"}
    assert wanted.files["systemd/network/10-site.network"] == (found[system.NETWORK], 0o644)
    assert wanted.files["lockgate-site/wpa_supplicant.conf"] == (found[system.WIFI], 0o600)
    assert wanted.files["lockgate-site/authorized_keys"] == (f"{KEY} ada@desk\n", 0o644)
    assert wanted.files["lockgate-site/metrics.nft"][0].splitlines()[1] == (
        "add rule inet lockgate input ip saddr { 192.0.2.10/32, 192.0.2.64/28 } tcp dport 9632 ct state new "
        "limit rate 10/second accept"
    )
    assert "dport 22" in wanted.files["lockgate-site/ssh.nft"][0]
    assert PASSPHRASE not in repr(wanted)


def test_a_site_that_says_little_gets_neither_radio_nor_ssh() -> None:
    wanted = planned(left(WIRED))
    assert set(wanted.files) == {"systemd/network/10-site.network"}
    assert (wanted.hostname, dict(wanted.links), wanted.refused) == ("", {}, ())
    assert planned({}).files == {}


def test_those_who_read_metrics_over_ipv6_get_a_rule_of_ipv6() -> None:
    rule = planned({system.METRICS: "2001:db8::/64\n"}).files["lockgate-site/metrics.nft"][0]
    assert "ip6 saddr { 2001:db8::/64 } tcp dport 9632" in rule


def test_the_station_goes_where_the_site_says_and_nowhere_else() -> None:
    rules = planned({system.REACH: "192.0.2.0/24\n198.51.100.7/32\n"}).files["lockgate-site/reach.nft"][0].splitlines()
    head = 'insert rule inet lockgate output oif != "lo" meta skuid "lockgate" ct state new meta nfproto'
    assert rules[1:] == [
        f"{head} ipv4 meta l4proto tcp ip daddr != {{ 192.0.2.0/24, 198.51.100.7/32 }} reject with tcp reset",
        f"{head} ipv6 meta l4proto tcp reject with tcp reset",
    ]


def test_wifi_lets_its_own_driver_load_and_bluetooth_s_not() -> None:
    radios = planned(left(ALL)).files["modprobe.d/lockgate-radios.conf"][0]
    usual = Path(__file__).parents[3] / "images/files/usr/lib/modprobe.d/lockgate-radios.conf"
    off = {line for line in usual.read_text().splitlines() if line.startswith(("install", "options"))}
    on = {line for line in radios.splitlines() if line.startswith(("install", "options"))}
    assert off - on == {"install brcmfmac /usr/bin/false", "options rfkill default_state=0"}
    assert on < off


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (system.NETWORK, "[Match]\nName=en* eth*\n\n[Network]\nDHCP=yes\nBridge=br0\n"),
        (system.NETWORK, "[Match]\nName=*\n"),
        (system.NETWORK, "[Match]\nName=en* eth*\n[Route]\nGateway=192.0.2.1\n"),
        (system.NETWORK, "DHCP=yes\n"),
        (system.NETWORK, left(ALL)[system.NETWORK] + "DNS=192.0.2.1\x0bBridge=br0\n"),
        (system.WIFI, "ctrl_interface=/run/x\n" + left(ALL)[system.WIFI]),
        (system.WIFI, left(ALL)[system.WIFI] + "pkcs11_module_path=/data/evil.so\n"),
        (system.WIFI, left(ALL)[system.WIFI].replace('psk="', 'psk="a"\n\topenssl_ciphers="')),
        (system.HOSTNAME, "lobby\nother\n"),
        (system.HOSTNAME, "-x\n"),
        (system.TIMEZONE, "../../etc/shadow\n"),
        (system.TIMEZONE, "Europe/Nowhere\n"),
        (system.KEYS, f'command="sh" {KEY}\n'),
        (system.KEYS, f"{KEY}\nenvironment\n"),
        (system.METRICS, "0.0.0.0/0 } accept\n"),
        (system.METRICS, "192.0.2.1/32\n2001:db8::/64\n"),
        (system.METRICS, ""),
        (system.METRICS, "192.0.2.1/24\n"),
        (system.REACH, "192.0.2.1/32"),
        (system.REACH, "192.0.2.1/33\n"),
        (system.REACH, "any\n"),
        (system.REACH, "192.0.2.1/32\n" * 33),
    ],
)
def test_what_the_station_does_not_write_goes_nowhere_and_the_rest_counts(name: str, text: str) -> None:
    wanted = planned({**left(ALL), name: text})
    assert wanted.refused == (name,)
    assert text not in {content for content, _ in wanted.files.values()}
    without = planned({key: value for key, value in left(ALL).items() if key != name})
    assert (wanted.files, wanted.links, wanted.hostname) == (without.files, without.links, without.hostname)


def test_with_a_key_for_ssh_the_technician_s_page_answers_at_its_socket() -> None:
    listen = 'listen = "unix:/run/lockgate/technician.sock"'
    assert listen in files(parse(ALL.encode()), "/site")[STATION]
    assert listen not in files(parse(WIRED.encode()), "/site")[STATION]


def test_a_key_in_digits_and_one_s_own_wifi_fit() -> None:
    text = ALL.replace(f'psk = "{PASSPHRASE}"', f'psk = "{HEX}"')
    assert planned(left(text)).files["lockgate-site/wpa_supplicant.conf"][0].count(HEX) == 1


@given(st.sampled_from(sorted(left(ALL))), st.text(max_size=200))
def test_no_line_of_somebody_else_is_ever_let_through(name: str, extra: str) -> None:
    """A file fits or not; nothing is made up, and nothing raises."""
    wanted = planned({name: left(ALL)[name] + extra})
    if extra.strip("\n"):
        assert wanted.refused == (name,) or extra in wanted.files["systemd/network/10-site.network"][0]


def test_they_are_laid_with_their_modes_whatever_was_there(tmp_path: Path) -> None:
    mask = os.umask(0o077)
    try:
        system.lay(planned(left(ALL)), tmp_path)
        system.lay(planned(left(ALL)), tmp_path)
    finally:
        os.umask(mask)
    modes = {str(path.relative_to(tmp_path)): stat.S_IMODE(path.lstat().st_mode) for path in tmp_path.rglob("*")}
    assert modes["lockgate-site/wpa_supplicant.conf"] == 0o600
    assert modes["lockgate-site/authorized_keys"] == modes["systemd/network/10-site.network"] == 0o644
    assert modes["lockgate-site"] == modes["systemd/network"] == modes["systemd"] == modes["modprobe.d"] == 0o755
    assert str((tmp_path / "lockgate-site/localtime").readlink()) == "/usr/share/zoneinfo/Europe/Vienna"
    assert [name for name in modes if name.endswith(".new")] == []


def test_only_files_of_the_superuser_alone_are_read(tmp_path: Path) -> None:
    me = os.getuid()
    for name, text in left(ALL).items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    assert system.gather(tmp_path, me) == (left(ALL), [])
    (tmp_path / system.WIFI).chmod(0o620)
    (tmp_path / system.KEYS).unlink()
    (tmp_path / system.KEYS).symlink_to(tmp_path / system.HOSTNAME)
    (tmp_path / system.HOSTNAME).write_bytes("büro\n".encode())
    (tmp_path / system.NETWORK).write_text("x" * (system.MOST_BYTES + 1))
    (tmp_path / system.TIMEZONE).unlink()
    os.mkfifo(tmp_path / system.TIMEZONE, 0o600)
    for name in (system.METRICS, system.REACH):
        (tmp_path / name).chmod(0o666)
    found, bad = system.gather(tmp_path, me)
    assert found == {}
    assert bad == [
        system.NETWORK,
        system.WIFI,
        system.HOSTNAME,
        system.TIMEZONE,
        system.KEYS,
        system.METRICS,
        system.REACH,
    ]
    assert system.gather(tmp_path / "none", me) == ({}, [])
    assert system.gather(tmp_path, me + 1)[0] == {}


def test_what_is_refused_is_named_and_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named: list[str] = []
    source, run = tmp_path / "system", tmp_path / "run"
    source.mkdir()
    run.mkdir()
    (source / system.HOSTNAME).write_text("lobby\n")
    (source / system.WIFI).write_text(f'psk="{PASSPHRASE}"\n')
    monkeypatch.setattr(system, "SOURCE", source)
    monkeypatch.setattr(system, "RUN", run)
    monkeypatch.setattr(system, "OWNER", os.getuid())
    monkeypatch.setattr("socket.sethostname", named.append)
    assert system.main() == 1
    said = capsys.readouterr()
    assert system.WIFI in said.err
    assert PASSPHRASE not in said.err + said.out
    assert named == ["lobby"]
    (source / system.WIFI).unlink()
    assert system.main() == 0


def test_the_image_s_program_is_python_s() -> None:
    program = Path(__file__).parents[3] / "images/files/usr/libexec/lockgate-site"
    text = program.read_text()
    assert text.startswith("#!/usr/bin/python3 -IBS\n")
    assert os.access(program, os.X_OK)
    imported = subprocess.run(
        ["python3", "-c", "import sys; import firmware.provisioning.system; print(*sys.modules)"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        timeout=60,
    ).stdout.split()
    ours = [name for name in imported if name.startswith(("firmware", "hal"))]
    assert set(ours) == {"firmware", *(f"firmware.provisioning{name}" for name in ("", ".firewall", ".system"))}


@pytest.mark.parametrize(
    "said",
    [
        'method = "static"\naddress = "192.0.2.7/255.255.255.0"',
        'method = "static"\naddress = "192.0.2.7/0.0.0.255"',
        'method = "static"\naddress = "fe80::1%eth0/64"',
        'dns = ["fe80::53%eth0"]',
        'ntp = ["fe80::1%eth0"]',
        'ntp = ["\u212a.example"]',
    ],
)
def test_what_the_system_would_not_take_is_refused_where_somebody_looks(said: str) -> None:
    with pytest.raises(ProvisioningError):
        parse(f"[network]\n{said}\n".encode())
