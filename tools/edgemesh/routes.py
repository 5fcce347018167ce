"""The mesh's whole interface: every route, who may call it, and what answers. openapi.yaml is tested against this."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache

from firmware.vault.identity import Kind
from tools.edgemesh import client_routes, internal_routes, node_routes, station_routes
from tools.edgemesh.calls import Call
from tools.edgemesh.exchange import Reply

Handler = Callable[[Call], Awaitable[Reply]]

_JOB = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_NAMES = {"job": _JOB, "session": r"s-[0-9a-f]{32}", "release": r"r-[0-9a-f]{32}"}


@dataclass(frozen=True, slots=True)
class Route:
    """`path` as in OpenAPI, with `{names}`; `kinds` of identity that may call it."""

    method: str
    path: str
    kinds: frozenset[Kind]
    handler: Handler = field(repr=False)

    def match(self, path: str) -> dict[str, str] | None:
        """The path's names when it is this route's."""
        found = _pattern(self.path).fullmatch(path)
        return None if found is None else found.groupdict()


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", lambda found: f"(?P<{found[1]}>{_NAMES[found[1]]})", path))


_ANYBODY = frozenset(Kind)
_STATION = frozenset({Kind.STATION})
_CLIENT = frozenset({Kind.CLIENT})
_VAULT = frozenset({Kind.VAULT})
_NODE = frozenset({Kind.NODE})

ROUTES = (
    Route("GET", "/v1/health", _ANYBODY, client_routes.health),
    Route("GET", "/v1/mesh", _ANYBODY, client_routes.mesh),
    # stations
    Route("POST", "/v1/sessions", _STATION, station_routes.open_session),
    Route("DELETE", "/v1/sessions/{session}", _STATION, station_routes.close_session),
    Route("GET", "/v1/sessions/{session}/jobs", _STATION, station_routes.list_jobs),
    Route("POST", "/v1/jobs/{job}/releases", _STATION, station_routes.release),
    Route("POST", "/v1/releases/{release}/events", _STATION, station_routes.report),
    Route("DELETE", "/v1/jobs/{job}", _STATION, station_routes.shred),
    Route("GET", "/v1/events", _STATION, station_routes.events),
    Route("GET", "/v1/jobs/{job}/body", _STATION, node_routes.get_body),
    # clients
    Route("POST", "/v1/jobs", _CLIENT, client_routes.submit),
    Route("PUT", "/v1/jobs/{job}/body", _CLIENT, node_routes.put_body),
    # role to role
    Route("GET", "/v1/node", _VAULT, node_routes.describe),
    Route("POST", "/v1/holdings", _VAULT, node_routes.expect),
    Route("DELETE", "/v1/holdings/{job}", _VAULT, node_routes.drop),
    Route("POST", "/v1/parts/node", _VAULT, node_routes.part),
    Route("GET", "/v1/epoch", _VAULT, internal_routes.epoch),
    Route("POST", "/v1/parts/org", _VAULT, internal_routes.org_part),
    Route("POST", "/v1/holders", _NODE, internal_routes.held),
    Route("DELETE", "/v1/holders/{job}", _NODE, internal_routes.lost),
    Route("GET", "/v1/leases/{release}", _NODE, internal_routes.lease),
)


def matching(path: str) -> list[tuple[Route, dict[str, str]]]:
    """Every route of a path, whatever the method."""
    return [(route, names) for route in ROUTES if (names := route.match(path)) is not None]
