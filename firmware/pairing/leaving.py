"""A box's last word to its mesh: it leaves, and its keys are destroyed right after."""

from firmware.mesh.answers import problem
from firmware.mesh.port import MeshError, MeshUnreachableError
from firmware.pairing.member import Member
from firmware.pairing.port import EST, Channels

GONE = 204
DONE = frozenset({"identity-revoked"})
"""Said before, and the answer was lost; or an administrator was first."""
MEMBERSHIP = f"{EST}/membership"


async def leave(member: Member, channels: Channels, url: str) -> None:
    """Have the registrar at `url` revoke `member`. Raises the mesh's errors; nothing here is changed either way."""
    channel = channels.mutual(url, member.ca_pem, member.chain_pem, member.keys.key_pem)
    try:
        answer = await channel.request("DELETE", MEMBERSHIP)
    except MeshUnreachableError:  # a mesh hangs up on whom it has just revoked, at times before its answer is out
        answer = await channel.request("DELETE", MEMBERSHIP)
    if answer.reply.status == GONE:
        return
    refused = problem(answer.reply)
    if not (isinstance(refused, MeshError) and refused.code in DONE):
        raise refused
