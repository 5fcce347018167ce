"""Handing in one sealed job: announced, uploaded until enough nodes have it, each step tried once more if it breaks."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from firmware.mesh import answers
from firmware.mesh.decode import Fields
from firmware.mesh.port import MeshError, MeshUnreachableError
from firmware.mesh.transport import Reply
from firmware.vault.seal import SealedJob
from firmware.vault.stream import BodySealer, StreamError, ciphertext_length
from tools.submit.document import Document
from tools.submit.errors import SubmitError
from tools.submit.link import Link

PAUSE_SECONDS = 1.0
HELD = "held"
_MOST_NODES = 64


class Progress(Protocol):
    """Whoever shows how far the upload is."""

    def begin(self, total: int) -> None:
        """An upload of so many bytes begins, perhaps again."""
        ...

    def add(self, count: int) -> None:
        """So many more bytes are on their way."""
        ...

    def end(self) -> None:
        """It has ended, well or not."""
        ...


@dataclass(frozen=True, slots=True)
class Receipt:
    """The mesh's word that it holds a job. `holders` are the nodes that have it, as far as they were told."""

    job_id: str
    holders: tuple[str, ...]
    required: int | None


@dataclass(frozen=True, slots=True)
class _State:
    phase: str
    urls: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()
    required: int | None = None


class Upload:
    """One job on its way. Doing any of its steps again is safe: the job's id and every byte sent are the same."""

    def __init__(
        self,
        link: Link,
        sealed: SealedJob,
        document: Document,
        sealer: BodySealer,
        *,
        progress: Progress,
        sleep: Callable[[float], None],
    ) -> None:
        self._link = link
        self._sealed = sealed
        self._document = document
        self._sealer = sealer
        self._progress = progress
        self._sleep = sleep

    def run(self) -> Receipt:
        """Until the mesh says that the job is held. Raises SubmitError `not-held` and `document-changed`, and the
        errors of firmware.mesh.port: of several nodes that failed, the last one's."""
        state = self._twice(self._announce)
        failure: MeshError | MeshUnreachableError | None = None
        for url in state.urls:
            if state.phase == HELD:
                break
            try:
                state = self._twice(partial(self._put, url))
            except MeshError as exc:
                failure = exc
            except MeshUnreachableError as exc:  # its answer may be all that was lost
                job_id = self._sealed.manifest.job_id
                failure = MeshUnreachableError(f"{exc.detail}; whether job {job_id} is held is not known")
        if state.phase == HELD:
            return Receipt(self._sealed.manifest.job_id, state.holders, state.required)
        raise failure or SubmitError(f"{len(state.holders)} nodes have it", code="not-held")

    def _twice(self, step: Callable[[], _State]) -> _State:
        """Once more, after a moment, when the connection broke: what was done already is not done twice."""
        try:
            return step()
        except MeshUnreachableError:
            self._sleep(PAUSE_SECONDS)
            return step()

    def _announce(self) -> _State:
        sealed = self._sealed
        announced = {
            "manifest": _base64(sealed.manifest_raw),
            "signature": _base64(sealed.signature),
            "chain": [_base64(certificate) for certificate in sealed.chain],
            "job_box": _base64(sealed.job_box),
        }
        return answers.expect(self._link.ask("POST", "/v1/jobs", announced), 201, self._announced)

    def _put(self, url: str) -> _State:
        size = ciphertext_length(self._document.size)
        self._progress.begin(size)
        try:
            reply = self._link.put(url, size, self._body())
        finally:
            self._progress.end()
        if _code(reply) == "already-held":  # a broken upload had in fact arrived: ask how the job stands
            return self._announce()
        return answers.expect(reply, 201, self._taken)

    def _body(self) -> Iterator[bytes]:
        """The ciphertext, the same at every call: the document's blocks are, or it raises."""
        try:
            for segment in self._sealer.seal(self._document.blocks(), self._document.size):
                yield segment
                self._progress.add(len(segment))
        except StreamError as exc:
            raise SubmitError("the document was changed while it was being read", code="document-changed") from exc

    def _announced(self, fields: Fields) -> _State:
        self._check(fields)
        return _State(fields.text("state", 32), fields.texts("body_urls", _MOST_NODES, 2048))

    def _taken(self, fields: Fields) -> _State:
        self._check(fields)
        holders = fields.texts("holders", _MOST_NODES, 63)
        return _State(fields.text("state", 32), (), holders, fields.number("required", 1, _MOST_NODES))

    def _check(self, fields: Fields) -> None:
        if fields.id("job") != self._sealed.manifest.job_id:
            raise SubmitError("the mesh speaks of another job", code="mesh-protocol")


def _code(reply: Reply) -> str:
    """The code of a refusal, empty for an answer of success."""
    found = answers.problem(reply) if reply.status >= 400 else None
    return found.code if isinstance(found, MeshError) else ""


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
