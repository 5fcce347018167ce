"""All that the desk knows of the person who stands here. When they leave it is thrown away, and with it all of them."""

from firmware.panel.basket import Basket
from firmware.panel.forecast import Ability, cost
from firmware.panel.listed import ListedJob, Person
from firmware.panel.view import Cost


class Visit:
    """One visit, numbered as in firmware/core; 0: nobody stands here."""

    def __init__(self, ref: int = 0) -> None:
        self.ref = ref
        self.person: Person | None = None
        self.basket = Basket()
        self.unsure: tuple[ListedJob, ...] = ()
        self._is_listed = False
        self._ability: Ability | None = None
        self._forecast: tuple[Basket, Cost | None, tuple[str, ...]] | None = None

    def listed(self, jobs: tuple[ListedJob, ...], unsure: tuple[ListedJob, ...]) -> None:
        """What they may print, and that of which nobody knows whether it came out; later, what has come since."""
        self.basket = self.basket.added(jobs) if self._is_listed else Basket.of(jobs)
        opened = {job.job_id: job for job in self.unsure}
        self.unsure = tuple(opened.get(job.job_id, job) for job in unsure)
        self._is_listed = True

    def opened(self, jobs: tuple[ListedJob, ...], ability: Ability | None) -> None:
        """More is known of these, and of the printer."""
        self.basket = self.basket.opened(jobs)
        found = {job.job_id: job for job in jobs}
        self.unsure = tuple(found.get(job.job_id, job) for job in self.unsure)
        self._ability = ability or self._ability
        self._forecast = None

    def forecast(self, offered: Basket) -> tuple[Cost | None, tuple[str, ...]]:
        """What the choice costs where the site charges, and what this printer cannot do of it. Worked out once for
        each choice: a view is made at every step of the station."""
        if self._forecast is None or self._forecast[0] != offered:
            prices = self.person.prices if self.person else None
            priced = cost(offered.taken, offered.wishes, prices) if prices and offered.chosen else None
            lacks = self._ability.lacks(offered.taken, offered.wishes) if self._ability else ()
            self._forecast = (offered, priced, lacks)
        return self._forecast[1:]
