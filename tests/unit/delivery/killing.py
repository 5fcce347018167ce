"""A station that is killed at a chosen call of a port, before or after that call had its effect."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from firmware.mesh.messages import Report
from tests.unit.delivery.world import World


class KilledError(BaseException):
    """kill -9: no `Exception`, so no handler of the firmware runs, and from then on no call does anything."""


class Executioner:
    """Counts the moments at which a station may die: before and after each call of storage, printer and mesh, and
    before each segment of a document. The `fatal`-th is its last."""

    def __init__(self, fatal: int) -> None:
        self.moments = 0
        self.last_words = ""
        self.fatal = fatal
        self.fatal_words = ""

    def moment(self, what: str) -> None:
        self.moments += 1
        if what == self.fatal_words:
            self.fatal = 0
        if self.moments >= self.fatal:
            self.last_words = self.last_words or what
            raise KilledError(what)

    @property
    def struck(self) -> bool:
        return self.moments >= self.fatal

    def wrap(self, port: Any, *, blocking: bool = False) -> Any:
        return Doomed(port, self, blocking)


class Doomed:
    """A port whose every method may be the last one called."""

    def __init__(self, port: Any, executioner: Executioner, blocking: bool) -> None:
        self._port = port
        self._executioner = executioner
        self._blocking = blocking

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if name in ("body", "events"):
            return lambda *args: self._chunks(name, method(*args))
        return self._call_now(name, method) if self._blocking else self._call(name, method)

    def _call(self, name: str, method: Any) -> Any:
        async def called(*args: Any) -> Any:
            said = " ".join([name, *(str(arg.kind) for arg in args if isinstance(arg, Report))])
            self._executioner.moment(f"before {said}")
            arguments = [self._chunks("segment", arg) if hasattr(arg, "__anext__") else arg for arg in args]
            result = await method(*arguments)
            self._executioner.moment(f"after {said}")
            return result

        return called

    def _call_now(self, name: str, method: Any) -> Any:
        def called(*args: Any) -> Any:
            self._executioner.moment(f"before {name}")
            result = method(*args)
            self._executioner.moment(f"after {name}")
            return result

        return called

    async def _chunks(self, name: str, source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            async for chunk in source:
                self._executioner.moment(f"before {name}")
                yield chunk
            self._executioner.moment(f"before the end of {name}")
        finally:
            if isinstance(source, AsyncGenerator):  # the kernel closes a dead process's connections
                await source.aclose()


def doomed(world: World, executioner: Executioner) -> World:
    """The same world as the doomed station sees it."""
    seen = World.__new__(World)
    seen.__dict__.update(world.__dict__)
    seen.printer = executioner.wrap(world.printer)
    seen.mesh = executioner.wrap(world.mesh)
    seen.storage = executioner.wrap(world.storage, blocking=True)
    return seen
