"""docs/errors.md against the source: every code is explained, nothing explained is dead."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from firmware.core import delivery, notices
from firmware.delivery import outcomes, settle
from tools.edgemesh.interface import problems

ROOT = Path(__file__).parents[2]
DOC = ROOT / "firmware" / "docs" / "errors.md"
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
NAMES = {"Ended", "End", "DeliveryEnded", "MeshError", "Problem"}
"""What is made with a code among its first two arguments."""


@cache
def sources() -> dict[Path, ast.Module]:
    paths = [path for root in ("firmware", "hal", "tools") for path in sorted((ROOT / root).rglob("*.py"))]
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def texts(node: ast.AST | None) -> Iterator[str]:
    """Every string in an expression."""
    for inner in ast.walk(node) if node else ():
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value


def codes_in(tree: ast.Module) -> Iterator[str]:
    """`code = "…"` in a class, `code="…"` in a call, and the codes that outcomes and refusals are made with."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(body=body):
                for line in body:
                    if isinstance(line, ast.Assign) and [ast.unparse(target) for target in line.targets] == ["code"]:
                        yield from texts(line.value)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
                for keyword in keywords:
                    if keyword.arg == "code":
                        yield from texts(keyword.value)
                if name in NAMES:
                    yield from (text for arg in args[:2] if isinstance(arg, ast.Constant) for text in texts(arg))


def codes() -> set[str]:
    found = {code for tree in sources().values() for code in codes_in(tree) if CODE.fullmatch(code)}
    tables = {*problems.TABLE, *outcomes.JOB_REASONS.values(), *outcomes.JOB_STATES.values(), *outcomes.GONE}
    return found | tables | {notices.PRINTER_BLOCKED, delivery.NO_ANSWER, delivery.STOPPING, settle.INTERRUPTED}


def listed() -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", DOC.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_code_is_explained() -> None:
    assert sorted(codes() - set(listed())) == []


def test_nothing_explained_is_dead() -> None:
    alive = {text for tree in sources().values() for text in texts(tree)}
    assert sorted(set(listed()) - alive) == []


def test_each_is_explained_once() -> None:
    assert sorted(set(listed())) == sorted(listed())
