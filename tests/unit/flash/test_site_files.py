"""The site's settings out of several files: joined, or refused before any disk is touched."""

from pathlib import Path

import pytest

from firmware.provisioning.errors import ProvisioningError
from firmware.provisioning.site_file import parse
from tests.unit.provisioning.papers import LOG_CA, OWN, OWN_KEY
from tools.flash.site_files import joined

SITE = 'readers = ["pcsc:"]\n[panel]\nlanguage = "de"\n[printer]\nuri = "ipps://printer.example/ipp/print"\n'
LOBBY = '[mesh]\nurl = "https://mesh:8443"\nname = "lobby"\n[panel]\ncontact = "4711"\n'


def written(folder: Path, *texts: str) -> list[Path]:
    paths = [folder / f"{number}.toml" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return paths


def refusal(paths: list[Path]) -> ProvisioningError:
    with pytest.raises(ProvisioningError) as caught:
        joined(paths)
    return caught.value


def test_what_is_common_and_what_is_one_station_s(tmp_path: Path) -> None:
    site, content = joined(written(tmp_path, SITE, LOBBY))
    assert site.mesh is not None
    assert (site.mesh.name, site.language, site.contact) == ("lobby", "de", "4711")
    assert parse(content) == site


@pytest.mark.parametrize(
    ("more", "where"), [('[panel]\nlanguage = "fr"\n', "panel.language"), ('readers = ["evdev:"]\n', "readers")]
)
def test_two_words_about_one_thing(tmp_path: Path, more: str, where: str) -> None:
    error = refusal(written(tmp_path, SITE, more))
    assert error.code == "provisioning-clash"
    assert error.detail.startswith(where)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("pcsc:", "pssc:", "readers"),
        ("ipps:", "lpd:", "printer.uri"),
        ("ipps:", "ipp:", "printer.uri"),
        ('print"', 'print?pin=sha256:00"', "printer.uri"),
    ],
)
def test_devices_that_no_station_has(tmp_path: Path, old: str, new: str, where: str) -> None:
    error = refusal(written(tmp_path, SITE.replace(old, new)))
    assert error.code == "provisioning-malformed"
    assert where in error.detail


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "No such file" in refusal([tmp_path / "none.toml"]).detail


def test_which_of_the_files_is_no_toml(tmp_path: Path) -> None:
    error = refusal(written(tmp_path, SITE, "name = \n"))
    assert (error.code, error.detail) == (
        "provisioning-malformed",
        f"{tmp_path}/1.toml: it is not TOML, line 1, column 8",
    )


def test_the_option_that_is_given_twice_is_named(tmp_path: Path) -> None:
    error = refusal(written(tmp_path, '[indicator]\nuri = ["gpio:/dev/gpiochip0?red=17&red=18"]\n'))
    assert error.detail == "indicator.uri: the option 'red' is given twice"


def test_what_is_no_key(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "[wlan]\n")).code == "provisioning-key-unknown"


@pytest.mark.parametrize(
    "text",
    [
        '[indicator]\nuri = ["alsa:", "gpoi:/dev/gpiochip0?red=17"]\n',
        '[buttons]\nuri = ["gpio-keys:x"]\n',
        '[voice]\nuri = "festival:"\n',
        '[station]\nreset_button = "evdev:?name=reset"\n',
    ],
)
def test_what_hangs_on_a_box_is_of_a_kind_that_there_is(tmp_path: Path, text: str) -> None:
    exc = refusal(written(tmp_path, SITE, text))
    assert exc.code == "provisioning-malformed"
    assert exc.detail.startswith(text[1:3])
    assert "there are" in exc.detail


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('readers = ["evdev:?vid=zz"]\n', "readers: a device file, or vid and pid"),
        ('readers = ["serial:///dev/ttyUSB0?baud=fast"]\n', "readers: baud must be a whole number"),
        ('[printer]\nuri = "usblp://laser"\n', "printer.uri: a USB printer is"),
        ('[indicator]\nuri = ["gpio:/dev/gpiochip0?redd=17"]\n', "indicator.uri: unknown option 'redd'"),
        ('[indicator]\nuri = ["reader:?x=1"]\n', "indicator.uri: reader: takes nothing more"),
        ('[buttons]\nuri = ["gpio:/dev/gpiochip0?debounce=5"]\n', "buttons.uri: no pin is named"),
        ('[station]\nreset_button = "gpio:/dev/gpiochip0?ok=6"\n', "station.reset_button: unknown option 'ok'"),
    ],
)
def test_what_a_driver_would_refuse_at_the_start_is_refused(tmp_path: Path, text: str, told: str) -> None:
    exc = refusal(written(tmp_path, text))
    assert exc.code == "provisioning-malformed"
    assert exc.detail.startswith(told)


def test_what_hangs_on_a_box_may_be_any_of_a_station_s(tmp_path: Path) -> None:
    text = """
[indicator]
uri = ["log:", "gpio:/dev/gpiochip0?red=17", "alsa:", "reader:"]
[buttons]
uri = ["gpio:/dev/gpiochip0?ok=6", "evdev:?vid=062a&pid=4101&name=keypad"]
[voice]
uri = "espeak:"
[station]
reset_button = "gpio:/dev/gpiochip0?reset=21"
"""
    site, _ = joined(written(tmp_path, SITE, text))
    assert len(site.box.indicators) == 4


def test_certificates_and_passwords_come_through_as_they_were(tmp_path: Path) -> None:
    log = f'[audit]\nsyslog = "tls://log.example"\nsyslog_ca = """\n{LOG_CA}"""\n'
    printer = f'[printer]\nuser = "ada"\npassword = "a\\"b"\ncert = """\n{OWN}"""\nkey = """\n{OWN_KEY}"""\n'
    site, content = joined(written(tmp_path, SITE, log, printer, "[pairing]\nslip = false\n"))
    assert (site.audit.ca, site.printing.password, site.printing.key, site.slip) == (LOG_CA, 'a"b', OWN_KEY, False)
    assert parse(content) == site


def test_what_goes_together_may_not_stand_in_one_file_only(tmp_path: Path) -> None:
    exc = refusal(written(tmp_path, SITE, '[printer]\nuser = "ada"\n', "[pairing]\nslip = true\n"))
    assert exc.code == "provisioning-malformed"
    assert "printer.user and printer.password go together" in exc.detail


def test_two_passwords_are_a_clash_that_tells_neither(tmp_path: Path) -> None:
    said = '[printer]\npassword = "{}"\n'
    exc = refusal(written(tmp_path, SITE, said.format("geheim"), said.format("geheim too")))
    assert exc.code == "provisioning-clash"
    assert exc.detail.startswith("printer.password stands in")
    assert "geheim" not in exc.detail


def test_a_secret_that_was_written_as_a_key_is_not_told_by_a_clash(tmp_path: Path) -> None:
    for text in ('[wifi]\n"correct horse battery" = 1\n', '"correct horse battery" = 1000000\n'):
        exc = refusal(written(tmp_path, text, text))
        assert exc.code == "provisioning-clash"
        assert "horse" not in exc.detail


def test_a_secret_that_was_written_as_a_reader_is_not_told(tmp_path: Path) -> None:
    exc = refusal(written(tmp_path, '[badges.readers]\n"correct horse battery" = 7\n'))
    assert "horse" not in exc.detail
