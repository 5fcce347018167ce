"""TLS, or nothing, on a wire: `ssl.SSLObject` on memory buffers instead of `SSLSocket`.

The socket then only ever sees ciphertext, so that breaking off cannot let plaintext out (`SSLSocket.shutdown`
from another thread can); an answer that comes early is heard without being lost; and 1 MiB goes
out with a few calls of `send` instead of 64.
"""

import ssl

from hal.drivers.tcp_wire import READ_SIZE, TcpWire


class Channel:
    """Bytes to and from a peer. Belongs to one thread at a time."""

    def __init__(self, wire: TcpWire, context: ssl.SSLContext | None, host: str) -> None:
        self._wire = wire
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None
        if context is not None:
            self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._ahead = bytearray()
        self._ended = False

    def handshake(self, limit: float) -> bytes | None:
        """The peer's certificate, DER. Raises `OSError`, of which `ssl.SSLCertVerificationError` is one."""
        if self._tls is None:
            return None
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush(limit)
            else:
                break
            data = self._wire.receive(limit)
            if not data:
                raise ConnectionResetError("closed during the TLS handshake")
            self._incoming.write(data)
        self._flush(limit)
        return self._tls.getpeercert(binary_form=True)

    def write(self, *parts: bytes, stall: float) -> bool:
        """Send all of `parts`; False when the peer said something, or closed, before it was all taken.

        Raises `OSError`; `TimeoutError` when the peer takes nothing for `stall` seconds.
        """
        if self._tls is None:
            return all(self._wire.send(part, stall, self.heard) for part in parts)
        for part in parts:
            self._tls.write(part)
        return self._wire.send(self._outgoing.read(), stall, self.heard)

    def heard(self) -> bool:
        """Whether the peer has said something, or closed; does not wait. Raises `OSError`.

        A readable socket alone is no answer: session tickets come unasked (RFC 8446 4.6.1).
        """
        while not self._ahead and not self._ended and (data := self._wire.receive_now()) is not None:
            self._take(data)
        return bool(self._ahead) or self._ended

    def untaken(self) -> int:
        """Bytes on the wire's side of this that the peer has not taken. Raises `OSError`."""
        return self._wire.untaken()

    def read_into(self, buffer: memoryview, limit: float) -> int:
        """Bytes read into `buffer`, 0 at the end. Raises `OSError`, `TimeoutError` after `limit` seconds."""
        while not self._ahead and not self._ended:
            self._take(self._wire.receive(limit))
        count = min(len(buffer), len(self._ahead))
        buffer[:count] = self._ahead[:count]
        del self._ahead[:count]
        return count

    def _take(self, data: bytes) -> None:
        if self._tls is None:
            self._ahead += data
            self._ended = not data
        elif data:
            self._incoming.write(data)
            self._decrypt(self._tls)
        else:
            self._ended = True

    def _decrypt(self, tls: ssl.SSLObject) -> None:
        try:
            while not self._ended:
                data = tls.read(READ_SIZE)
                self._ahead += data
                self._ended = not data  # close_notify
        except ssl.SSLWantReadError:
            return

    def _flush(self, limit: float) -> None:
        self._wire.send(self._outgoing.read(), limit, lambda: False)
