"""Administration over HTTPS: each request goes to the process that has the role it is for."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from firmware.errors import LockgateError
from firmware.mesh import answers
from firmware.mesh.decode import parse_json
from firmware.mesh.port import MeshError, MeshProtocolError
from tools.edgemesh.administration.profile import Profile
from tools.submit.link import Link

Json = dict[str, Any]
OWN = frozenset({"vault", "org", "registrar"})
"""Roles that are no nodes."""


class RoleError(LockgateError):
    """`role-unknown`: nobody knows where that role answers, or there is none."""

    code = "role-unknown"


class Remote:
    """The mesh, as one administrator reaches it."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._context = profile.context()
        self._links = {"": Link(profile.url, self._context)}
        self._urls: Mapping[str, str] | None = None
        self._places: Mapping[str, str] | None = None

    @property
    def urls(self) -> Mapping[str, str]:
        """Where each role answers, by name."""
        if self._urls is None:
            found = self._asked(self._links[""], "GET", "/v1/admin/roles").get("urls")
            if not isinstance(found, dict) or not all(isinstance(url, str) for url in found.values()):
                raise MeshProtocolError("the addresses of its roles cannot be read")
            self._urls = found
            self.profile.remember(found)
        return self._urls

    @property
    def places(self) -> Mapping[str, str]:
        """As `urls`, with the nodes that were paired from other machines; without those where the registrar does not
        answer."""
        if self._places is None:
            try:
                members = rows_of(self.ask("registrar", "GET", "/v1/admin/members", kind="node"), "members")
            except LockgateError as exc:
                if isinstance(exc, MeshError):
                    raise
                return self.urls
            found = {str(one.get("id")): str(one["url"]) for one in members if one.get("url") and _is_active(one)}
            self._places = {**found, **self.urls}
        return self._places

    def ask(self, role: str, method: str, path: str, body: object | None = None, **query: str) -> Json:
        """One request; `query` without what is empty. Raises the errors of firmware.mesh.port, `RoleError`."""
        given = {name: value for name, value in query.items() if value}
        return self._asked(self._link(role), method, f"{path}?{urlencode(given)}" if given else path, body)

    def rows(self, role: str, path: str, name: str, key: str, **query: str) -> Iterator[Json]:
        """Every page of a list, one after the other; `key` is the field of a row to go on after."""
        after = ""
        while True:
            answer = self.ask(role, "GET", path, after=after, **query)
            found = rows_of(answer, name)
            yield from found
            if not found or answer.get("more") is not True:
                return
            after = str(found[-1].get(key, ""))

    def _link(self, role: str) -> Link:
        if role not in self._links:
            url = self.urls.get(role) or ("" if role in OWN else self.places.get(role, ""))
            if not url:
                raise RoleError(f"nobody knows where {role} answers; known: {', '.join(sorted(self.urls)) or 'none'}")
            self._links[role] = Link(url, self._context)
        return self._links[role]

    def _asked(self, link: Link, method: str, path: str, body: object | None = None) -> Json:
        reply = link.ask(method, path, body)
        if reply.status == 204:
            return {}
        if reply.status not in (200, 201) or reply.content_type != "application/json":
            raise answers.problem(reply)
        value = parse_json(reply.body)
        if not isinstance(value, dict):
            raise MeshProtocolError("the answer is not an object")
        return value


def _is_active(member: Json) -> bool:
    return member.get("state") == "active"


def rows_of(answer: Json, name: str) -> list[Json]:
    """A list of objects in an answer. Raises `MeshProtocolError`."""
    found = answer.get(name)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise MeshProtocolError(f"answer.{name} is not a list of objects")
    return found
