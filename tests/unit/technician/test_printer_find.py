"""`lockgate printer find`: what becomes of what was heard, without a network."""

import asyncio
from collections.abc import Callable

import pytest

from firmware import __main__ as command
from firmware import devices
from hal.drivers.dns_sd_printers import Advertised
from hal.ports.errors import PrinterUnreachableError

HEARD = (
    Advertised("", "ipps://127.0.0.1:1/ipp/print", encrypted=True),
    Advertised("Old", "ipp://127.0.0.1:2/ipp/print", encrypted=False, formats=("a/b", "image/urf", "application/pdf")),
)


@pytest.fixture
def find(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The exit code, of keys that `presented` gives."""

    def found(presented: Callable[[str], object], heard: tuple[Advertised, ...] = HEARD) -> int:
        async def hearing(_seconds: float) -> tuple[Advertised, ...]:
            return heard

        monkeypatch.setattr(devices, "find_printers", hearing)
        monkeypatch.setattr(devices, "presented_key", presented)
        monkeypatch.setattr(command, "harden", lambda: None)
        monkeypatch.setattr(command, "reuse_memory", lambda: None)
        return command.main(["printer", "find"])

    return found


def silent(uri: str) -> object:
    raise PrinterUnreachableError(uri, "it does not answer")


def test_each_is_said_though_one_does_not_answer(find: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert find(silent) == 0
    said = capsys.readouterr().out
    assert said.startswith("nameless\n")
    assert "printer-unreachable: " in said
    assert "takes image/urf, application/pdf, a/b\n" in said


def test_nothing_heard_is_said_and_is_1(find: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert find(silent, ()) == 1
    assert capsys.readouterr().out.startswith("no printer was heard: ")


def test_a_look_at_a_key_can_be_interrupted(find: Callable[..., int]) -> None:
    """In a loop Ctrl-C would wait for every printer that does not answer."""

    def interrupted(_uri: str) -> object:
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        raise KeyboardInterrupt

    assert find(interrupted) == 130
