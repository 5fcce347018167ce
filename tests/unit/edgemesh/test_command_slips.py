"""Slips of an administrator at the `edgemesh` command: said before anything is asked of the mesh."""

import io
import json
import re
from pathlib import Path

import pytest

from firmware.mesh.port import MeshError, MeshUnreachableError, MeshUntrustedError
from tools.edgemesh.__main__ import main
from tools.edgemesh.administration.exits import EXITS, Exit, exit_of
from tools.edgemesh.administration.talk import InputError, Talk, cell
from tools.edgemesh.bootstrap import MadeMesh, make_mesh
from tools.edgemesh.cli import parse, parser

JOB = "01900000-0000-7000-8000-000000000000"


@pytest.fixture
def made(tmp_path: Path) -> MadeMesh:
    return make_mesh(tmp_path, "acme.example")


def talk(stdin: str = "", **options: bool) -> Talk:
    return Talk(io.StringIO(), io.StringIO(), io.StringIO(stdin), {}, **options)


@pytest.mark.parametrize("port", ["99999", "65536", "-1", "x", "", "9" * 5000])
def test_a_port_that_is_none(made: MadeMesh, port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["serve", "--dir", str(made.site.directory), f"--port={port}"])
    assert caught.value.code == 2
    assert "a port is 0 to 65535" in capsys.readouterr().err


def test_the_examples_are_words_of_the_command() -> None:
    text = parser().format_help()
    lines = [line.split("(")[0].split() for line in text.splitlines() if line.startswith("  edgemesh ")]
    assert len(lines) == 7
    for line in lines:
        parser().parse_args(line[1:])
    assert text.index("examples:") < text.index("who you are")


@pytest.mark.parametrize(
    ("line", "code", "users"),
    [
        ("lobby", [], None),
        ("lobby 123456", ["123456"], None),
        ("lobby 123 456", ["123", "456"], None),
        ("lobby 123456 --user ada", ["123456"], ["ada"]),
        ("lobby --user ada 123456", ["123456"], ["ada"]),
        ("lobby --user ada --user bob 123 456 --replace", ["123", "456"], ["ada", "bob"]),
        ("lobby 123 --user ada 456", ["123", "456"], ["ada"]),
        ("--user ada lobby 123456", ["123456"], ["ada"]),
        ("--user ada lobby", [], ["ada"]),
        ("--as-asked lobby --replace 123456", ["123456"], None),
    ],
)
def test_a_code_may_stand_behind_options(line: str, code: list[str], users: list[str] | None) -> None:
    arguments = parse(["pairing", "approve", *line.split()])
    assert (arguments.name, arguments.code, arguments.user) == ("lobby", code, users)


