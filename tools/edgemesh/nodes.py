"""The holding nodes that the vault works with: those of the site, and those that were paired; never a denied one."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from tools.edgemesh.denials import Denials
from tools.edgemesh.peers import NodeMember, NodePeer

Make = Callable[[str, str], NodePeer | None]
"""A peer for a node's id and URL; None where nothing can be asked of it."""
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


class Nodes:
    """Shared by all of the vault's parts; what it holds changes when the registrar's list does."""

    def __init__(self, own: Iterable[NodePeer], denials: Denials, make: Make = lambda _id, _url: None) -> None:
        self._own = {peer.node_id: peer for peer in own}
        self._denials, self._make = denials, make
        self._peers = dict(self._own)
        self._members: dict[str, NodeMember] | None = None

    def take(self, members: Iterable[NodeMember]) -> None:
        """The registrar's list as it is now. A node that stays keeps its peer."""
        before, self._members = self._members or {}, {member.id: member for member in members}
        peers: dict[str, NodePeer] = {}
        for member in self._members.values():
            kept = self._peers.get(member.id) if self._known(before.get(member.id), member) else None
            peer = self._own.get(member.id) or kept or self._make(member.id, member.url)
            if peer is not None:
                peers[member.id] = peer
        self._peers = peers

    def _known(self, before: NodeMember | None, now: NodeMember) -> bool:
        return before is not None and before.url == now.url

    @property
    def heard(self) -> bool:
        """Whether the registrar's list was ever taken."""
        return self._members is not None

    def all(self) -> Sequence[NodePeer]:
        """Those to work with now."""
        return [peer for peer in self._peers.values() if self._good(peer.node_id)]

    def get(self, node_id: str) -> NodePeer | None:
        """One to work with now, if it is."""
        peer = self._peers.get(node_id)
        return peer if peer is not None and self._good(node_id) else None

    def _good(self, node_id: str) -> bool:
        since = self._denials.last().since(f"node/{node_id}")
        member = (self._members or {}).get(node_id)
        return since is None or since < (member.not_before if member else _EVER)
