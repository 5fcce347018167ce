"""The data partition's first start, its opening and its end, with the power cut at each call of a program."""

import json
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

from tests.support.swtpm import SoftTpm
from tests.unit.image.card_twin import LIBEXEC, Card

FOLDERS = {"config", "lockgate", "rauc", "systemd"}


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return Card(tmp_path)


def token(card: Card) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(card.read("token"))
    return found


def is_ready(card: Card) -> bool:
    return card.is_finished and card.is_open and {path.name for path in card.data.iterdir()} >= FOLDERS


def test_a_first_start_grows_encrypts_and_says_so(card: Card) -> None:
    assert card.start() == 0, card.said
    assert is_ready(card)
    assert card.read("grown").split() == ["4", "7"]
    assert card.place() == "card\n"
    assert token(card)["key"] == card.read("key")
    assert len(bytes.fromhex(token(card)["key"])) == 32
    assert card.said.splitlines()[-1] == "lockgate-data: open, key: card"
    assert token(card)["key"] not in card.said


def test_what_comes_later_goes_by_the_devices_that_were_opened(card: Card) -> None:
    card.start()
    run = card.folder / "root/run"
    assert (run / "lockgate-data/disk").readlink() == Path("card")
    assert (run / "lockgate-data/card").readlink() == Path("card1")
    assert (run / "lockgate-data/partition").readlink() == Path("card7")
    rules = (run / "udev/rules.d/72-lockgate-card.rules").read_text()
    assert rules == 'SUBSYSTEM=="block", KERNEL=="card*", OPTIONS+="link_priority=100"\n'


def test_the_type_that_says_it_is_finished_is_the_last_thing_written(card: Card) -> None:
    card.start()
    assert card.done[-2:] == ["sfdisk -q --no-reread --no-tell-kernel --part-type card 7 e8", "sync "]


@pytest.mark.parametrize(
    ("features", "cipher"), [("fp aes sha2", "aes-xts-plain64"), ("fp aesx", "xchacha12,aes-adiantum-plain64")]
)
def test_the_cipher_is_the_boards(card: Card, features: str, cipher: str) -> None:
    (card.folder / "root/proc/cpuinfo").write_text(f"processor\t: 0\nFeatures\t: {features}\n")
    card.start()
    assert card.read("cipher").strip() == cipher


def new_card(folder: Path) -> Card:
    folder.mkdir()
    return Card(folder)


def test_a_box_is_configured_anew_only_for_another_root_or_a_sites_file(card: Card) -> None:
    def is_configured() -> bool:
        assert card.start() == 0, card.said
        return card.is_configured

    configuration = card.data / "config"
    assert not is_configured()
    (configuration / "made-by").write_text("aa11\n")
    assert not is_configured()
    (configuration / "lockgate.toml").write_text("")
    assert not is_configured(), "one that is empty is none"
    (configuration / "lockgate.toml").write_text("readers = []\n")
    assert is_configured()
    (card.folder / "boot/lockgate.toml").write_text("")
    assert not is_configured()
    (card.folder / "boot/lockgate.toml").unlink()
    card.root_is("bb22")
    assert not is_configured()
    (configuration / "made-by").write_text("\n")
    (card.folder / "root/proc/cmdline").write_text("console=tty1\n")
    assert not is_configured(), "no root has made it"
    card.root_is("bb22")
    (configuration / "made-by").write_text("bb22\n")
    card.wish.touch()
    assert not is_configured()


def test_two_cards_have_two_keys(tmp_path: Path) -> None:
    keys = set()
    for name in ("a", "b"):
        card = new_card(tmp_path / name)
        card.start()
        keys.add(token(card)["key"])
    assert len(keys) == 2


def test_the_next_start_opens_what_is_there(card: Card) -> None:
    card.start()
    (card.data / "lockgate" / "identity").write_text("mine")
    before = card.kept
    assert card.start() == 0, card.said
    assert is_ready(card)
    assert card.kept == before
    assert (card.data / "lockgate" / "identity").read_text() == "mine"


def test_a_power_cut_anywhere_in_the_first_start_leads_to_a_box_that_works(tmp_path: Path) -> None:
    whole = new_card(tmp_path / "whole")
    whole.start()
    finished = 0
    for cut in range(1, len(whole.done) + 1):
        card = new_card(tmp_path / f"{cut}")
        assert card.start(cut) < 0
        before = card.kept
        assert card.start() == 0, f"{cut}: {card.said}"
        assert is_ready(card), cut
        if before["kind"] == "e8\n":
            finished += 1
            assert card.kept == before, "a finished one is not made again"
    assert 0 < finished < len(whole.done)


def test_a_power_cut_in_any_later_start_loses_nothing(card: Card) -> None:
    card.start()
    (card.data / "lockgate" / "identity").write_text("mine")
    card.start()
    for cut in range(1, len(card.done) + 1):
        assert card.start(cut) < 0
    assert card.start() == 0
    assert (card.data / "lockgate" / "identity").read_text() == "mine"


def spoil(card: Card, damage: str) -> None:
    match damage:
        case "place":
            card.write("token", card.read("token").replace('"card"', '"cloud"'))
        case "key":
            card.write("token", card.read("token").replace('"key"', '"clef"'))
        case _:
            (card.folder / "state" / damage).unlink()


