"""Buttons and voice as duties, before a station serves and while it does."""

from collections.abc import Coroutine
from typing import Any

from firmware.panel.handsfree import Handsfree, Watched
from firmware.panel.speech import Speeches
from hal.board import Board

Duties = list[Coroutine[Any, Any, None]]


def handsfree_duties(front: Watched, board: Board, spoken: Speeches) -> Duties:
    """Buttons and voice, where the board has any."""
    if not board.buttons and board.voice is None:
        return []
    handsfree = Handsfree(front, spoken, board.clock, board.voice)
    return [handsfree.speak(), *(handsfree.listen(buttons) for buttons in board.buttons)]


async def silence(board: Board) -> None:
    """Let go of what `handsfree_duties` used."""
    for buttons in board.buttons:
        await buttons.aclose()
    if board.voice is not None:
        await board.voice.aclose()
