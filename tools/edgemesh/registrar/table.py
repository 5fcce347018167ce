"""The registrar's routes: for the unpaired, for administrators, for stations that leave, for the vault."""

from tools.edgemesh.interface import est_routes
from tools.edgemesh.interface.route import ADMIN, ANYBODY, STATION, UNPAIRED, VAULT, Route
from tools.edgemesh.registrar import admin_routes

ROUTES = (
    # whoever has no certificate yet, or none any more
    Route("GET", "/.well-known/est/cacerts", ANYBODY | {None}, est_routes.cacerts),
    Route("POST", "/.well-known/est/simpleenroll", UNPAIRED, est_routes.enrol),
    Route("POST", "/.well-known/est/simpleenroll/{enrolment}", UNPAIRED, est_routes.reveal),
    Route("DELETE", "/.well-known/est/simpleenroll/{enrolment}", UNPAIRED, est_routes.give_up),
    Route("POST", "/.well-known/est/simplereenroll", ANYBODY | {None}, est_routes.renew),
    # administrators, of the registrar
    Route("GET", "/v1/admin/members", ADMIN, admin_routes.members),
    Route("GET", "/v1/admin/enrolments", ADMIN, admin_routes.enrolments),
    Route("POST", "/v1/admin/enrolments/{enrolment}/approval", ADMIN, admin_routes.approve),
    Route("DELETE", "/v1/admin/enrolments/{enrolment}", ADMIN, admin_routes.cancel),
    Route("GET", "/v1/admin/tokens", ADMIN, admin_routes.tokens),
    Route("POST", "/v1/admin/tokens", ADMIN, admin_routes.make_token),
    Route("DELETE", "/v1/admin/tokens/{token}", ADMIN, admin_routes.withdraw_token),
    Route("GET", "/v1/admin/denials", ADMIN, admin_routes.denials),
    Route("POST", "/v1/admin/denials", ADMIN, admin_routes.deny),
    Route("POST", "/v1/admin/denials/lift", ADMIN, admin_routes.lift),
    # stations
    Route("DELETE", "/.well-known/est/membership", STATION, admin_routes.leave),
    # the vault
    Route("GET", "/v1/nodes", VAULT, admin_routes.nodes),
    Route("PUT", "/v1/denials/{delegation}", VAULT, admin_routes.deny_delegation),
    Route("DELETE", "/v1/denials/{delegation}", VAULT, admin_routes.lift_delegation),
)