@pytest.mark.parametrize("damage", ["header", "token", "place", "key", "ext4"])
def test_a_damaged_one_is_told_and_never_made_again(card: Card, damage: str) -> None:
    card.start()
    spoil(card, damage)
    before = card.kept
    assert card.start() == 1
    assert card.kept == before
    assert "lockgate-reset" in (card.folder / "root/dev/console").read_text()
    assert card.done[-1] == "sleep 60"
    card.wish.touch()
    assert card.start() == 0, "somebody who holds the card may begin anew"
    assert is_ready(card)


def test_a_reset_destroys_the_header_before_anything_else_and_begins_anew(card: Card) -> None:
    card.start()
    old = token(card)["key"]
    (card.data / "lockgate" / "identity").write_text("mine")
    card.wish.touch()
    assert card.start() == 0, card.said
    assert is_ready(card)
    assert not card.wish.exists()
    assert token(card)["key"] != old
    assert not (card.data / "lockgate" / "identity").exists()
    told = [call for call in card.done if call.startswith(("cryptsetup", "dd", "sfdisk"))]
    assert told[0].startswith("cryptsetup erase")
    assert told[1].startswith("dd if=/dev/zero")


def test_a_power_cut_anywhere_in_a_reset_ends_in_a_box_that_was_reset(tmp_path: Path) -> None:
    whole = new_card(tmp_path / "whole")
    whole.start()
    whole.wish.touch()
    whole.start()
    for cut in range(1, len(whole.done) + 1):
        card = new_card(tmp_path / f"{cut}")
        card.start()
        old = token(card)["key"]
        (card.data / "lockgate" / "identity").write_text("mine")
        card.wish.touch()
        assert card.start(cut) < 0
        assert card.start() == 0, f"{cut}: {card.said}"
        assert is_ready(card)
        assert not card.wish.exists()
        assert token(card)["key"] != old
        assert not (card.data / "lockgate" / "identity").exists()


@pytest.fixture
def soft(card: Card, tmp_path: Path) -> Iterator[SoftTpm]:
    with SoftTpm(tmp_path / "tpm") as tpm:
        # without the kernel's resource manager, somebody has to clear up after each command
        program = card.folder / "programs" / "tpm2"
        program.write_text('#!/bin/sh\n/usr/bin/tpm2 "$@"\ncode=$?\n/usr/bin/tpm2 flushcontext -t >&2\nexit $code\n')
        program.chmod(0o755)
        (card.folder / "root/dev/tpmrm0").touch()
        card.variables["TPM2TOOLS_TCTI"] = tpm.tcti
        yield tpm


def test_a_tpm_keeps_the_key_and_the_card_alone_does_not_open(card: Card, soft: SoftTpm, tmp_path: Path) -> None:
    assert card.start() == 0, card.said
    assert card.place() == "tpm\n"
    key = card.read("key")
    assert len(bytes.fromhex(key)) == 32
    assert key not in card.read("token")
    assert card.start() == 0, card.said
    with SoftTpm(tmp_path / "another") as another:
        card.variables["TPM2TOOLS_TCTI"] = another.tcti
        assert card.start() == 1
    card.variables["TPM2TOOLS_TCTI"] = soft.tcti
    assert card.start() == 0, "the card is back in its box"
    assert not list((card.folder / "root/run/lockgate-data").glob("tpm*")), "nothing of it stays"


def test_a_tpm_that_refuses_is_not_told_as_the_place(card: Card, soft: SoftTpm) -> None:
    soft.tool("changeauth", "-c", "owner", "somebody-else")
    assert card.start() == 0, card.said
    assert card.place() == "card\n"


def loaded_otp() -> Any:
    loader = SourceFileLoader("lockgate_data_otp", str(LIBEXEC / "lockgate-data-otp"))
    spec = spec_from_loader("lockgate_data_otp", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


otp = loaded_otp()


def burnt(rows: tuple[int, ...], code: int = 0x80000000, answered: int = 0x80000028) -> Any:
    """A firmware with these rows."""

    def ask(message: bytes) -> bytes:
        words = list(otp.FORM.unpack(message))
        assert words[:7] == [64, 0, 0x30081, 40, 40, 0, 8]
        return bytes(otp.FORM.pack(64, code, *words[2:4], answered, *words[5:7], *rows, 0))

    return ask


def test_a_burnt_secret_and_a_salt_make_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    keys = []
    for rows, salt in (((1,) * 8, "a"), ((1,) * 8, "a"), ((2,) * 8, "a"), ((1,) * 8, "b")):
        assert otp.main(salt, burnt(rows)) == 0
        keys.append(capsys.readouterr().out)
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert len(bytes.fromhex(keys[0])) == 32


@pytest.mark.parametrize("ask", [burnt((0,) * 8), burnt((1,) * 8, 0x80000001), burnt((1,) * 8, answered=40)])
def test_a_board_without_one_has_no_such_place(ask: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert otp.main("a", ask) == 1
    assert capsys.readouterr().out == ""


def test_a_kernel_without_the_mailbox_has_no_such_place() -> None:
    assert not otp.MAILBOX.exists()
    assert otp.main("a") == 1
