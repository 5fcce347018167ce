"""What the scripts around a private cupsd's programs left of a job: whether each of them began, and came to its end."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hal.drivers.cups_config import ENDED, MARK

KEPT = 64
"""Jobs whose marks stay: more than cupsd remembers."""
LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Program:
    """One that ended. `input` and `output` are what its descriptors were (proc(5): `pipe:[…]`); `is_first` where it had
    the document as a file."""

    is_backend: bool
    is_first: bool
    input: str
    output: str


def lost_a_program(folder: Path, job_id: int) -> bool:
    """Whether one that worked on the job was killed together with its script, or before the script could leave a mark:
    from the backend back to the document, somebody at the other end of each pipe must have ended."""
    if any(folder.glob(f"{MARK}{job_id}-*")):
        return True
    ended = [program for path in folder.glob(f"{ENDED}{job_id}-*") if (program := _program(path)) is not None]
    backends = [program for program in ended if program.is_backend]
    return not backends or not all(_had_the_document(program, ended) for program in backends)


def forget(folder: Path, job_id: int) -> None:
    """The marks of jobs long before that one go."""
    for path in _marks(folder):
        number = path.name.removeprefix(MARK).removeprefix(ENDED).partition("-")[0]
        if number.isdigit() and int(number) <= job_id - KEPT:
            path.unlink(missing_ok=True)


def _marks(folder: Path) -> Iterator[Path]:
    for prefix in (MARK, ENDED):
        yield from folder.glob(f"{prefix}*")


def _program(path: Path) -> Program | None:
    with suppress(OSError), path.open("rb") as mark:
        match mark.read(LONGEST).decode("ascii", "replace").split():
            case [kind, "file", source, target]:
                return Program(kind == "backend", True, source, target)
            case [kind, source, target]:
                return Program(kind == "backend", False, source, target)
    return None


def _had_the_document(last: Program, ended: list[Program]) -> bool:
    for _ in ended:
        if last.is_first:
            return True
        before = [one for one in ended if one.output == last.input and not one.is_backend]
        if not before:
            break
        last = before[0]
    return False
