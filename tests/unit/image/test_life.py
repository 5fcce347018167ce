"""A card's many starts: the slot that the firmware takes, the shell that only a test has, bundles made otherwise."""

import socket
import threading
from pathlib import Path

import pytest

from tools.image import inside
from tools.image.errors import ImageError
from tools.image.layout import PARTITIONS, Slot
from tools.image.machine import Machine
from tools.image.probe import words as probe_words
from tools.image.variants import tampered, too_large
from tools.image.workplace import INSIDE_WORK, Workplace


class Process:
    """One that runs."""

    def poll(self) -> int | None:
        return None


def _machine(folder: Path) -> Machine:
    return Machine(Workplace(folder), folder, Process())  # type: ignore[arg-type] # all that is asked of it


def _answering(path: Path, answers: list[bytes]) -> threading.Thread:
    """Answers each connection in turn: with these bytes, `MARK` being the asker's own."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen()

    def serve() -> None:
        with listening:
            for answer in answers:
                with listening.accept()[0] as line:
                    asked = line.recv(65536)
                    line.sendall(answer.replace(b"MARK", asked.split()[-1]))

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def test_a_question_is_asked_again_until_a_shell_answers(tmp_path: Path) -> None:
    thread = _answering(tmp_path / inside.SOCKET, [b"", b"half of an ans", b"one\ntwo\n\nMARK\n"])
    assert inside.ask(_machine(tmp_path), "some command", 30.0) == "one\ntwo"
    thread.join(30.0)


def test_nobody_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="nobody in the box answers"):
        inside.ask(_machine(tmp_path), "some command", 0.0)


def test_the_shell_comes_with_the_command_line_and_its_port_with_the_board(tmp_path: Path) -> None:
    assert inside.UNIT in inside.words()
    assert len(inside.words()) < len(probe_words())
    made = inside.devices(Workplace(tmp_path), "life")
    assert f"socket,id=inside,path={INSIDE_WORK}/run/life/inside,server=on,wait=off" in made


@pytest.mark.parametrize("at", [0, 3, -1, -4])
def test_one_byte_is_another(tmp_path: Path, at: int) -> None:
    bundle = tmp_path / "a.raucb"
    bundle.write_bytes(bytes(range(8)))
    copy = tampered(bundle, at).read_bytes()
    assert bundle.read_bytes() == bytes(range(8))
    assert [index for index in range(8) if copy[index] != index] == [at % 8]
    assert len(copy) == 8


def test_too_large_is_more_than_a_slot_has() -> None:
    assert too_large() > max(one.size for one in PARTITIONS if one.number in (Slot.A.root, Slot.B.root))
