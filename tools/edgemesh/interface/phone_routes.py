"""What stations ask about the page for phones."""

from tools.edgemesh.interface.calls import Call
from tools.edgemesh.interface.exchange import Reply


async def page(call: Call) -> Reply:
    """GET /v1/phone: where it is. From now on the vault knows the station's codes."""
    return Reply(200, {"url": call.roles.vault.phones.page(call.caller)})
