"""The configuration file and the environment: what is wrong is told with file, key and hint."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from firmware.config import Config, ConfigError, load
from firmware.settings import KEYS

GOOD = """
readers = ["serial:///dev/ttyUSB0?baud=9600", "serial:///dev/ttyS0?name=back"]

[station]
data_dir = "/var/lib/lockgate"
reset = "/run/lockgate/factory-reset"
reset_button = "gpio:/dev/gpiochip0?reset=21"
name = "lobby"

[mesh]
url = "https://mesh.example:8443"
ca_file = "ca.pem"
ca_fingerprint = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

[identity]
keys = "file:/var/lib/lockgate/keys"

[printer]
uri = "ipps://printer.example/ipp/print"
converter = "mutool:"

[pairing]
provision = "/boot/provision.toml"
slip = true
seek = true

[audit]
syslog = "tls://log.example?ca=log-ca.pem"
syslog_identity = true
mib = 20

[badges]
rules = ["trim", "ascii-enc|hex2dec"]
proof = true

[badges.readers]
back = ['regex ^;?(\\d{8})']
"the old one" = []
"""


def write(folder: Path, text: str = GOOD) -> Path:
    (folder / "ca.pem").write_bytes(b"a CA")
    path = folder / "lockgate.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str = GOOD, environment: Mapping[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(write(folder, text), environment or {})
    assert caught.value.code == "config-invalid"
    return caught.value.detail


def test_a_good_file(tmp_path: Path) -> None:
    assert load(write(tmp_path), {}) == Config(
        data_dir="/var/lib/lockgate",
        mesh_url="https://mesh.example:8443",
        ca_file="ca.pem",
        keys="file:/var/lib/lockgate/keys",
        readers=("serial:///dev/ttyUSB0?baud=9600", "serial:///dev/ttyS0?name=back"),
        printer="ipps://printer.example/ipp/print",
        converter="mutool:",
        indicator=("log:",),
        ca_pem=b"a CA",
        name="lobby",
        reset="/run/lockgate/factory-reset",
        reset_button="gpio:/dev/gpiochip0?reset=21",
        provision="/boot/provision.toml",
        slip=True,
        seek=True,
        syslog="tls://log.example?ca=log-ca.pem",
        syslog_identity=True,
        audit_mib=20,
        ca_fingerprint=f"sha256:{64 * '0'}",
        badge_proof=True,
        badge_rules=("trim", "ascii-enc|hex2dec"),
        reader_rules={"back": (r"regex ^;?(\d{8})",), "the old one": ()},
    )


def test_what_pairing_gives_may_be_left_out(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^(name|url|ca_file|provision|slip) = .*$", "", GOOD)
    config = load(write(tmp_path, text), {})
    assert (config.name, config.mesh_url, config.ca_file, config.ca_pem) == ("", "", "", b"")
    assert (config.provision, config.slip) == ("", None)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
def test_a_flag_from_the_environment(tmp_path: Path, text: str, value: bool) -> None:
    assert load(write(tmp_path), {"LOCKGATE_PAIRING_SLIP": text}).slip is value
    assert "pairing.slip must be true or false" in refused(tmp_path, environment={"LOCKGATE_PAIRING_SLIP": "yes"})


def test_the_environment_stands_above_the_file(tmp_path: Path) -> None:
    environment = {
        "LOCKGATE_MESH_URL": "https://other.example",
        "LOCKGATE_READERS": "serial:///dev/a  serial:///dev/b",
        "LOCKGATE_INDICATOR_URI": "log:stdout",
        "PATH": "/bin",
    }
    config = load(write(tmp_path), environment)
    assert config.mesh_url == "https://other.example"
    assert config.readers == ("serial:///dev/a", "serial:///dev/b")
    assert config.indicator == ("log:stdout",)


def test_what_may_be_one_or_several_is_a_tuple_either_way(tmp_path: Path) -> None:
    one = load(write(tmp_path, f'{GOOD}\n[indicator]\nuri = "alsa:"\n[voice]\nuri = "espeak:"\n'))
    assert (one.indicator, one.buttons, one.voice) == (("alsa:",), (), "espeak:")
    text = f'{GOOD}\n[indicator]\nuri = ["alsa:", "log:"]\n[buttons]\nuri = ["gpio:/dev/gpiochip0?ok=6"]\n'
    several = load(write(tmp_path, text))
    assert several.indicator == ("alsa:", "log:")
    assert several.buttons == ("gpio:/dev/gpiochip0?ok=6",)


def test_the_environment_alone_can_complete_a_file(tmp_path: Path) -> None:
    text = GOOD.replace('url = "https://mesh.example:8443"', "")
    assert load(write(tmp_path, text), {"LOCKGATE_MESH_URL": "https://m"}).mesh_url == "https://m"


@pytest.mark.parametrize("key", [key for key in KEYS if key.required], ids=lambda key: key.path)
def test_a_missing_key_is_named_with_what_to_write(tmp_path: Path, key: object) -> None:
    path, name, hint = (getattr(key, what) for what in ("path", "name", "hint"))
    told = refused(tmp_path, re.sub(rf"(?m)^{name} = .*$", "", GOOD))
    assert "lockgate.toml" in told
    assert path in told
    assert hint in told


@pytest.mark.parametrize("value", ["1", "true", '""', "[1]", "[]", '[""]', "{ a = 1 }"])
@pytest.mark.parametrize("key", [key for key in KEYS if not key.is_table], ids=lambda key: key.path)
def test_a_wrong_type_is_named_with_what_to_write(tmp_path: Path, key: object, value: str) -> None:
    section, name = (getattr(key, what) for what in ("section", "name"))
    value = "0" if value in ("1", "true") else value  # which is right for a number, a flag
    if section and f"[{section}]" not in GOOD:
        text = f"{GOOD}\n[{section}]\n{name} = {value}\n"
    else:
        text = re.sub(rf"(?m)^{name} = .*$", f"{name} = {value}", GOOD)
    told = refused(tmp_path, text)
    assert getattr(key, "path") in told  # noqa: B009 - a row of the table


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD + "\n[wifi]\nname = 'x'\n", "wifi.name: no such key"),
        (GOOD.replace("[mesh]", "[mesh]\nproxy = 'x'"), "mesh.proxy: no such key"),
        ("title = 'x'\n" + GOOD, "title: no such key"),
        ("station = 'x'\n", "station: no such key"),
        ("readers = [", "not TOML"),
        (GOOD + GOOD, "not TOML"),
        (GOOD.replace("https://mesh", "http://mesh"), "mesh.url must begin with https://"),
        (GOOD.replace('"ca.pem"', '"elsewhere.pem"'), "mesh.ca_file"),
        (
            GOOD.replace('reset = "/run/lockgate/factory-reset"', ""),
            "station.reset_button needs station.reset: the file",
        ),
        ("", "is missing"),
    ],
)
def test_what_else_can_be_wrong(tmp_path: Path, text: str, told: str) -> None:
    assert told in refused(tmp_path, text)


def test_a_variable_that_is_none_of_ours_is_a_typing_error(tmp_path: Path) -> None:
    assert "LOCKGATE_MESH_ULR: no such variable" in refused(tmp_path, environment={"LOCKGATE_MESH_ULR": "x"})
    assert "LOCKGATE_MESH_URL: mesh.url must be" in refused(tmp_path, environment={"LOCKGATE_MESH_URL": ""})


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load(tmp_path / "lockgate.toml", {})
    path = write(tmp_path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not TOML"):
        load(path, {})


def test_the_ca_stays_out_of_what_is_shown(tmp_path: Path) -> None:
    assert "a CA" not in repr(load(write(tmp_path), {}))


@pytest.mark.parametrize("text", ["", "0", "201", "-1", "1.5", "²", "9" * 5000])
def test_a_number_from_the_environment_is_one_of_those_that_make_sense(tmp_path: Path, text: str) -> None:
    assert load(write(tmp_path), {"LOCKGATE_AUDIT_MIB": "200"}).audit_mib == 200
    assert "audit.mib must be how many MiB" in refused(tmp_path, environment={"LOCKGATE_AUDIT_MIB": text})


def test_the_rules_of_the_site_from_the_environment(tmp_path: Path) -> None:
    config = load(write(tmp_path), {"LOCKGATE_BADGES_RULES": "first 8; hex2dec"})
    assert config.badge_rules == ("first 8", "hex2dec")
    assert "badges.rules must be the steps" in refused(tmp_path, environment={"LOCKGATE_BADGES_RULES": "trim;;upper"})
    assert "no such variable" in refused(tmp_path, environment={"LOCKGATE_BADGES_READERS": "trim"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD.replace('"trim"', '"trom"'), "badges.rules: step 1 ('trom'): no such step"),
        (GOOD.replace('"trim"', '"regex (?=4)"'), "Java's"),
        (GOOD.replace("= []", '= ["upper", "first 0"]'), "badges.readers.the old one: step 2 ('first 0'): write it as"),
        (GOOD.replace("= []", "= 3"), "badges.readers must be the same for single readers"),
        (GOOD.replace("= []", "= [3]"), "badges.readers must be the same for single readers"),
        (GOOD.replace("= []", '= [""]'), "badges.readers must be the same for single readers"),
        (GOOD.replace("[badges.readers]", "[badges.reader]"), "badges.reader: no such key"),
        (GOOD.replace("[badges.readers]", "readers = 'front'\n[x]"), "badges.readers must be"),
    ],
)
def test_a_rule_that_cannot_be_is_named(tmp_path: Path, text: str, told: str) -> None:
    assert told in refused(tmp_path, text)


def test_a_variable_with_a_step_that_cannot_be_is_named(tmp_path: Path) -> None:
    told = refused(tmp_path, environment={"LOCKGATE_BADGES_RULES": "trim;hex3dec"})
    assert "LOCKGATE_BADGES_RULES: badges.rules: step 2 ('hex3dec')" in told
