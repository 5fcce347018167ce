"""Station codes at the vault: whose they are, whether they are of this moment, and that each is used once."""

from collections import OrderedDict
from datetime import datetime, timedelta

from firmware.vault.identity import Identity
from firmware.vault.station_code import EARLY, GRACE, SHOWN_SECONDS, StationCode, StationCodeError, parse_code
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.phones.errors import PhoneError

_GOOD_FOR = EARLY + timedelta(seconds=SHOWN_SECONDS) + GRACE


class StationCodes:
    """In memory only: after a restart each station asks for the page again, and is known again."""

    def __init__(self, org_id: str, verifier: Verifier) -> None:
        self._org_id, self._verifier = org_id, verifier
        self._stations: dict[str, Identity] = {}
        self._used: OrderedDict[tuple[str, datetime, bytes], datetime] = OrderedDict()

    def know(self, station: Identity) -> None:
        """Its codes are judged by this certificate from now on."""
        self._stations[station.id] = station

    def station(self, text: str) -> str:
        """The station whose code this is. Raises `StationCodeError`, `PhoneError` station-code-used, `IdentityError`
        for a station that was revoked, `Problem` deny-list-stale."""
        return self._read(text).station_id

    def use(self, text: str) -> str:
        """The same, once. Raises as `station`."""
        code, now = self._read(text), self._verifier.clock.now()
        while self._used and next(iter(self._used.values())) < now - 2 * _GOOD_FOR:
            self._used.popitem(last=False)  # too old to be taken anyway
        self._used[_key(code)] = now
        return code.station_id

    def _read(self, text: str) -> StationCode:
        code, now = parse_code(text), self._verifier.clock.now()
        station = self._stations.get(code.station_id)
        if station is None or station.not_after < now:
            raise StationCodeError(code="station-code-refused")
        self._verifier.denials.current().refuse(station)
        code.verify(station, self._org_id, now)
        if _key(code) in self._used:
            raise PhoneError(code="station-code-used")
        return code


def _key(code: StationCode) -> tuple[str, datetime, bytes]:
    """Whatever its signature: ECDSA has several for one message."""
    return code.station_id, code.made_at, code.nonce
