"""The mesh's whole interface: every route, who may call it, and what answers. openapi.yaml is tested against this."""

from tools.edgemesh.administration import table as administration
from tools.edgemesh.interface import (
    card_routes,
    client_routes,
    delegation_routes,
    internal_routes,
    node_routes,
    phone_routes,
    preview_routes,
    receipt_routes,
    station_routes,
    time_routes,
)
from tools.edgemesh.interface.route import ANYBODY, CLIENT, NODE, REGISTRAR, STATION, VAULT, Route
from tools.edgemesh.registrar import table as registrar
from tools.edgemesh.updates import routes as update_routes

ROUTES = (
    Route("GET", "/v1/health", ANYBODY | {None}, client_routes.health),
    Route("GET", "/v1/mesh", ANYBODY, client_routes.mesh),
    Route("POST", "/v1/time", ANYBODY, time_routes.tell_time),
    Route("GET", "/v1/denials", ANYBODY, time_routes.denials),
    # stations
    Route("POST", "/v1/sessions", STATION, station_routes.open_session),
    Route("POST", "/v1/card-proofs", STATION, card_routes.begin),
    Route("POST", "/v1/card-proofs/{proof}/answers", STATION, card_routes.answer),
    Route("POST", "/v1/associations", STATION, station_routes.associate),
    Route("DELETE", "/v1/sessions/{session}", STATION, station_routes.close_session),
    Route("GET", "/v1/sessions/{session}/jobs", STATION, station_routes.list_jobs),
    Route("POST", "/v1/sessions/{session}/previews", STATION, preview_routes.previews),
    Route("POST", "/v1/jobs/{job}/releases", STATION, station_routes.release),
    Route("POST", "/v1/releases/{release}/events", STATION, station_routes.report),
    Route("DELETE", "/v1/jobs/{job}", STATION, station_routes.shred),
    Route("GET", "/v1/events", STATION, station_routes.events),
    Route("GET", "/v1/phone", STATION, phone_routes.page),
    Route("GET", "/v1/jobs/{job}/body", STATION, node_routes.get_body),
    Route("POST", "/v1/updates/check", STATION, update_routes.check),
    Route("GET", "/v1/updates/{bundle}", STATION, update_routes.get_bundle),
    # clients
    Route("POST", "/v1/jobs", CLIENT, client_routes.submit),
    Route("PUT", "/v1/jobs/{job}/body", CLIENT, node_routes.put_body),
    Route("GET", "/v1/jobs/{job}/receipts", CLIENT, receipt_routes.list_own),
    Route("POST", "/v1/delegations", CLIENT, delegation_routes.delegate),
    Route("GET", "/v1/delegations", CLIENT, delegation_routes.list_own),
    Route("DELETE", "/v1/delegations/{delegation}", CLIENT, delegation_routes.end),
    # role to role
    Route("GET", "/v1/node", VAULT, node_routes.describe),
    Route("POST", "/v1/holdings", VAULT, node_routes.expect),
    Route("DELETE", "/v1/holdings/{job}", VAULT, node_routes.drop),
    Route("POST", "/v1/parts/node", VAULT, node_routes.part),
    Route("POST", "/v1/previews/node", VAULT, preview_routes.node_part),
    Route("POST", "/v1/previews/org", VAULT, preview_routes.org_part),
    Route("GET", "/v1/epoch", VAULT | REGISTRAR, internal_routes.epoch),
    Route("GET", "/v1/epochs", VAULT, internal_routes.closing),
    Route("POST", "/v1/epochs/{epoch}/retirement", VAULT, internal_routes.retire),
    Route("POST", "/v1/reboxes", VAULT, internal_routes.place),
    Route("POST", "/v1/parts/org", VAULT, internal_routes.org_part),
    Route("POST", "/v1/holders", NODE, internal_routes.held),
    Route("DELETE", "/v1/holders/{job}", NODE, internal_routes.lost),
    Route("GET", "/v1/leases/{release}", NODE, internal_routes.lease),
    # administrators
    *administration.ROUTES,
    # the registrar
    *registrar.ROUTES,
)


def matching(path: str) -> list[tuple[Route, dict[str, str]]]:
    """Every route of a path, whatever the method."""
    return [(route, names) for route in ROUTES if (names := route.match(path)) is not None]
