"""One card in a PC/SC reader, from the connection's beginning to its end; used by the monitor's thread alone."""

from typing import Any, Self

from smartcard import scard

from hal.framing.pcsc_features import GET_TLV_PROPERTIES, MAX_APDU_DATA, parse_features, parse_properties

ESCAPE = scard.SCARD_CTL_CODE(3500)
"""IOCTL_CCID_ESCAPE of libccid and acsccid."""
GET_FEATURES = scard.SCARD_CTL_CODE(3400)
"""CM_IOCTL_GET_FEATURE_REQUEST (PC/SC part 10, 2.2)."""
PROTOCOLS = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
GONE = {scard.SCARD_E_NO_SMARTCARD, scard.SCARD_W_REMOVED_CARD}
WRONG_LENGTH = b"\x67\x00"
LONGEST = 65538
"""Bytes of a response APDU (ISO 7816-4, 5.2), however many GET RESPONSE it comes in."""
TURNS = 300
"""GET RESPONSEs to one command at most; 257 of them carry the longest answer."""


class SilentError(Exception):
    """The card did not answer. Whether it is there is for the reader's state to say: the result of a transmission that
    failed is 0, "command successful", as often as not."""


class GoneError(Exception):
    """There is no card to connect to."""


class BusyError(Exception):
    """Another program has the reader for itself."""


class Connection:
    """`handle` is a connected one of `protocol` (T=0, T=1, or none for the reader alone)."""

    def __init__(self, api: Any, handle: int, protocol: int) -> None:
        self._api = api
        self._handle = handle
        self._protocol = protocol

    @classmethod
    def to_card(cls, api: Any, context: int, reader: str, *, exclusive: bool) -> Self:
        """Raises `GoneError`, `BusyError`, and `SilentError` for a card that answers no reset."""
        sharing = scard.SCARD_SHARE_EXCLUSIVE if exclusive else scard.SCARD_SHARE_SHARED
        return cls._connected(api, context, reader, sharing, PROTOCOLS)

    @classmethod
    def to_reader(cls, api: Any, context: int, reader: str) -> Self:
        """No card is needed. Raises the same."""
        return cls._connected(api, context, reader, scard.SCARD_SHARE_DIRECT, 0)

    @classmethod
    def _connected(cls, api: Any, context: int, reader: str, sharing: int, protocols: int) -> Self:
        result, handle, protocol = api.SCardConnect(context, reader, sharing, protocols)
        if result in GONE:
            raise GoneError
        if result == scard.SCARD_E_SHARING_VIOLATION:
            raise BusyError
        if result != scard.SCARD_S_SUCCESS:
            raise SilentError
        return cls(api, handle, protocol)

    def transceive(self, apdu: bytes) -> bytes:
        """The whole response, SW1 SW2 last: `61xx` is fetched, `6Cxx` asked again (ISO 7816-4, 5.3.4 and 5.6). An
        extended APDU that the reader or T=0 cannot carry is answered `6700` in the card's stead. Raises `SilentError`.
        """
        if is_extended(apdu) and not self._takes_extended():
            return WRONG_LENGTH
        answer, data = self._transmit(apdu), b""
        if answer[-2] == 0x6C and _has_short_le(apdu):
            answer = self._transmit(apdu[:-1] + answer[-1:])
        for _ in range(TURNS):
            data += answer[:-2]
            if answer[-2] != 0x61 or len(data) + 2 > LONGEST:
                break
            answer = self._transmit(bytes((apdu[0] & 0x03, 0xC0, 0, 0, answer[-1])))  # on the same logical channel
        if len(data) + 2 > LONGEST:
            raise SilentError
        return data + answer[-2:]

    def control(self, code: int, data: bytes) -> bytes | None:
        """The reader's own answer; None where the driver does not let it through."""
        result, answer = self._api.SCardControl(self._handle, code, list(data))
        return bytes(answer) if result == scard.SCARD_S_SUCCESS else None

    def close(self) -> None:
        """The card stays powered, and whole for whoever comes next."""
        self._api.SCardDisconnect(self._handle, scard.SCARD_LEAVE_CARD)

    def reset(self) -> None:
        """Close, and take the field off the card."""
        self._api.SCardDisconnect(self._handle, scard.SCARD_UNPOWER_CARD)

    def _transmit(self, apdu: bytes) -> bytes:
        if self._protocol not in (scard.SCARD_PROTOCOL_T0, scard.SCARD_PROTOCOL_T1):
            raise SilentError
        _, answer = self._api.SCardTransmit(self._handle, self._protocol, list(apdu))
        if len(answer) < 2:
            raise SilentError
        return bytes(answer)

    def _takes_extended(self) -> bool:
        """As the reader says; one that says nothing is tried."""
        if self._protocol == scard.SCARD_PROTOCOL_T0:
            return False
        code = parse_features(self.control(GET_FEATURES, b"") or b"").get(GET_TLV_PROPERTIES)
        answer = None if code is None else self.control(code, b"")
        return parse_properties(answer or b"").get(MAX_APDU_DATA, LONGEST) > 0


def is_extended(apdu: bytes) -> bool:
    """Whether Lc or Le takes three bytes (ISO 7816-4, 5.2): the first of them is 0, and more follow."""
    return len(apdu) > 5 and apdu[4] == 0


def _has_short_le(apdu: bytes) -> bool:
    return len(apdu) == 5 or (len(apdu) > 6 and len(apdu) == 6 + apdu[4])
