"""The checkup: what the technician reads, and the exit code that a script reads."""

import argparse
import json
from pathlib import Path

import pytest

from firmware.config import Config
from firmware.reader_health import FILE, ReaderHealth
from firmware.technician.doctor import Checkup, add_doctor, checkup
from hal.ports.finding import Finding

LOST = ReaderHealth(
    7, {"read-torn": 3, "card-gone": 1}, 1, False, "card-gone", "2026-01-05T08:00:00Z", "2026-01-05T09:00:00Z"
)
BLOCKED = Finding("pcsc", "the kernel's nfc driver holds the reader", "blacklist pn533_usb")


def configured(tmp_path: Path) -> Config:
    return Config(str(tmp_path), "", "", f"file:{tmp_path}", ("serial:/dev/x",))


def ask(
    config: Config, capsys: pytest.CaptureFixture[str], *words: str, found: tuple[Finding, ...] = ()
) -> tuple[int, str]:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()

    def make(
        where: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, act: object, _: str
    ) -> argparse.ArgumentParser:
        command = where.add_parser(name)
        command.set_defaults(act=act)
        return command

    add_doctor(commands, make, lambda asked: found if asked == config else ())
    options = parser.parse_args(["doctor", *words])
    return options.act(config, options), capsys.readouterr().out


def test_what_goes_wrong_is_told_with_its_remedy() -> None:
    lines = Checkup({"front": LOST}, (BLOCKED,), "2026-01-05T09:01:00Z").lines()
    assert "as of 2026-01-05T09:01:00Z" in lines
    assert "front: LOST since 2026-01-05T09:00:00Z; 7 taps, 4 misreads, lost 1 times" in lines
    assert lines.index("read-torn: 3") < lines.index("card-gone: 1, the last at 2026-01-05T08:00:00Z")
    assert "hold it until the beep" in lines
    assert "blacklist pn533_usb" in lines


def test_the_exit_code_says_whether_somebody_is_needed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = configured(tmp_path)
    assert ask(config, capsys)[0] == 0
    assert ask(config, capsys, found=(BLOCKED,))[0] == 1
    code, out = ask(config, capsys, "--json", found=(BLOCKED,))
    assert (code, json.loads(out)["findings"][0]["device"]) == (1, "pcsc")
    (tmp_path / FILE).write_bytes(b"torn")
    code, out = ask(config, capsys)
    assert (code, "reader-health-damaged" in out) == (1, True)


def test_misreads_alone_need_nobody(tmp_path: Path) -> None:
    well = Checkup({"front": ReaderHealth(7, {"read-torn": 3})}, ())
    assert well.is_well
    assert checkup(configured(tmp_path), lambda _config: ()).is_well
