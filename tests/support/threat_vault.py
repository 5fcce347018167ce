"""A vault that lies: all its keys, and whatever it likes to say with them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from firmware.vault import signing
from tests.support.mesh_site import ORG, MemorySite
from tests.support.octets import unbase64
from tests.support.threat_model import refuses
from tools.edgemesh.evidence import Evidence
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.signed import Signed
from tools.edgemesh.statements import LeaseStatement, SessionStatement, encode_lease, encode_session

RELEASE = f"r-{7:032x}"


class RogueVault:
    """All that a vault has: it says what it likes of sessions and leases, and asks the others for their parts."""

    def __init__(self, site: MemorySite, job: str) -> None:
        self.site, self.roles, self.job, self.keys = site, site.mesh.roles, job, site.mesh.roles.vault.identity
        found = site.mesh.job_store.job(job)
        assert found is not None
        self.manifest = Signed(found.manifest, found.signature, found.chain)
        self.now = site.clock.now().replace(microsecond=0)

    def session(self, user: str, station: str, **changes: Any) -> Signed:
        ends = self.now + timedelta(minutes=9)
        said = SessionStatement(ORG, self.site.station.session, user, station, self.now, ends, "", ("card", "pin"))
        return self.keys.sign(signing.SESSION, encode_session(replace(said, **changes)))

    def lease(self, station: str, **changes: Any) -> Signed:
        said = LeaseStatement(ORG, self.job, RELEASE, station, 1, self.now + timedelta(minutes=1))
        return self.keys.sign(signing.LEASE, encode_lease(replace(said, **changes)))

    def evidence(self, **changes: Any) -> Evidence:
        """As it would be for ada at station-1, who really stands there."""
        asked = self.site.station.signed_request(self.job)
        request = Signed(unbase64(asked["request"]), unbase64(asked["request_signature"]), self.station.chain)
        shown = Evidence(RELEASE, request, self.session("ada", "station-1"), self.manifest, self.lease("station-1"))
        return replace(shown, **changes)

    @property
    def station(self) -> RoleKeys:
        return self.site.station.keys

    def ask(self, evidence: Evidence, *codes: str) -> None:
        """Node and key service, each for itself."""
        with refuses(*codes):
            self.roles.node("node-1").part(evidence)
        with refuses(*codes):
            self.roles.org.part(evidence)
