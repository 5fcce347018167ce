"""The contract suite's rig for hardware, tried on a reader that is none: the hand is told, and the cards are kept."""

import asyncio

from hal.ports.badge_reader import Tap
from tests.support.board_rig import BoardRig, Cards
from tools.peers.wires import TcpPeer, tcp_reader

BADGES = {"A": "04a1b2c3", "B": "04d4e5f6", "C": "04778899"}


class Hand:
    """Does what it is told."""

    def __init__(self, peer: TcpPeer) -> None:
        self.peer = peer
        self.told: list[str] = []

    def ask(self, words: str) -> None:
        self.told.append(words)
        if "ready" in words:
            self.peer.hang_up()
            self.peer.accept()
        for letter, badge in BADGES.items():
            if f"card {letter}" in words:
                self.peer.tap(badge)


def test_the_cards_of_the_bench_are_met_once_and_known_ever_after() -> None:
    cards = Cards()
    with tcp_reader() as peer:
        hand = Hand(peer)
        for _ in range(2):
            rig = BoardRig(peer.uri, ("one", "two", "three"), cards, hand.ask)

            async def main(rig: BoardRig = rig) -> None:
                reading = asyncio.create_task(rig.reader.next_reading())
                await rig.listening()
                await rig.tap("two")
                tap = await reading
                assert isinstance(tap, Tap)
                assert tap.credential == rig.credential("two") == b"04d4e5f6"

            rig.run(main())
            rig.close()
    assert hand.told.count("Present card B and lift it") == 2
    assert len(hand.told) == 1 + 3 + 2 * 2
