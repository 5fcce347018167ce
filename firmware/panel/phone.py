"""The code that the screen shows to phones: which one now, and its address. Whoever draws it knows only the address."""

from collections.abc import Callable
from datetime import UTC

from firmware.vault.station_code import NONCE_BYTES, SHOWN_SECONDS, StationCode
from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource


def code_url(page: str, code: str) -> str:
    """The address that a QR code carries: `page` is where the mesh serves phones (`https://HOST[:PORT]`), `code` a
    station code as text."""
    return f"{page}/p/{code}"


class PhoneCodes:
    """Makes this station's codes. `page` is the mesh's word, empty where the site has no page for phones; `is_trusted`
    whether the time is known: a code of another time is none."""

    def __init__(
        self,
        org_id: str,
        station_id: str,
        *,
        sign: Callable[[bytes, bytes], bytes],
        clock: Clock,
        random: RandomSource,
        is_trusted: Callable[[], bool] = lambda: True,
    ) -> None:
        self.page = ""
        self._org_id, self._station_id = org_id, station_id
        self._sign, self._clock, self._random, self._is_trusted = sign, clock, random, is_trusted
        self._url, self._until, self._of = "", float("-inf"), ""

    def url(self) -> str:
        """The address to show now, empty where there is none. The same for half a minute, unless it was used."""
        if not self.page or not self._is_trusted():
            return ""
        if self._clock.monotonic() >= self._until or self._of != self.page:
            self._url, self._of = self._made(), self.page
            self._until = self._clock.monotonic() + SHOWN_SECONDS
        return self._url

    def seconds_left(self) -> float:
        """How long `url` stays as it is, unless it is used."""
        return max(0.0, self._until - self._clock.monotonic())

    def used(self) -> None:
        """Somebody has used the code that is shown: it is good no more, and the next one is asked for at once."""
        self._until = float("-inf")

    def _made(self) -> str:
        now = self._clock.now().astimezone(UTC).replace(microsecond=0)
        code = StationCode(self._station_id, now, self._random.token(16)[:NONCE_BYTES])
        return code_url(self.page, code.signed(self._org_id, self._sign).text())
