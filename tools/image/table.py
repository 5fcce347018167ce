"""The table of images/README.md: for each board what was proved, on what, and what still needs a real one.

Its rows are the tests of `tests/image` that passed, each by its own name, as their runs left them in the workplace.
"""

import ast
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.image.errors import ImageError
from tools.image.workplace import RECIPE, ROOT, Workplace

PAGE = RECIPE / "README.md"
TESTS = ROOT / "tests" / "image"
BEGIN, END = "<!-- tools/dev image table: begin -->", "<!-- tools/dev image table: end -->"
RESULTS = "results.json"
VIRTUAL = "virt"
EMULATED = {
    VIRTUAL: "QEMU's `virt`: Cortex-A53, virtio, USB; Lockgate plays the firmware",
    "raspi3b": "QEMU's `raspi3b`: its card controller and USB, the Pi 3's device tree; Lockgate plays the firmware",
}
"""Boards that the tests have, and what they are made of."""
EVERY = "every board"
"""What is proved of the file itself, without a start of it."""
FILES_OF_EVERY = ("emulated_bill.py",)
EVERY_BOARD = "start and tryboot by its own firmware, card controller, power cuts, watchdog, GPIO, sound, screen, Wi-Fi"
BENCH = {
    "Raspberry Pi 3": f"{EVERY_BOARD}; USB and Ethernet behind one controller",
    "Zero 2 W": f"{EVERY_BOARD}; half a gigabyte, one USB port",
    "Raspberry Pi 4": f"{EVERY_BOARD}; USB over PCIe and Ethernet, which QEMU's `raspi4b` lacks",
    "Raspberry Pi 5": f"{EVERY_BOARD}; USB, Ethernet and GPIO of its RP1: QEMU has no such board",
}
"""Boards that nothing was run on, and what nothing but they can show."""
_ROW = re.compile(r"^\| \[([\w ]+)\]\(\.\./tests/image/(\w+\.py)\) \|", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one test, all its cases together: `file` and `test` as in TESTS, `board` as in EMULATED, `image` the
    begin of the root's hash, `day` YYYY-MM-DD."""

    file: str
    test: str
    board: str
    passed: bool
    version: str
    image: str
    day: str


def parse_results(text: str) -> list[Result]:
    """What `write_results` wrote. Raises `ImageError`."""
    try:
        found = [Result(**one) for one in json.loads(text)]
    except (ValueError, TypeError, RecursionError) as exc:
        raise ImageError(f"{RESULTS} cannot be read: delete it, and run tools/dev image test") from exc
    if not all(
        type(value) is (bool if name == "passed" else str) for one in found for name, value in asdict(one).items()
    ):
        raise ImageError(f"{RESULTS} is of another kind: delete it, and run tools/dev image test")
    return found


def kept_results(place: Workplace) -> list[Result]:
    """Those of all runs, the latest of each test; none before the first. Raises `ImageError`."""
    file = place.folder / RESULTS
    return parse_results(file.read_text(encoding="utf-8")) if file.exists() else []


def write_results(place: Workplace, new: Iterable[Result]) -> None:
    """Add those of one run, in the place of older ones of the same tests. Raises `ImageError`."""
    found = {(one.file, one.test, one.board): one for one in (*kept_results(place), *new)}
    lines = [asdict(found[key]) for key in sorted(found)]
    (place.folder / RESULTS).write_text(json.dumps(lines, indent=1) + "\n", encoding="utf-8")


def named_in(folder: Path) -> dict[str, set[str]]:
    """The names of the tests that there are, by their files'."""
    return {
        file.name: {
            node.name
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        }
        for file in sorted(folder.glob("*.py"))
    }


def table(results: Sequence[Result], tests: Mapping[str, set[str]]) -> str:
    """The page's part between its marks. Tests that are no more, or did not pass, are left out."""
    there = [one for one in results if one.passed and one.test in tests.get(one.file, ())]
    lines = ["| board | proved | on what | needs a bench |", "|---|---|---|---|"]
    for board, what in EMULATED.items():
        count = len({one.test for one in there if one.board == board})
        lines.append(
            f"| `{board}`, emulated | {f'what {count} of the tests below say' if count else 'nothing yet'} | {what} | |"
        )
    lines += [f"| {board} | nothing yet | not run on one | {what} |" for board, what in BENCH.items()]
    lines += ["", "| proved | on | image | day |", "|---|---|---|---|"]
    for one in sorted(there, key=lambda one: (one.board, one.file, one.test)):
        proved = f"[{sentence(one.test)}](../tests/image/{one.file})"
        on = one.board if one.board == EVERY else f"`{one.board}`"
        lines.append(f"| {proved} | {on} | {one.version} {one.image} | {one.day} |")
    return "\n".join([BEGIN, "", *lines, "", END])


def board_of(file: str, test: str) -> str:
    """The board that a test is about: the one that its name or its file's has; else the one that most are about."""
    if file in FILES_OF_EVERY:
        return EVERY
    return next((board for board in EMULATED if board in file or board in test), VIRTUAL)


def sentence(test: str) -> str:
    """What a test is called, as people read it."""
    return test.removeprefix("test_").replace("_", " ")


def stale(page: str, tests: Mapping[str, set[str]]) -> list[str]:
    """The rows of a page whose tests are no more."""
    there = {file: {sentence(test) for test in names} for file, names in tests.items()}
    return [f"{file}: {words}" for words, file in _ROW.findall(page) if words not in there.get(file, ())]


def replaced(page: str, part: str) -> str:
    """The page with another part between its marks. Raises `ImageError` where it has none."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ImageError(f"the page has no {BEGIN} and {END}")
    return before + part + after


def write_table(place: Workplace, page: Path = PAGE) -> int:
    """Bring the page up to date; how many tests it tells of. Raises `ImageError`."""
    part = table(kept_results(place), named_in(TESTS))
    page.write_text(replaced(page.read_text(encoding="utf-8"), part), encoding="utf-8")
    return len(_ROW.findall(part))
