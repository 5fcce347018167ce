"""The updates and the metrics of a station that serves: puts their parts together on its board."""

from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any

from firmware.core.machine import Core
from firmware.core.states import SessionState
from firmware.inside import Inside
from firmware.metrics import Counted, Watched, exposition
from firmware.panel.desk import Desk
from firmware.recording import VERSION
from firmware.updates.blocks import Blocks
from firmware.updates.health import MESH, PRINTER, READER, SELF_TEST, Health, answers, decrypts
from firmware.updates.parts import Moments, Parts, Shown, running_version
from firmware.updates.quiet import parse_window
from firmware.updates.source import UpdateSource
from firmware.updates.updater import Updater
from hal.ports.random_source import RandomSource


def is_calm(core: Core) -> bool:
    """Nobody is here, nothing prints, and nothing waits to."""
    return core.session is SessionState.IDLE and core.delivery is None and not core.queued


def updater_of(inside: Inside, core: Core, source: UpdateSource | None, desk: Desk | None) -> Updater | None:
    """None where the board has no installer, or there is no mesh to ask. Raises `WindowError`."""
    board, config, trust = inside.board, inside.config, inside.trust
    if board.installer is None or source is None:
        return None
    moments = Moments(parse_window(config.update_window), config.panel_timezone, lambda: is_calm(core))
    shown = Shown(changed=desk.refresh if desk else lambda: None)
    if desk is not None:
        desk.updating = lambda: shown.is_busy
    version = running_version(VERSION)
    parts = Parts(
        board.installer,
        source,
        board.storage,
        trust.clock,
        board.random,
        moments,
        version,
        inside.tell,
        _served,
        shown,
    )
    updater = Updater(parts)
    own = trust.credentials

    async def has_reader() -> bool:
        return not inside.health.counted or any(one.present for one in inside.health.counted.values())

    looks = {
        SELF_TEST: decrypts(own.identity.org_id, own.identity.id, own.box_key),
        READER: has_reader,
        PRINTER: answers(board.printer),
        MESH: updater.reaches_mesh,
    }
    updater.health = Health(looks, trust.clock)
    return updater


def update_duties(updater: Updater | None) -> list[Coroutine[Any, Any, None]]:
    """As long as the station runs."""
    return [updater.run()] if updater is not None else []


def watched_of(inside: Inside, core: Core, counted: Counted, updater: Updater | None) -> Watched:
    """What metrics are made of."""
    clock = inside.board.clock
    began = clock.monotonic()
    return Watched(
        running_version(VERSION).text,
        core,
        inside.health,
        counted,
        lambda: updater.record.phase if updater else None,
        lambda: clock.monotonic() - began,
    )


def metrics_duties(inside: Inside, watched: Watched) -> list[Coroutine[Any, Any, None]]:
    """Where the site opens a socket for them."""
    if not inside.config.metrics:
        return []
    from firmware.metrics_page import keep_metrics  # noqa: PLC0415 - as below

    return [keep_metrics(inside.config.metrics, lambda: exposition(watched), inside.board.clock, inside.tell)]


def _served(blocks: Blocks, random: RandomSource) -> AbstractAsyncContextManager[str]:
    from firmware.updates.proxy import served  # noqa: PLC0415 - simulations have no network, and no aiohttp to load

    return served(blocks, random)
