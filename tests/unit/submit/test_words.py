"""What the command understands and what it says: help, options, progress, errors with their exit status."""

import ast
import io
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from firmware.errors import LockgateError
from firmware.mesh.port import MeshError
from tools.submit import cli, errors
from tools.submit.errors import EXITS, Exit, SubmitError, advice, exit_status
from tools.submit.progress import Bar, Silent, size
from tools.submit.talk import Talk

SOURCES = Path(errors.__file__).parent


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_file_is_all_it_takes() -> None:
    wish = cli.parse(["report.pdf"])
    assert (wish.file, wish.copies, wish.sides, wish.keep) == (Path("report.pdf"), 1, "", timedelta(days=7))
    assert (wish.profile, wish.mesh, wish.user, wish.title, wish.json, wish.quiet) == (
        None,
        None,
        None,
        None,
        False,
        False,
    )


def test_every_option_is_understood() -> None:
    words = "r.pdf --title T --copies 2 --sides two-sided-long-edge --color monochrome --media iso_a4_210x297mm"
    more = "--user ada --profile /p --mesh https://m --keep-days 3 --json --quiet"
    wish = cli.parse([*words.split(), *more.split()])
    assert (wish.title, wish.copies, wish.sides, wish.color_mode) == ("T", 2, "two-sided-long-edge", "monochrome")
    assert (wish.media, wish.user, wish.profile, wish.mesh) == ("iso_a4_210x297mm", "ada", Path("/p"), "https://m")
    assert (wish.keep, wish.json, wish.quiet) == (timedelta(days=3), True, True)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["a", "b"],
        ["a", "--copies", "0"],
        ["a", "--copies", "10000"],
        ["a", "--copies", "²"],
        ["a", "--keep-days", "31"],
        ["a", "--sides", "both"],
        ["a", "--title", ""],
        ["a", "--title", "x" * 256],
        ["a", "--title", "a\x1bb"],
        ["a", "--media", "A4 paper"],
        ["a", "--nonsense"],
        ["-"],
        ["-a.pdf"],
        ["a", "--title", "x", "--title-from-stdin"],
    ],
)
def test_wrong_words_end_with_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.parse(words)
    assert caught.value.code == Exit.USAGE
    assert "usage: lockgate-submit" in capsys.readouterr().err


def test_a_title_can_come_out_of_sight() -> None:
    assert cli.parse(["a", "--title-from-stdin"], io.StringIO("Prüfung 3\r\nmore")).title == "Prüfung 3"
    assert cli.parse(["a", "--title-from-stdin"], io.StringIO("x" * 255)).title == "x" * 255