@pytest.mark.parametrize("line", ["pairing approve lobby --usr ada 123", "pairing cancel lobby x", "user add ada x"])
def test_other_words_too_many_are_a_slip(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(line.split())
    assert caught.value.code == 2
    assert "unrecognized arguments" in capsys.readouterr().err


def test_every_exit_code_is_in_the_help() -> None:
    text = parser().format_help()
    assert set(EXITS) == set(Exit)
    for status, words in EXITS.items():
        assert re.search(rf"^  {status.value} +{re.escape(words)}$", text, re.MULTILINE)


@pytest.mark.parametrize(
    "words",
    [
        ("member", "revoke", "lobby"),
        ("member", "revoke", "user/ada"),
        ("epoch", "suspend", "0"),
        ("epoch", "suspend", "-1"),
        ("epoch", "rotate", "--held", "burn"),
        ("job", "settle", JOB),
        ("station", "add", "lobby"),
        ("user", "add", "ada", "--password", "x"),
    ],
)
def test_words_that_are_none(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(list(words))
    assert caught.value.code == 2


@pytest.mark.parametrize("words", [("status",), ("user", "list"), ("audit", "verify")])
def test_nobody_acts_without_a_profile(
    tmp_path: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEMESH_PROFILE", str(tmp_path))
    assert main(list(words)) == 4
    captured = capsys.readouterr()
    assert (captured.out, "edgemesh admin pair" in captured.err) == ("", True)
    assert main([*words, "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "profile-missing"


def test_a_station_s_or_client_s_keys_administer_nothing(made: MadeMesh, capsys: pytest.CaptureFixture[str]) -> None:
    for bundle in (made.station, made.client):
        assert main(["status", "--profile", str(bundle), "--mesh", "https://localhost:1"]) == 4
        assert "not of an administrator" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (MeshError("not-allowed", status=403), Exit.REFUSED),
        (MeshError("job-unknown", status=404), Exit.UNKNOWN),
        (MeshError("name-taken", status=409), Exit.CONFLICT),
        (MeshError("identity-revoked", status=403), Exit.PROFILE),
        (MeshError("peer-unreachable", status=503), Exit.UNREACHABLE),
        (MeshError("too-many-enrolments", status=429), Exit.BUSY),
        (MeshError("store-failed", status=503), Exit.BUSY),
        (MeshUnreachableError(), Exit.UNREACHABLE),
        (MeshUntrustedError(), Exit.UNTRUSTED),
        (InputError(), Exit.USAGE),
    ],
)
def test_exit_codes(error: MeshError, status: Exit) -> None:
    assert exit_of(error) is status


def test_a_destructive_act_is_confirmed_by_typing() -> None:
    assert_refused = pytest.raises(InputError)
    for here in (talk("lobby\n"), talk("lobby\n", no_input=True)):  # stdin is no terminal: nobody types there
        with assert_refused as caught:
            here.confirm("It goes.", "lobby")
        assert caught.value.code == "not-confirmed"
    talk(yes=True).confirm("It goes.", "lobby")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "good"), [("lobby\n", True), ("lobb\n", False), ("yes\n", False), ("", False)])
def test_only_the_very_word_confirms(typed: str, good: bool) -> None:
    here = Talk(io.StringIO(), io.StringIO(), Terminal(typed), {})
    if good:
        here.confirm("It goes.", "lobby")
        return
    with pytest.raises(InputError) as caught:
        here.confirm("It goes.", "lobby")
    assert caught.value.code == "not-confirmed"


def test_a_secret_comes_from_stdin_and_is_never_repeated() -> None:
    here = talk("  04A1B2C3 \n")
    assert here.secret("Badge number") == "04A1B2C3"
    with pytest.raises(InputError):
        here.secret("Badge number")
    broken = Talk(io.StringIO(), io.StringIO(), io.TextIOWrapper(io.BytesIO(b"\xff0499\n"), encoding="utf-8"), {})
    with pytest.raises(InputError) as caught:
        broken.secret("Badge number")
    assert "0499" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_an_end_of_input_at_a_hidden_prompt_is_an_answer_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_asked: object) -> str:
        raise EOFError

    monkeypatch.setattr("getpass.getpass", closed)
    with pytest.raises(InputError) as caught:
        Talk(io.StringIO(), io.StringIO(), Terminal(), {}).secret("PIN")
    assert exit_of(caught.value) is Exit.USAGE


def test_the_usage_has_its_words_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["pairing", "approve", "--help"])
    assert capsys.readouterr().out.startswith("usage: edgemesh pairing approve ")


def test_what_the_mesh_says_does_not_command_the_terminal() -> None:
    assert cell("\x1b[2Jada\r\n") == " [2Jada  "
    here = talk()
    here.failure("\x1b[31mno\x07", "job-unknown")
    assert "\x1b" not in here.err.getvalue()  # type: ignore[attr-defined]


def test_no_colour_where_none_is_wanted() -> None:
    lively = Talk(io.StringIO(), Terminal(), io.StringIO(), {})
    plain = Talk(io.StringIO(), Terminal(), io.StringIO(), {"NO_COLOR": "1"})
    lively.warn("x")
    plain.warn("x")
    assert "\x1b[" in lively.err.getvalue()  # type: ignore[attr-defined]
    assert "\x1b[" not in plain.err.getvalue()  # type: ignore[attr-defined]
