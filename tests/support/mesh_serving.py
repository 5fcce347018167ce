"""A made mesh served within the test's own process."""

from collections.abc import Awaitable, Callable

from tests.support.aio import run
from tools.edgemesh.bootstrap import MadeMesh
from tools.edgemesh.process import Running, running


def serving(made: MadeMesh, story: Callable[[Running], Awaitable[None]]) -> None:
    """Run `story` against a mesh on a free port."""

    async def main() -> None:
        async with running(made.site) as mesh:
            await story(mesh)

    run(main())
