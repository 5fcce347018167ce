"""HTTP authentication as printers ask for it: Digest (RFC 7616) with SHA-256 or MD5, for each request or for a session,
and Basic (RFC 7617). What else is asked for is not answered: `auth-int`, other hashes."""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

MAX_CHALLENGE = 4096
"""Characters of a challenge that is looked at."""
ALGORITHMS = {"sha-256": "sha256", "sha-256-sess": "sha256", "md5": "md5", "md5-sess": "md5"}
"""What we answer, the best first; with `-sess` one key is made of the session's first nonces, and used all along.
MD5 is broken for signatures, not for this; and many printers know nothing else."""
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER = re.compile(rf'\s*({_WORD})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_WORD}))\s*(?:,|$)')
_SCHEME = re.compile(rf"[\s,]*({_WORD})(?:[ \t]+|$|(?=,))")
_QUOTED = re.compile(r'["\\]')


@dataclass(frozen=True, slots=True)
class Challenge:
    """One of a printer's WWW-Authenticate challenges; the scheme and the parameters' names in lower case."""

    scheme: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Login:
    """Whose name and password."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DigestChallenge:
    """What Digest needs of a challenge. `algorithm` as the printer wrote it, empty where it did not; `qop` whether it
    takes `auth`; else the printer is one of before RFC 2617. `began` is the nonce that it asked with first, where
    `nonce` is one that it gave later."""

    realm: str
    nonce: str
    algorithm: str
    opaque: str | None
    qop: bool
    began: str = ""

    @property
    def is_session(self) -> bool:
        """Whether all of its requests have the same cnonce (3.4.2)."""
        return self.algorithm.lower().endswith("-sess")

    def followed(self, nonce: str) -> "DigestChallenge":
        """The same with the next nonce (3.5)."""
        return replace(self, nonce=nonce, began=self.began or self.nonce)


def parse_challenges(values: Iterable[str]) -> tuple[Challenge, ...]:
    """The challenges in WWW-Authenticate fields, several of which may stand in one (RFC 9110 11.6.1). What follows
    something malformed is left out."""
    found = []
    for value in values:
        rest = value[:MAX_CHALLENGE]
        while (scheme := _SCHEME.match(rest)) is not None:
            parameters, rest = _parameters(rest[scheme.end() :])
            found.append(Challenge(scheme[1].lower(), parameters))
    return tuple(found)


def _parameters(rest: str) -> tuple[dict[str, str], str]:
    parameters: dict[str, str] = {}
    while (one := _PARAMETER.match(rest)) is not None:
        text = re.sub(r"\\(.)", r"\1", one[2]) if one[2] is not None else one[3]
        parameters.setdefault(one[1].lower(), text)
        rest = rest[one.end() :]
    return parameters, rest


def parse_next_nonce(values: Iterable[str]) -> str:
    """The nonce that Authentication-Info fields (RFC 7616 3.5) give for the next request; empty where they do not."""
    return next((nonce for one in values if (nonce := _parameters(one[:MAX_CHALLENGE])[0].get("nextnonce"))), "")


def choose_digest(challenges: Iterable[Challenge]) -> DigestChallenge | None:
    """The strongest Digest challenge that we can answer."""
    able = [found for one in challenges if one.scheme == "digest" and (found := _digest(one.parameters)) is not None]
    return min(able, key=_strength, default=None)


def _strength(one: DigestChallenge) -> int:
    return list(ALGORITHMS).index(one.algorithm.lower() or "md5")


def _digest(given: Mapping[str, str]) -> DigestChallenge | None:
    algorithm = given.get("algorithm", "")
    qops = [word.strip().lower() for word in given.get("qop", "").split(",")]
    if "realm" not in given or "nonce" not in given or (algorithm.lower() or "md5") not in ALGORITHMS:
        return None
    found = DigestChallenge(given["realm"], given["nonce"], algorithm, given.get("opaque"), "auth" in qops)
    return found if found.qop or (qops == [""] and not found.is_session) else None


def basic(login: Login) -> str:
    """The Authorization field (RFC 7617), UTF-8: as good as the password itself."""
    return "Basic " + base64.b64encode(f"{login.user}:{login.password}".encode()).decode()


def digest(login: Login, asked: DigestChallenge, method: str, path: str, *, count: int, cnonce: str) -> str:
    """The Authorization field (RFC 7616 3.4) of the `count`-th request with that nonce, from 1. Of a session `cnonce`
    is the same each time."""
    kind = ALGORITHMS[asked.algorithm.lower() or "md5"]

    def hashed(*parts: str) -> str:
        return hashlib.new(kind, ":".join(parts).encode(), usedforsecurity=False).hexdigest()

    secret, request = hashed(login.user, asked.realm, login.password), hashed(method, path)
    if asked.is_session:
        secret = hashed(secret, asked.began or asked.nonce, cnonce)
    number = f"{count:08x}"
    between = (asked.nonce, number, cnonce, "auth") if asked.qop else (asked.nonce,)
    said = {"username": login.user, "realm": asked.realm, "nonce": asked.nonce, "uri": path}
    said["response"] = hashed(secret, *between, request)
    if asked.opaque is not None:
        said["opaque"] = asked.opaque
    if asked.qop:
        said["cnonce"] = cnonce
    bare = (f"algorithm={asked.algorithm}",) * bool(asked.algorithm) + (
        ("qop=auth", f"nc={number}") if asked.qop else ()
    )
    return "Digest " + ", ".join((*(f'{name}="{_escaped(text)}"' for name, text in said.items()), *bare))


def _escaped(text: str) -> str:
    return _QUOTED.sub(lambda found: "\\" + found[0], text)
