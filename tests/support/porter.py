"""Who lets in only those who know a password, as printers ask for it (RFC 7616, RFC 7617)."""

import hashlib
import re

from aiohttp import web

from hal.framing.ipp import Message
from tests.support.canned_printer import Refusal

USER, PASSWORD = "lockgate", "correct horse"
REALM = 'a "printer"'
KINDS = {"sha-256": "sha256", "sha-256-sess": "sha256", "md5": "md5", "md5-sess": "md5", "": "md5"}


class Porter:
    """Lets in who knows the password, by Digest of one algorithm (none: of before RFC 2617) or by Basic. `once`: each
    nonce is good for one request, and the next one is said with the answer."""

    def __init__(self, *, algorithm: str = "sha-256", basic: bool = False, once: bool = False) -> None:
        self.algorithm = algorithm
        self.basic = basic
        self.once = once
        self.session = ""
        self.nonce = "nonce-1"
        self.counts: list[str] = []

    def __call__(self, request: web.Request, _message: Message) -> Refusal:
        said = request.headers.get("Authorization", "")
        if said and (self._is_basic(said) if self.basic else self._is_digest(said)):
            if self.once:
                self.nonce = f"nonce-{len(self.counts) + 1}"
            return None
        self.session = ""
        return web.Response(status=401, headers={"WWW-Authenticate": self._challenge()})

    async def tell_next_nonce(self, _request: web.Request, response: web.StreamResponse) -> None:
        """RFC 7616 3.5."""
        if response.status == 200 and self.once:
            response.headers["Authentication-Info"] = f'qop=auth, nextnonce="{self.nonce}"'

    def _challenge(self) -> str:
        if self.basic:
            return 'Negotiate, Basic realm="printer"'
        escaped = REALM.replace('"', '\\"')
        modern = f', qop="auth,auth-int", algorithm={self.algorithm.upper()}, opaque="o"' if self.algorithm else ""
        return f'Basic realm="x", Digest realm="{escaped}", nonce="{self.nonce}"{modern}'

    def _is_basic(self, said: str) -> bool:
        return said == "Basic bG9ja2dhdGU6Y29ycmVjdCBob3JzZQ=="

    def _is_digest(self, said: str) -> bool:
        """RFC 7616 3.4.1, and RFC 2069 2.1.2 without an algorithm."""
        given = {name: quoted or bare for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"\\]*)"|(\w+))', said)}
        first, second = self._hash(f"{USER}:{REALM}:{PASSWORD}"), self._hash("POST:/ipp/print")
        between = f"{given.get('nonce')}"
        if self.algorithm:
            self.counts.append(given.get("nc", ""))
            between += f":{given.get('nc')}:{given.get('cnonce')}:auth"
        if self.algorithm.endswith("-sess"):
            self.session = self.session or f"{given.get('nonce')}:{given.get('cnonce')}"
            first = self._hash(f"{first}:{self.session}")
        return given.get("nonce") == self.nonce and given["response"] == self._hash(f"{first}:{between}:{second}")

    def _hash(self, text: str) -> str:
        return hashlib.new(KINDS[self.algorithm], text.encode(), usedforsecurity=False).hexdigest()
