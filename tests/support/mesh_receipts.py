"""Releases whose final reports come with a receipt, as a station double signs it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from firmware.vault.fields import encode_octets
from firmware.vault.receipt import Asked, Outcome, Printer, Receipt
from firmware.vault.receipt_form import issue
from tests.support.mesh_http import Answer, Json
from tests.support.mesh_people import StationDouble
from tests.support.octets import unbase64
from tools.edgemesh.keys import RoleKeys

LAST = 1_000_000
PRINTER = Printer("urn:uuid:12345678-9abc-def0-1234-56789abcdef0", "Example 9000", "Hall")


@dataclass(frozen=True, slots=True)
class Signing:
    """One release, granted to a station. `good` is the receipt that it would sign if it had stopped at once."""

    station: StationDouble
    grant: Json = field(repr=False)
    good: Receipt

    @classmethod
    async def of(cls, station: StationDouble, job: str, org_id: str, now: Callable[[], datetime]) -> "Signing":
        """Ask for a release of a job that the station's list has."""
        entry = next(one for one in await station.jobs() if one["job"] == job)
        grant = (await station.ask(job)).expect(201)
        good = Receipt(
            org_id=org_id,
            release_id=grant["release"],
            job_id=job,
            fence=grant["fence"],
            sequence=LAST,
            manifest=hashlib.sha256(unbase64(entry["manifest"])).hexdigest(),
            station_id=station.keys.id,
            printer=PRINTER,
            asked=Asked(2, "two-sided-long-edge", "monochrome"),
            outcome=Outcome.STOPPED,
            pages=None,
            impressions=None,
            sheets=None,
            told=False,
            began=None,
            ended=now().replace(microsecond=0),
            clock_trusted=True,
        )
        return cls(station, grant, good)

    def file(self, *, by: RoleKeys | None = None, **changes: Any) -> bytes:
        """The receipt's file with these changes, signed by the station unless somebody else is named."""
        keys = by or self.station.keys
        return issue(replace(self.good, **changes), keys.signer.sign, keys.chain)

    async def end(self, outcome: str, file: bytes | None = None, sequence: int = LAST, **told: Any) -> Answer:
        """Report the outcome with these counts; with a receipt that says the same unless another file is given, and
        with none where that is empty."""
        if file is None:
            file = self.file(outcome=Outcome(outcome), sequence=sequence, **told)
        more: Json = {"receipt": encode_octets(file)} if file else {}
        return await self.station.report(self.grant, sequence, outcome, **told, **more)