@pytest.mark.parametrize("text", ["", "\n", "x" * 256, "a\x1bb\n"])
def test_a_title_on_stdin_is_checked_as_any_other(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.parse(["a", "--title-from-stdin"], io.StringIO(text))
    assert caught.value.code == Exit.USAGE
    assert "the title on stdin: 1 to 255 printable" in capsys.readouterr().err


def test_a_title_on_stdin_in_another_encoding_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.parse(["a", "--title-from-stdin"], io.TextIOWrapper(io.BytesIO(b"caf\xe9\n"), "utf-8"))
    assert "the title on stdin" in capsys.readouterr().err


def test_stdin_is_no_document_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.parse(["-"])
    assert "standard input cannot be submitted" in capsys.readouterr().err
    assert cli.parse(["./-"]).file == Path("-")


def test_a_name_may_begin_with_a_dash() -> None:
    assert cli.parse(["--copies", "2", "--", "-a.pdf"]).file == Path("-a.pdf")


def test_help_says_who_sees_the_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.parse(["--help"])
    assert "others who use this computer can read" in capsys.readouterr().out


def test_help_begins_with_examples_and_ends_with_every_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.parse(["--help"])
    shown = capsys.readouterr().out
    assert caught.value.code == 0
    assert 0 < shown.index("examples:") < shown.index("FILE  ") < shown.index("exit status:")
    for status, words in EXITS.items():
        assert re.search(rf"^  {status.value} +{re.escape(words)}$", shown, re.MULTILINE)
    assert set(EXITS) == set(Exit)


def test_a_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.parse(["--version"])
    assert capsys.readouterr().out.startswith("lockgate-submit ")


def test_every_code_of_ours_has_advice_and_an_exit_status() -> None:
    raised = set()
    for path in SOURCES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "SubmitError":
                raised |= {str(word.value.value) for word in node.keywords if isinstance(word.value, ast.Constant)}
    assert len(raised) > 8
    for code in raised:
        assert advice(SubmitError(code=code)), code
        assert exit_status(SubmitError(code=code)) not in (Exit.HELD, Exit.FAILED, Exit.USAGE), code


def test_a_code_of_the_mesh_that_we_do_not_know_is_a_refusal() -> None:
    assert exit_status(MeshError("of-the-future")) is Exit.REFUSED
    assert "administrator" in advice(MeshError("of-the-future"))
    assert (exit_status(LockgateError()), advice(LockgateError(code="x"))) == (Exit.UNAVAILABLE, "")


def talk(
    environment: dict[str, str] | None = None, *, terminal: bool = False, quiet: bool = False, as_json: bool = False
) -> tuple[Talk, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), Terminal() if terminal else io.StringIO()
    return Talk(out, err, environment or {}, as_json=as_json, quiet=quiet), out, err


def test_results_go_to_stdout_and_the_rest_to_stderr() -> None:
    speaker, out, err = talk()
    speaker.say("going")
    speaker.warn("mind")
    speaker.result("j-1", {"job": "j-1"})
    assert (out.getvalue(), err.getvalue()) == ("j-1\n", "going\nwarning: mind\n")


def test_quiet_leaves_results_and_errors() -> None:
    speaker, out, err = talk(terminal=True, quiet=True)
    speaker.say("going")
    speaker.warn("mind")
    speaker.failure(SubmitError("r.pdf is empty", code="document-empty"))
    assert isinstance(speaker.progress("x"), Silent)
    assert (out.getvalue(), err.getvalue()) == (
        "",
        "lockgate-submit: r.pdf is empty [document-empty]\n  there is nothing to print in it\n",
    )


def test_a_program_reads_success_and_failure_on_stdout() -> None:
    speaker, out, _ = talk(as_json=True)
    speaker.result("j-1", {"job": "j-1"})
    speaker.failure(MeshError("mesh-full"))
    success, failure = map(json.loads, out.getvalue().splitlines())
    assert success == {"job": "j-1"}
    assert (failure["error"]["code"], failure["error"]["detail"]) == ("mesh-full", "")
    assert failure["error"]["advice"]


@pytest.mark.parametrize(
    ("environment", "coloured", "lively"),
    [({}, True, True), ({"NO_COLOR": "1"}, False, True), ({"TERM": "dumb"}, False, False)],
)
def test_colour_and_bar_only_where_they_are_wanted(environment: dict[str, str], coloured: bool, lively: bool) -> None:
    speaker, _, err = talk(environment, terminal=True)
    speaker.warn("mind")
    assert ("\x1b[" in err.getvalue()) is coloured
    assert isinstance(speaker.progress("x"), Bar) is lively
    assert isinstance(talk(environment)[0].progress("x"), Silent), "not into a file"


def test_the_bar_fills_and_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    stream, times = io.StringIO(), iter([0.0, 0.0, 0.05, 0.5, 0.5, 1.0, 1.0, 1.0])
    bar = Bar(stream, "sending", lambda: next(times))
    bar.begin(4_000_000)
    for _ in range(2):
        bar.add(1_000_000)
    bar.add(2_000_000)
    bar.end()
    drawn = [line.strip() for line in stream.getvalue().split("\r") if line.strip()]
    assert drawn == [
        "sending  [........................]   0%  0 B of 4.0 MB",
        "sending  [############............]  50%  2.0 MB of 4.0 MB  4.0 MB/s",
        "sending  [########################] 100%  4.0 MB of 4.0 MB  4.0 MB/s",
    ]
    assert stream.getvalue().endswith("\r" + " " * 99 + "\r")


def test_the_bar_keeps_to_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    stream = io.StringIO()
    Bar(stream, "sending").begin(0)
    assert max(map(len, stream.getvalue().split("\r"))) == 19


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (99_940, "99.9 kB"), (123_456_789, "123 MB"), (5e12, "5000 GB")],
)
def test_sizes_for_people(count: float, words: str) -> None:
    assert size(count) == words
