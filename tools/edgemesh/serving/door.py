"""Accepting connections: those whose TLS handshake is not done yet are counted, few of them for each address."""

import asyncio
import errno
import ipaddress
import logging
import resource
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

log = logging.getLogger("edgemesh")

HANDSHAKE_SECONDS = 3.0
MAX_GREETING = 256
"""Connections whose handshake is not done: each takes half a megabyte until then."""
MAX_GREETING_OF_ONE = 32
"""Of them, from one address (of IPv6: one network of 64 bits). The oldest is dropped for a new one."""
MOST_FILES = 65536
RESERVED_FILES = 256
"""Of the process's open files, those that are no connection's: databases, bodies, handshakes under way."""
BATCH = 16
"""Connections accepted in one turn of the loop: those who belong have their turns between."""
PAUSE_SECONDS = 1.0
"""How long nothing is accepted after the system had no room for it."""
QUIET_SECONDS = 60.0
"""How often the log says so."""


class Door:
    """Accepts on one listening socket, and gives whoever ends the TLS handshake in time a protocol of `factory`."""

    def __init__(
        self,
        factory: Callable[[], asyncio.Protocol],
        context: ssl.SSLContext,
        *,
        handshake_seconds: float = HANDSHAKE_SECONDS,
    ) -> None:
        self._factory, self._context, self._handshake_seconds = factory, context, handshake_seconds
        self._greeting: dict[asyncio.Task[None], str] = {}  # the oldest first, with their addresses
        self._untouched: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self._again: asyncio.TimerHandle | None = None
        self._quiet_until = 0.0

    def open(self, listener: socket.socket) -> None:
        """Begin to accept."""
        listener.setblocking(False)
        self._listener = listener
        self._watch()

    def _watch(self) -> None:
        self._again = None
        if self._listener is not None:
            asyncio.get_running_loop().add_reader(self._listener.fileno(), self._accept)

    async def close(self) -> None:
        """Accept no more, and break off the handshakes under way; what is connected stays."""
        if self._listener is None:
            return
        if self._again is not None:
            self._again.cancel()
        asyncio.get_running_loop().remove_reader(self._listener.fileno())
        self._listener.close()
        self._listener = None
        under_way = list(self._greeting)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await asyncio.sleep(0)  # broken connections are taken down in the loop's next turn

    def _accept(self) -> None:
        for _ in range(BATCH):
            try:
                if self._listener is None:
                    return
                connection, peer = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as exc:
                self._rest(exc)
                return
            connection.setblocking(False)
            self._greet(connection, network(str(peer[0])))

    def _rest(self, exc: OSError) -> None:
        """No files or memory: the socket would be reported as ready on and on."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._quiet_until:
            self._quiet_until = loop.time() + QUIET_SECONDS
            log.error("connections cannot be accepted: %s", errno.errorcode.get(exc.errno or 0, "OSError"))
        if self._listener is not None:
            loop.remove_reader(self._listener.fileno())
            self._again = loop.call_later(PAUSE_SECONDS, self._watch)

    def _greet(self, connection: socket.socket, address: str) -> None:
        self._make_room(address)
        self._untouched.add(connection)
        task = asyncio.get_running_loop().create_task(self._handshake(connection))
        self._greeting[task] = address
        task.add_done_callback(lambda done: self._end(done, connection))

    def _make_room(self, address: str) -> None:
        """One less of this address, or of the one that has most, where there are too many."""
        counts = Counter(self._greeting.values())
        if counts[address] >= MAX_GREETING_OF_ONE:
            self._drop_oldest(address)
        elif len(self._greeting) >= MAX_GREETING:
            self._drop_oldest(counts.most_common(1)[0][0])

    def _drop_oldest(self, address: str) -> None:
        oldest = next(task for task, known in self._greeting.items() if known == address)
        del self._greeting[oldest]
        oldest.cancel()

    def _end(self, task: asyncio.Task[None], connection: socket.socket) -> None:
        self._greeting.pop(task, None)
        if connection in self._untouched:  # dropped before it began: no transport closes it
            self._untouched.discard(connection)
            connection.close()
        elif not task.cancelled() and task.exception() is not None:
            log.error("a connection was lost to %s", type(task.exception()).__name__)

    async def _handshake(self, connection: socket.socket) -> None:
        self._untouched.discard(connection)
        with suppress(
            OSError, TimeoutError
        ):  # TLS errors are such, and whoever talks nonsense needs no line in the log
            await asyncio.get_running_loop().connect_accepted_socket(
                self._factory,
                connection,
                ssl=self._context,
                ssl_handshake_timeout=self._handshake_seconds,
                ssl_shutdown_timeout=1.0,
            )


def network(address: str) -> str:
    """What one peer has to itself: an IPv4 address, a 64-bit network of IPv6."""
    host = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(host, ipaddress.IPv4Address):
        return address
    if host.ipv4_mapped is not None:
        return str(host.ipv4_mapped)
    return str(ipaddress.ip_network((host, 64), strict=False))


def room(wanted: int) -> int:
    """So many connections, or as many as the process may have files open."""
    return max(1, min(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - RESERVED_FILES))


def raise_file_limit() -> None:
    """As many open files as we may have: distributions begin with 1024, for programs that call select(2)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
