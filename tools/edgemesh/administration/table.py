"""The routes of administrators at vault, org key service and nodes; those of the registrar are its own."""

from tools.edgemesh.administration import card_routes, role_routes, vault_routes
from tools.edgemesh.interface import receipt_routes
from tools.edgemesh.interface.route import ADMIN, Route
from tools.edgemesh.updates import routes as update_routes

ROUTES = (
    Route("GET", "/v1/admin/roles", ADMIN, vault_routes.roles),
    Route("GET", "/v1/admin/users", ADMIN, vault_routes.list_users),
    Route("POST", "/v1/admin/users", ADMIN, vault_routes.put_user),
    Route("DELETE", "/v1/admin/users", ADMIN, vault_routes.remove_user),
    Route("POST", "/v1/admin/users/pin", ADMIN, vault_routes.set_pin),
    Route("POST", "/v1/admin/users/code", ADMIN, vault_routes.make_code),
    Route("POST", "/v1/admin/users/import", ADMIN, vault_routes.import_users),
    Route("GET", "/v1/admin/badges", ADMIN, vault_routes.list_badges),
    Route("POST", "/v1/admin/badges", ADMIN, vault_routes.give_badge),
    Route("DELETE", "/v1/admin/badges", ADMIN, vault_routes.remove_badge),
    Route("GET", "/v1/admin/cards", ADMIN, card_routes.show),
    Route("POST", "/v1/admin/cards/policy", ADMIN, card_routes.set_policy),
    Route("POST", "/v1/admin/cards/rules", ADMIN, card_routes.set_rules),
    Route("POST", "/v1/admin/cards/keys", ADMIN, card_routes.add_key),
    Route("DELETE", "/v1/admin/cards/keys", ADMIN, card_routes.remove_key),
    Route("GET", "/v1/admin/jobs", ADMIN, vault_routes.list_jobs),
    Route("POST", "/v1/admin/jobs/{job}/shred", ADMIN, vault_routes.shred_job),
    Route("POST", "/v1/admin/jobs/{job}/settlement", ADMIN, vault_routes.settle_job),
    Route("GET", "/v1/admin/jobs/{job}/receipts", ADMIN, receipt_routes.list_any),
    Route("GET", "/v1/admin/delegations", ADMIN, vault_routes.list_delegations),
    Route("DELETE", "/v1/admin/delegations", ADMIN, vault_routes.end_delegation),
    Route("GET", "/v1/admin/updates", ADMIN, update_routes.list_updates),
    Route("POST", "/v1/admin/updates/{bundle}/stage", ADMIN, update_routes.stage),
    Route("POST", "/v1/admin/updates/{bundle}/halt", ADMIN, update_routes.halt),
    Route("POST", "/v1/admin/updates/{bundle}/resume", ADMIN, update_routes.resume),
    Route("GET", "/v1/admin/fleet", ADMIN, update_routes.list_fleet),
    Route("GET", "/v1/admin/epochs", ADMIN, role_routes.list_epochs),
    Route("POST", "/v1/admin/epochs", ADMIN, role_routes.rotate),
    Route("POST", "/v1/admin/epochs/{epoch}/state", ADMIN, role_routes.change),
    Route("POST", "/v1/admin/holdings/{job}/drop", ADMIN, role_routes.drop),
    Route("GET", "/v1/admin/audit/{role}", ADMIN, role_routes.audit),
)
