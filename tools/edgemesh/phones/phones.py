"""Release from a phone, as the vault judges it: a fresh code of a station, a person who signed in, one ticket."""

from firmware.mesh.messages import MeshEventKind
from firmware.vault.identity import Identity
from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.people.desk import Desk
from tools.edgemesh.people.pins import CODE, PIN
from tools.edgemesh.phones.codes import StationCodes
from tools.edgemesh.phones.cookies import Cookies
from tools.edgemesh.phones.doorbells import Doorbells
from tools.edgemesh.phones.errors import PhoneError
from tools.edgemesh.phones.handoffs import Asker, Handoffs
from tools.edgemesh.statements import PHONE


class Phones:
    """`url` is where phones reach the page, empty where the site has none: then no phone gets anywhere."""

    def __init__(
        self,
        desk: Desk,
        bells: Doorbells,
        *,
        org_id: str,
        url: str,
        verifier: Verifier,
        clock: Clock,
        random: RandomSource,
    ) -> None:
        self.url, self.bells = url, bells
        self._desk, self._verifier = desk, verifier
        self._codes = StationCodes(org_id, verifier)
        self._handoffs, self.cookies = Handoffs(clock, random), Cookies(clock, random)

    def page(self, station: Identity) -> str:
        """Where the page is; the station's codes are known from now on."""
        if self.url:
            self._codes.know(station)
        return self.url

    def station(self, text: str) -> str:
        """The station whose code this is; nothing changes. Raises as `StationCodes.station`."""
        return self._codes.station(text)

    def see(self, text: str) -> tuple[str, str]:
        """Use a station's code on a phone that nobody signed in on: the station, and a cookie to sign in with. Raises
        as `StationCodes.use`."""
        station_id = self._codes.use(text)
        self.bells.ring(station_id, MeshEventKind.CODE_USED)
        return station_id, self.cookies.see(station_id)

    async def sign_in(self, cookie: str, user: str, pin: str, code: str) -> tuple[str, str, Asker]:
        """By PIN, or else by one-time code: the station that was seen, the phone's cookie from now on, and who it is.
        Raises `PhoneError`; phone-refused whatever is wrong. Here a code alone says nobody: without a name, whoever
        counts through the numbers of codes would use up other people's."""
        sighting = self.cookies.attempt(cookie)
        if not user:
            raise PhoneError(code="person-unknown")
        try:
            if pin:
                await self._desk.pins.prove_person(user, pin)
            else:
                await self._desk.codes.redeem(user, code)
            self._check(user, sighting.station_id)
        except Problem as exc:
            raise PhoneError(code=exc.code) from exc
        asker = Asker(user, (PHONE, PIN if pin else CODE))
        return sighting.station_id, self.cookies.sign_in(cookie, asker, self._secret(user)), asker

    def signed_in(self, cookie: str) -> Asker | None:
        """Who is signed in on a phone."""
        return self.cookies.signed_in(cookie, self._secret)

    def language(self, asker: Asker) -> str:
        """Their own, as the desk has it (BCP 47); empty where it knows them no more."""
        user = self._desk.store.user(asker.user)
        return user.language if user is not None else ""

    def _secret(self, user_id: str) -> bytes:
        """What a sign-in rests on: another PIN, or another person of that name, ends it."""
        user = self._desk.store.user(user_id)
        return self._desk.store.pin(user_id) + (user.since.isoformat() if user else "nobody").encode()

    def release(self, asker: Asker, text: str) -> str:
        """Have them let in at the station whose code this is; the station. Raises as `StationCodes.use` and `ask`."""
        station_id = self._codes.use(text)
        self.ask(asker, station_id)
        return station_id

    def ask(self, asker: Asker, station_id: str) -> None:
        """Have somebody let in at a station whose code they used. Raises `PhoneError` phone-refused, station-away."""
        try:
            self._check(asker.user, station_id)
        except Problem as exc:
            raise PhoneError(code=exc.code) from exc
        ticket = self._handoffs.issue(station_id, asker)
        if not self.bells.ring(station_id, MeshEventKind.RELEASE_ASKED, ticket=ticket):
            raise PhoneError(code="station-away")

    def take(self, station: Identity, ticket: str) -> Asker:
        """Whom a station lets in with a ticket. Raises `Problem` ticket-expired."""
        return self._handoffs.take(station.id, ticket)

    def _check(self, user_id: str, station_id: str) -> None:
        """The station asks again; said here, nobody walks up to it in vain. Raises `Problem`."""
        user = self._desk.store.user(user_id)
        if user is None:
            raise Problem("person-unknown")
        self._verifier.refuse_blocked(user_id)
        if user.stations and station_id not in user.stations:
            raise Problem("not-allowed-here")
