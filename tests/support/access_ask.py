"""One request of the access table, without who sends it; and the least request that an operation reads."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.support.mesh_http import Json

UNKNOWN = {
    "job": "01900000-0000-7000-8000-000000000000",
    "session": f"s-{'0' * 32}",
    "release": f"r-{'0' * 32}",
    "enrolment": f"e-{'0' * 32}",
    "token": f"t-{'0' * 16}",
    "delegation": f"d-{'0' * 32}",
    "proof": f"p-{'0' * 32}",
    "bundle": "0" * 64,
    "epoch": "1",
    "role": "vault",
}
"""Well-formed names in paths, of nothing that there is."""
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, without who sends it."""

    method: str
    target: str
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


def posted(route: str, value: Json, query: str = "", **names: str) -> Ask:
    """A request with a JSON body; `names` fill the path."""
    method, _, path = route.partition(" ")
    return Ask(method, filled(path, names) + query, json.dumps(value).encode(), JSON)


def plain(route: str, query: str = "", headers: Mapping[str, str] | None = None, **names: str) -> Ask:
    """A request without body."""
    method, _, path = route.partition(" ")
    return Ask(method, filled(path, names) + query, None, headers or {})


def filled(path: str, names: Mapping[str, str] | None = None) -> str:
    """A path with its names filled in: `names`, else of nothing there is."""
    known = UNKNOWN | dict(names or {})
    return re.sub(r"\{(\w+)\}", lambda found: known[found[1]], path)


def blank(method: str, path: str) -> Ask:
    """The least request that an operation reads at all: names of nothing there is, an empty object."""
    if method in ("POST", "PUT"):
        return posted(f"{method} {path}", {})
    return plain(f"{method} {path}")
