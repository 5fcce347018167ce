"""The body of a held job: Tink's AES256_GCM_HKDF_1MB streaming AEAD, sealed and opened segment by segment, sans-IO."""

from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from firmware.errors import LockgateError

SEGMENT = 2**20
"""Ciphertext bytes of every segment but the last; segment k starts at offset k * SEGMENT of the body."""
HEADER_BYTES = 40
TAG_BYTES = 16
SALT_BYTES = 32
PREFIX_BYTES = 7
FIRST_PLAINTEXT = SEGMENT - HEADER_BYTES - TAG_BYTES
NEXT_PLAINTEXT = SEGMENT - TAG_BYTES
MAX_PLAINTEXT_BYTES = 2**40
"""1 TiB: far from the 2^32 segments at which the format ends."""


class StreamError(LockgateError):
    """Codes: `body-header`, `body-forged` (a segment is not authentic), `body-truncated`, `body-trailing` (bytes after
    the end), `body-length` (the sealer was given more or less than announced)."""

    code = "body-forged"


def segment_count(plaintext_size: int) -> int:
    """How many segments carry so many bytes; an empty body has one."""
    return 1 + max(0, -(-(plaintext_size - FIRST_PLAINTEXT) // NEXT_PLAINTEXT))


def ciphertext_length(plaintext_size: int) -> int:
    """Bytes of the body for so many bytes of document."""
    return HEADER_BYTES + plaintext_size + TAG_BYTES * segment_count(plaintext_size)


def segment_key(key: bytes, salt: bytes, aad: bytes) -> bytes:
    """The AES-256-GCM key of one body; its associated data is bound here, and in no segment."""
    return HKDF(SHA256(), 32, salt, aad).derive(key)


class BodySealer:
    """Seals one body. `salt` (32 bytes) and `prefix` (7 bytes) must be fresh and random for each."""

    def __init__(self, key: bytes, aad: bytes, salt: bytes, prefix: bytes) -> None:
        if (len(salt), len(prefix)) != (SALT_BYTES, PREFIX_BYTES):
            raise ValueError("a body's salt has 32 bytes, its nonce prefix 7")
        self._header = bytes([HEADER_BYTES]) + salt + prefix
        self._prefix = prefix
        self._aead = AESGCM(segment_key(key, salt, aad))

    def seal(self, chunks: Iterable[bytes], plaintext_size: int) -> Iterator[bytes]:
        """Ciphertext, one segment at a time, of a document given in chunks of any length. Raises
        `StreamError("body-length")`, before the last segment is out, when it has not `plaintext_size` bytes."""
        last = segment_count(plaintext_size) - 1
        pieces = _pieces(chunks, plaintext_size)
        for number, piece in enumerate(pieces):
            sealed = self._aead.encrypt(_nonce(self._prefix, number, last=number == last), piece, None)
            yield self._header + sealed if number == 0 else sealed


class BodyOpener:
    """Opens one body of known plaintext size, fed in order in chunks of any length; only authenticated bytes leave it.

    It keeps at most one segment. After a broken connection, `restart` and go on feeding from `offset`. The document
    is whole only once `finish` has returned."""

    def __init__(self, key: bytes, aad: bytes, plaintext_size: int) -> None:
        self._key, self._aad = key, aad
        self._aead: AESGCM | None = None
        self._prefix = b""
        self._length = ciphertext_length(plaintext_size)
        self._last = segment_count(plaintext_size) - 1
        self._number = 0
        self._partial = bytearray(min(SEGMENT, self._length))
        self._filled = 0
        self._failure = ""

    @property
    def offset(self) -> int:
        """Where in the ciphertext the first segment not yet opened starts; the body's length once all are open."""
        return min(self._number * SEGMENT, self._length)

    def feed(self, data: bytes | bytearray | memoryview) -> list[bytes]:
        """The plaintext of every segment that `data` completes, of at most 1 MiB each. Raises `StreamError`, for good;
        where segments before the fault were opened by the same call, it gives those and raises at the next."""
        self._check()
        opened: list[bytes] = []
        rest = memoryview(data)
        try:
            while rest:
                segment, rest = self._take(rest)
                if plaintext := segment and self._open(segment):
                    opened.append(plaintext)
        except StreamError as exc:
            self._failure = exc.code
            if not opened:
                raise
        return opened

    def restart(self) -> None:
        """Forget the part of a segment that was fed; the next bytes are those at `offset`."""
        self._filled = 0

    def finish(self) -> None:
        """Confirm that the whole document was opened. Raises `StreamError`; after `body-truncated` the body may still
        be fed to its end."""
        self._check()
        if self._number <= self._last:
            raise StreamError(code="body-truncated")

    def _check(self) -> None:
        if self._failure:
            raise StreamError(code=self._failure)

    def _take(self, rest: memoryview) -> tuple[memoryview | None, memoryview]:
        """The current segment if `rest` completes it, and what is left. A segment that is whole in `rest` is not
        copied."""
        if self._number > self._last:
            raise StreamError(code="body-trailing")
        length = min(SEGMENT, self._length - self.offset)
        taken = rest[: length - self._filled]
        rest = rest[len(taken) :]
        if len(taken) == length:
            return taken, rest
        filled = self._filled + len(taken)
        self._partial[self._filled : filled] = taken
        self._filled = filled % length
        return (memoryview(self._partial)[:length] if filled == length else None), rest

    def _open(self, segment: memoryview) -> bytes:
        aead, ciphertext = self._aead, segment
        if aead is None:
            aead, ciphertext = self._begin(segment), segment[HEADER_BYTES:]
        nonce = _nonce(self._prefix, self._number, last=self._number == self._last)
        try:
            plaintext = aead.decrypt(nonce, ciphertext, None)
        except InvalidTag as exc:
            raise StreamError from exc
        self._number += 1
        return plaintext

    def _begin(self, segment: memoryview) -> AESGCM:
        """Read the header, with which the first segment starts."""
        if segment[0] != HEADER_BYTES:
            raise StreamError(code="body-header")
        salt, self._prefix = bytes(segment[1 : 1 + SALT_BYTES]), bytes(segment[1 + SALT_BYTES : HEADER_BYTES])
        self._aead = AESGCM(segment_key(self._key, salt, self._aad))
        return self._aead


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])


def _pieces(chunks: Iterable[bytes], plaintext_size: int) -> Iterator[bytearray]:
    """The document cut as segments need it; the last piece comes only once the chunks have ended."""
    piece, left = bytearray(), plaintext_size
    room = min(FIRST_PLAINTEXT, left)
    for chunk in chunks:
        rest = memoryview(chunk)
        while rest:
            if len(piece) == room:
                if room == left:
                    raise StreamError("longer than announced", code="body-length")
                yield piece
                piece, left = bytearray(), left - room
                room = min(NEXT_PLAINTEXT, left)
            taken = rest[: room - len(piece)]
            piece += taken
            rest = rest[len(taken) :]
    if len(piece) != left:
        raise StreamError("shorter than announced", code="body-length")
    yield piece
