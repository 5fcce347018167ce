"""What a route of the mesh is: method, path, who may call it, and what answers."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache

from firmware.vault.identity import Kind
from tools.edgemesh.interface.calls import Call
from tools.edgemesh.interface.exchange import Reply

Handler = Callable[[Call], Awaitable[Reply]]

_JOB = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_NAMES = {
    "job": _JOB,
    "session": r"s-[0-9a-f]{32}",
    "release": r"r-[0-9a-f]{32}",
    "enrolment": r"e-[0-9a-f]{32}",
    "token": r"t-[0-9a-f]{16}",
    "delegation": r"d-[0-9a-f]{32}",
    "proof": r"p-[0-9a-f]{32}",
    "bundle": r"[0-9a-f]{64}",
    "epoch": r"[1-9][0-9]{0,8}",
    "role": r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}",
}

ANYBODY = frozenset(Kind)
"""Everybody with a certificate of the organisation."""
UNPAIRED: frozenset[Kind | None] = frozenset({None})
"""Whoever has no certificate yet: set-up routes, which do not exist for anybody else."""
STATION, CLIENT, ADMIN = frozenset({Kind.STATION}), frozenset({Kind.CLIENT}), frozenset({Kind.ADMIN})
VAULT, NODE, REGISTRAR = frozenset({Kind.VAULT}), frozenset({Kind.NODE}), frozenset({Kind.REGISTRAR})


@dataclass(frozen=True, slots=True)
class Route:
    """`path` as in OpenAPI, with `{names}`; `kinds` of identity that may call it, None for a caller without one."""

    method: str
    path: str
    kinds: frozenset[Kind | None] | frozenset[Kind]
    handler: Handler = field(repr=False)

    def match(self, path: str) -> dict[str, str] | None:
        """The path's names when it is this route's."""
        found = _pattern(self.path).fullmatch(path)
        return None if found is None else found.groupdict()

    @property
    def is_setup(self) -> bool:
        """Whether it exists for the unpaired alone."""
        return self.kinds == UNPAIRED


@cache
def _pattern(path: str) -> re.Pattern[str]:
    pieces = re.split(r"(\{\w+\})", path)
    return re.compile("".join(_group(piece) if piece.startswith("{") else re.escape(piece) for piece in pieces))


def _group(braced: str) -> str:
    name = braced.strip("{}")
    return f"(?P<{name}>{_NAMES[name]})"
