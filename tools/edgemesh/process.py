"""One running process of the mesh: starts the roles of a site's directory that it is to serve, and stops in order."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from firmware.errors import LockgateError
from firmware.panel.tags import ENGLISH
from hal.drivers.system_clock import SystemClock
from hal.drivers.thread_workers import ThreadWorkers
from tools.edgemesh.clock import KeptInFile, SteadyClock
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.forwarding import forwarders
from tools.edgemesh.interface.api import Api
from tools.edgemesh.opener import Opener, world_of
from tools.edgemesh.phones.desk_page import PhoneDesk
from tools.edgemesh.phones.listener import PhoneServer
from tools.edgemesh.phones.tongues import speeches
from tools.edgemesh.serving.callers import HttpCallers
from tools.edgemesh.serving.door import raise_file_limit
from tools.edgemesh.serving.server import Server, listen
from tools.edgemesh.serving.tls import Reloads, load_own, server_context
from tools.edgemesh.site import REGISTRAR, Site, SiteError, lock_role
from tools.edgemesh.site_screen import address_of

THREADS = 4
CLOCK = "clock"
"""In the first served role's directory: the last good time."""
_LOOPBACK = ("127.", "localhost", "::1")
_EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


class DutyEndedError(LockgateError):
    """What a process does unasked has ended by itself. The process ends, too: its supervisor starts another."""

    code = "duty-ended"


@dataclass(frozen=True, slots=True)
class Running:
    """A mesh process that answers at `url`."""

    url: str
    api: Api
    workers: ThreadWorkers


def all_roles(site: Site) -> tuple[str, ...]:
    """The directories of every role; the first one's certificate is the one a process shows."""
    return ("vault", *site.nodes, "org", REGISTRAR)


@asynccontextmanager
async def running(
    site: Site,
    served: tuple[str, ...] = (),
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    public_url: str = "",
    clock_is_right: bool = False,
    accept_rollback: bool = False,
    announce: bool | None = None,
) -> AsyncIterator[Running]:
    """Serve roles (all, unless `served` names their directories) within the context. `public_url` is what others call
    this process, where that is not `https://host:port`; `clock_is_right` a person's word against the last good time,
    `accept_rollback` to go on with an old copy of the registrar's database. A process with the registrar says in the
    network where it is (`announce`; where that is left open, unless it listens on the loopback alone).
    Raises `SiteError`, `OSError`, `StoreError`, `DeviceError`, `ClockError`, `SyslogError`; within the context, which
    is cancelled then, `DutyEndedError`."""
    raise_file_limit()
    roles = served or all_roles(site)
    async with AsyncExitStack() as stack:
        clock = _taken(site, roles, stack, clock_is_right=clock_is_right)
        listener = stack.enter_context(listen(host, port))
        url = public_url or _url(site.hosts[0] if host in _EVERYWHERE else host, listener.getsockname()[1])
        workers, reloads = ThreadWorkers(THREADS), Reloads()
        stack.callback(workers.close)
        world = world_of(site, workers, clock)
        api = Opener(
            site,
            roles,
            url=url,
            world=world,
            callers=await _callers(site, roles, world.verifier, reloads, stack),
            reloads=reloads,
            stack=stack,
            accept_rollback=accept_rollback,
        ).open()
        server = Server(api, _shown(site, roles[0], reloads), workers)
        await server.start(listener)
        stack.push_async_callback(server.stop)
        for role in roles:
            site.write_url(role, url)
        await stack.enter_async_context(_for_phones(site, api, clock))
        await api.roles.catch_up()
        sent = forwarders(site.settings.syslog, api.roles.audits, clock)
        if REGISTRAR in roles and (announce or (announce is None and not host.startswith(_LOOPBACK))):
            await stack.enter_async_context(_announced(site, url, host))
        await stack.enter_async_context(_tended(api, clock, sent))
        yield Running(url, api, workers)


@asynccontextmanager
async def _for_phones(site: Site, api: Api, clock: SteadyClock) -> AsyncIterator[None]:
    """The page for phones beside the vault, where the site has one."""
    page, vault = site.settings.phone, api.roles.vault_role
    if vault is None or not page.url:
        yield
        return
    host, port = address_of(page)
    try:
        spoken = speeches(next(iter(site.settings.screen.languages), ENGLISH))
        server = PhoneServer(PhoneDesk(vault.phones, clock, api.roles.audit("vault"), spoken), page, clock)
    except OSError as exc:  # what ssl raises is such, too
        raise SiteError(f"phone: the certificate or its key cannot be used: {exc.strerror or exc}") from exc
    await server.start(listen(host, port))
    try:
        yield
    finally:
        await server.stop()


def _taken(site: Site, roles: tuple[str, ...], stack: AsyncExitStack, *, clock_is_right: bool) -> SteadyClock:
    """These roles are ours alone until `stack` ends; their clock, never behind what it was when they stopped."""
    for role in roles:
        stack.callback(os.close, lock_role(site.path(role)))
    clock = SteadyClock(SystemClock(), KeptInFile(site.path(roles[0]) / CLOCK))
    clock.start(is_right=clock_is_right)
    return clock


def _shown(site: Site, role: str, reloads: Reloads) -> ssl.SSLContext:
    """How the process answers: with this role's certificate, and with the renewed one when there is one."""
    context = server_context(site.path(role), site.ca_file.read_bytes())
    reloads.add(role, partial(load_own, context, site.path(role)))
    return context


def _announced(site: Site, url: str, host: str) -> AbstractAsyncContextManager[None]:
    from tools.edgemesh.announcing import announced  # noqa: PLC0415 - most meshes of a test need not load what it needs

    return announced(site.org_id, url, () if host in _EVERYWHERE else (host,))


def _url(host: str, port: int) -> str:
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


async def _callers(
    site: Site, roles: tuple[str, ...], verifier: Verifier, reloads: Reloads, stack: AsyncExitStack
) -> dict[str, HttpCallers]:
    """Ways out for each role, when some role is served elsewhere; for the vault always: nodes may be paired."""
    alone = set(all_roles(site)) <= set(roles)
    ca_pem = site.ca_file.read_bytes()
    callers = {role: HttpCallers(site.path(role), ca_pem, verifier) for role in roles if not alone or role == "vault"}
    for role, ways_out in callers.items():
        reloads.add(role, (await stack.enter_async_context(ways_out)).reload)
    return callers


@asynccontextmanager
async def _tended(api: Api, clock: SteadyClock, sent: Sequence[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    duties = {"chores": api.roles.tend(), "last good time": clock.keep_on()}
    named = [*duties.items(), *(("syslog", duty) for duty in sent)]
    parent, tasks = asyncio.current_task(), []
    for name, duty in named:
        tasks.append(asyncio.create_task(_for_ever(name, duty), name=name))
        tasks[-1].add_done_callback(partial(_end, parent))
    try:
        yield
    except asyncio.CancelledError:
        for task in tasks:
            if task.done() and parent is not None:
                parent.uncancel()
                task.result()
        raise
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _, duty in named:
            duty.close()  # one that was cancelled before its first step


def _end(parent: asyncio.Task[Any] | None, duty: asyncio.Task[None]) -> None:
    """A process that goes on without its duties looks well, and is not."""
    if parent is not None and not duty.cancelled():
        parent.cancel()


async def _for_ever(name: str, duty: Coroutine[Any, Any, None]) -> None:
    try:
        await duty
    except Exception as exc:
        raise DutyEndedError(f"{name}: {type(exc).__name__}") from exc
    raise DutyEndedError(name)
