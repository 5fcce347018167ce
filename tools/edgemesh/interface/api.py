"""The mesh's interface without HTTP: a `Request` in, a `Reply` out; every failure becomes a problem document here."""

import logging

from firmware.errors import LockgateError
from tools.edgemesh.interface.calls import Call
from tools.edgemesh.interface.exchange import Reply, Request
from tools.edgemesh.interface.problems import Problem, from_error
from tools.edgemesh.interface.route import Route
from tools.edgemesh.interface.routes import matching
from tools.edgemesh.roles import Roles

log = logging.getLogger("edgemesh")


class Api:
    """What every transport hands its requests to."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles

    async def handle(self, request: Request) -> Reply:
        """Answers; raises nothing but cancellation and a broken connection of the request's own stream."""
        try:
            return await self._dispatch(request)
        except LockgateError as exc:
            problem = from_error(exc)
            if problem.code in ("internal", "store-failed"):
                log.exception("%s %s: %s", request.method, request.path, exc.code)
            return Reply(problem.status, problem.document())
        except ConnectionError:
            raise  # the peer went away in the middle of its body: nobody is there to be answered
        except Exception:  # the dispatcher: whatever went wrong, the peer learns no more than that
            log.exception("%s %s", request.method, request.path)
            problem = Problem("internal")
            return Reply(problem.status, problem.document())

    async def _dispatch(self, request: Request) -> Reply:
        found = [one for one in matching(request.path) if request.caller is None or not one[0].is_setup]
        if not found:
            raise Problem("route-unknown")
        for route, names in found:
            if route.method == request.method:
                _admit(route, request)
                return await route.handler(Call(self.roles, request, names))
        problem = Problem("method-not-allowed")
        allowed = ", ".join(sorted({route.method for route, _ in found}))
        return Reply(problem.status, problem.document(), headers={"allow": allowed})


def _admit(route: Route, request: Request) -> None:
    """Raises `Problem` identity-missing, not-allowed."""
    kind = request.caller.kind if request.caller else None
    if kind not in route.kinds:
        raise Problem("not-allowed", f"a {kind} may not do that") if kind else Problem("identity-missing")
