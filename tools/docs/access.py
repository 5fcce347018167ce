"""Prints firmware/docs/access.md, who may do what at the mesh, from the table that the tests try cell by cell:
`python -m tools.docs.access [--check]`."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "tests" / "contract" / "edgemesh" / "access.toml"
PAGE = ROOT / "firmware" / "docs" / "access.md"

UNPAIRED = "no certificate"
KINDS = ("station", "client", "vault", "node", "org", "registrar", "admin")
CALLERS = (UNPAIRED, *KINDS)
STRANGERS = ("expired", "of another organisation", "self-signed")
REVOKED = "revoked"
LET_IN = "let through, so that the caller is told"

INTRODUCTION = """\
# Who may do what at the mesh

Printed from `tests/contract/edgemesh/access.toml` by `python -m tools.docs`; a test keeps it fresh. Do not edit.

That table is written by hand, from [mesh.md](mesh.md), and not drawn from the code it judges. Tests try every cell of
it against the whole mesh in memory, and every certificate against the real server over TLS. What is refused is refused
with exactly this status and code, and after each refusal the contents of every store are the same as before, byte by
byte; only the audit grows. An operation of the interface that has no line here fails the tests.

What is bold is the answer to the right request of a caller who may; all else is a refusal.
"""


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of the table."""

    route: str
    may: frozenset[str]
    answer: str
    but: Mapping[str, str]

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]

    @property
    def path(self) -> str:
        return self.route.partition(" ")[2]

    @property
    def is_setup(self) -> bool:
        """Whether it exists for those without certificate alone."""
        return self.may == {UNPAIRED}


@dataclass(frozen=True, slots=True)
class Situation:
    """A caller of the right kind, and what is wrong with the rest."""

    name: str
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class Access:
    """The whole table."""

    refused: Mapping[str, str]
    situations: tuple[Situation, ...]
    operations: tuple[Operation, ...]

    def caller(self, operation: Operation, caller: str) -> str:
        """What a caller of `CALLERS` gets."""
        if found := operation.but.get(caller):
            return found
        if caller in operation.may:
            return operation.answer
        if caller == UNPAIRED:
            return self.refused[UNPAIRED]
        return self.refused["any certificate, to set up" if operation.is_setup else "another kind"]

    def situation(self, operation: Operation, situation: Situation) -> str:
        """What a caller in a situation gets."""
        return operation.but.get(situation.name) or self.caller(operation, situation.who)


def read(path: Path = TABLE) -> Access:
    """The table. Raises `ValueError` where a line names a caller or a situation that there is none of."""
    parsed: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    situations = tuple(Situation(name, one["who"], one["what"]) for name, one in parsed["situations"].items())
    operations = tuple(
        Operation(route, frozenset(one["may"]), one["answer"], one.get("but", {}))
        for route, one in parsed["operations"].items()
    )
    for operation in operations:
        unknown = operation.may - {*CALLERS} | {*operation.but} - {*CALLERS} - {one.name for one in situations}
        if unknown:
            raise ValueError(f"{operation.route}: {', '.join(sorted(unknown))}")
    return Access(parsed["refused"], situations, operations)


def page() -> str:
    """The whole document."""
    access = read()
    parts = [INTRODUCTION, "## By kind of caller\n", *_callers(access), ""]
    parts += ["## By certificate\n", *_certificates(access), ""]
    parts += ["## By what is asked for\n", *_situations(access), ""]
    return "\n".join(parts)


def _callers(access: Access) -> Iterator[str]:
    usual = {access.refused["another kind"]: ".", access.refused[UNPAIRED]: "-"}
    yield "; ".join(f"`{mark}` is {_cell(cell)}" for cell, mark in usual.items()) + ".\n"
    yield from _head("operation", CALLERS)
    for operation in access.operations:
        cells = (_for_caller(access, operation, caller, usual) for caller in CALLERS)
        yield _line(f"`{operation.route}`", cells)


def _for_caller(access: Access, operation: Operation, caller: str, usual: Mapping[str, str]) -> str:
    """Whoever may, stands out."""
    cell = access.caller(operation, caller)
    if caller in operation.may and cell == operation.answer:
        status, _, words = cell.partition(" ")
        return f"**{status}** `{words}`" if words else f"**{status}**"
    return usual.get(cell) or _cell(cell)


def _certificates(access: Access) -> Iterator[str]:
    yield "The same for every operation, whatever the kind and the name in the certificate:\n"
    yield from _head("certificate", ("answer", "and at the TLS handshake"))
    yield _line("revoked", (_cell(access.refused[REVOKED]), LET_IN))
    for stranger in STRANGERS:
        handshake = LET_IN if stranger == "expired" else "broken off: no request is read"
        yield _line(stranger, (_cell(access.refused[stranger]), handshake))


def _situations(access: Access) -> Iterator[str]:
    yield "Operations that are not named answer as they always do.\n"
    for situation in access.situations:
        yield f"### {situation.name[0].upper()}{situation.name[1:]}\n"
        yield f"{situation.what} A {situation.who} asks.\n"
        yield from _head("operation", ("answer",))
        for operation in access.operations:
            if situation.name in operation.but:
                yield _line(f"`{operation.route}`", (_cell(access.situation(operation, situation)),))
        yield ""


def _head(first: str, others: tuple[str, ...]) -> Iterator[str]:
    yield _line(first, others)
    yield "|---" * (len(others) + 1) + "|"


def _line(first: str, others: Iterator[str] | tuple[str, ...]) -> str:
    return f"| {first} | {' | '.join(others)} |"


def _cell(cell: str) -> str:
    """A refusal's code as code; what is allowed in bold."""
    status, _, words = cell.partition(" ")
    if not words or status.endswith(","):
        return f"**{cell}**"
    return f"{status} `{words}`"
