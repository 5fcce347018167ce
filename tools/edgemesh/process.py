"""One running process of the mesh: starts the roles of a site's directory that it is to serve, and stops in order."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

from hal.drivers.thread_workers import ThreadWorkers
from tools.edgemesh.api import Api
from tools.edgemesh.callers import HttpCallers
from tools.edgemesh.opener import Opener, world_of
from tools.edgemesh.server import Server, listen
from tools.edgemesh.site import Site, lock_role
from tools.edgemesh.tls import server_context

THREADS = 4
_EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


@dataclass(frozen=True, slots=True)
class Running:
    """A mesh process that answers at `url`."""

    url: str
    api: Api
    workers: ThreadWorkers


def all_roles(site: Site) -> tuple[str, ...]:
    """The directories of every role; the first one's certificate is the one a process shows."""
    return ("vault", *site.nodes, "org")


@asynccontextmanager
async def running(
    site: Site,
    served: tuple[str, ...] = (),
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    public_url: str = "",
) -> AsyncIterator[Running]:
    """Serve roles (all, unless `served` names their directories) within the context. `public_url` is what others call
    this process, where that is not `https://host:port`. Raises `SiteError`, `OSError`, `StoreError`, `DeviceError`."""
    roles = served or all_roles(site)
    async with AsyncExitStack() as stack:
        for role in roles:
            stack.callback(os.close, lock_role(site.path(role)))
        listener = stack.enter_context(listen(host, port))
        url = public_url or _url(site.hosts[0] if host in _EVERYWHERE else host, listener.getsockname()[1])
        workers = ThreadWorkers(THREADS)
        stack.callback(workers.close)
        opener = Opener(
            site,
            roles,
            url=url,
            world=world_of(site, workers),
            callers=await _callers(site, roles, stack),
            stack=stack,
        )
        api = opener.open()
        server = Server(api, server_context(site.path(roles[0]), site.ca_file.read_bytes()), workers)
        await server.start(listener)
        stack.push_async_callback(server.stop)
        for role in roles:
            site.write_url(role, url)
        await stack.enter_async_context(_tended(api))
        yield Running(url, api, workers)


def _url(host: str, port: int) -> str:
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


async def _callers(site: Site, roles: tuple[str, ...], stack: AsyncExitStack) -> dict[str, HttpCallers]:
    """Ways out for each role, when some role is served elsewhere."""
    if set(all_roles(site)) <= set(roles):
        return {}
    ca_pem = site.ca_file.read_bytes()
    return {role: await stack.enter_async_context(HttpCallers(site.path(role), ca_pem)) for role in roles}


@asynccontextmanager
async def _tended(api: Api) -> AsyncIterator[None]:
    chores = asyncio.create_task(api.roles.tend(), name="chores")
    try:
        yield
    finally:
        chores.cancel()
        with suppress(asyncio.CancelledError):
            await chores
