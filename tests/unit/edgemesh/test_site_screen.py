"""What a site says of screens and phones: read, written, changed by commands, told to stations."""

from dataclasses import replace
from pathlib import Path

import pytest

from hal.sim.virtual_time import run
from tests.support.mesh_openapi import check_answer
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh.__main__ import main
from tools.edgemesh.settings import OnScreen, PhonePage, Prices, Settings
from tools.edgemesh.site import Site, SiteError, read_site, write_site
from tools.edgemesh.site_screen import replaced

SCREEN = OnScreen(titles=False, languages=("de", "pt-BR"), prices=Prices("EUR", 3, 12))
PHONE = PhonePage("https://print.example", "[::]:443", "/etc/chain.pem", "/etc/key.pem")


def written(directory: Path, settings: Settings) -> Path:
    write_site(Site(directory, "org-1", ("node-1",), ("localhost",), settings))
    return directory / "mesh.toml"


@pytest.mark.parametrize("settings", [Settings(), Settings(screen=SCREEN), Settings(screen=SCREEN, phone=PHONE)])
def test_what_is_written_is_read(tmp_path: Path, settings: Settings) -> None:
    written(tmp_path, settings)
    assert read_site(tmp_path).settings == settings


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("titles = false", "titles = 0"),
        ('languages = ["de", "pt-BR"]', 'languages = "de"'),
        ('languages = ["de", "pt-BR"]', 'languages = ["de_DE"]'),
        ('currency = "EUR"', 'currency = "eur"'),
        ('currency = "EUR"\n', ""),
        ("grey_side = 3", "grey_side = 3.5"),
        ("grey_side = 3", "grey_side = -3"),
        ("grey_side = 3", "gray_side = 3"),
        ('url = "https://print.example"', 'url = "http://print.example"'),
        ('url = "https://print.example"', 'url = "https://print.example/page"'),
        ('url = "https://print.example"\n', ""),
        ('listen = "[::]:443"', 'listen = "[::]:65536"'),
        ('listen = "[::]:443"', 'listen = "443"'),
        ('key = "/etc/key.pem"', "key = 7"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, right: str, wrong: str) -> None:
    path = written(tmp_path, Settings(screen=SCREEN, phone=PHONE))
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong))
    with pytest.raises(SiteError, match=r"mesh\.toml cannot be used"):
        read_site(tmp_path)


def test_a_command_changes_its_table_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, Settings(screen=replace(SCREEN, prices=None)))
    path.write_text(f'# a word of the administrator\'s\n{path.read_text()}\n[stations.lobby]\nprinter = "x"\n')
    words = ["--dir", str(tmp_path)]
    assert main(["site", "screen", *words, "--titles", "--languages", "en,fr", "--prices", "JPY:5:20"]) == 0
    assert "next start" in capsys.readouterr().out
    site = read_site(tmp_path)
    assert site.settings.screen == OnScreen(True, ("en", "fr"), Prices("JPY", 5, 20))
    assert site.stations.named["lobby"] == {"printer": "x"}
    assert path.read_text().startswith("# a word of the administrator's\n")
    assert main(["site", "screen", *words, "--prices", "", "--languages", ""]) == 0
    assert read_site(tmp_path).settings.screen == OnScreen()
    before = path.read_text()
    assert main(["site", "screen", *words]) == 0
    assert path.read_text() == before


def test_the_page_for_phones_is_set_and_taken_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path, Settings(screen=SCREEN))
    where = ["--url", PHONE.url, "--listen", PHONE.listen, "--certificate", PHONE.certificate, "--key", PHONE.key]
    assert main(["site", "phone", "--dir", str(tmp_path), *where]) == 0
    assert read_site(tmp_path).settings == Settings(screen=SCREEN, phone=PHONE)
    assert main(["site", "phone", "--dir", str(tmp_path), "--off"]) == 0
    assert read_site(tmp_path).settings.phone == PhonePage()
    assert "no page" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["screen", "--prices", "EUR"],
        ["screen", "--prices", "EUR:1:x"],
        ["screen", "--prices", "euro:1:2"],
        ["screen", "--languages", "e"],
        ["phone", "--url", "https://print.example"],
    ],
)
def test_a_command_that_makes_no_sense_changes_nothing(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, Settings())
    before = path.read_text()
    assert main(["site", words[0], "--dir", str(tmp_path), *words[1:]]) != 0
    assert path.read_text() == before
    assert capsys.readouterr().err


def test_a_table_is_replaced_whole() -> None:
    text = "a = 1\n[screen]\ntitles = true\n[ stations ]\nx = 'y'\n[stations.screen]\nz = 'w'\n"
    assert replaced(text, "screen", "[screen]\ntitles = false\n") == (
        "a = 1\n[ stations ]\nx = 'y'\n[stations.screen]\nz = 'w'\n\n[screen]\ntitles = false\n"
    )


def test_a_station_is_told() -> None:
    async def story() -> None:
        plain = (await MemorySite().station.tap(BADGE)).expect(201)["policy"]
        assert plain == {"auto_release": True, "idle_seconds": 30, "titles": True}
        answer = await MemorySite(Settings(screen=SCREEN)).station.tap(BADGE)
        check_answer("POST", "/v1/sessions", 201, "application/json", answer.body)
        told = answer.expect(201)["policy"]
        assert told["prices"] == {"currency": "EUR", "grey_side": 3, "colour_side": 12}
        assert (told["titles"], told["languages"]) == (False, ["de", "pt-BR"])

    run(story())
