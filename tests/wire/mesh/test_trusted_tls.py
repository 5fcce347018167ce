"""Who may answer a station, over real TLS: judged at the trusted time and by the deny list, before a byte is sent."""

import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from firmware.mesh import tls
from firmware.mesh.port import MeshUntrustedError
from firmware.mesh.tls import chain_der
from firmware.trust.clock import RELEASED, TrustedClock
from firmware.trust.denials import KeptDenials
from firmware.trust.trust import Credentials, Trust
from firmware.vault.denials import SignedDenyList
from firmware.vault.identity import Kind, TrustAnchor
from hal.drivers.system_clock import SystemClock
from hal.sim.clock import VirtualClock
from hal.sim.key_store import SimKeyStore
from hal.sim.random_source import stream
from hal.sim.storage import SimStorage
from tests.support import https_rig
from tests.support.https_rig import HOST, OTHER, WAYS, Way
from tests.support.pki import Pki
from tests.support.scripted_mesh import ORG, Holder, Peer, Request, ScriptedMesh, holder, server_context
from tests.support.truth import Truth
from tools.edgemesh.ca import Ca

NOW = datetime.now(UTC)
CA = Ca.create(ORG, now=NOW - timedelta(days=400), lifetime=timedelta(days=20 * 365))
STATION = holder(CA, Kind.STATION)
VAULT = holder(CA, Kind.VAULT, hosts=HOST)
ANCHOR = TrustAnchor(CA.certificate_pem)
DAY = timedelta(days=1)
TEN_YEARS = timedelta(days=3653)


class Board(SystemClock):
    """A board whose calendar says something else. Not a virtual clock: that goes by the loop, and a real loop's time is
    the machine's since its start."""

    def __init__(self, calendar: datetime) -> None:
        self._ahead = calendar - datetime.now(UTC)

    def now(self) -> datetime:
        return super().now() + self._ahead


def trust_at(moment: datetime | None, denied: Iterable[str] = (), calendar: datetime = NOW) -> Trust:
    """What a station believes to which the mesh has told this time (None: none yet) and list, whatever its own board
    thinks."""
    storage = SimStorage(stream(1, "storage"))
    clock = TrustedClock(Board(calendar), storage, earliest=RELEASED)
    clock.at_least(NOW - 2 * DAY if moment is None else moment - DAY)
    if moment is not None:
        clock.accept(moment)
    truth = Truth(Pki(ORG, ca=CA), Pki(ORG, ca=CA).holder(Kind.VAULT, "one"), VirtualClock(NOW))
    truth.deny(*denied)
    denials = KeptDenials(storage, ANCHOR, ORG)
    denials.take(SignedDenyList(truth.denials().raw, truth.denials().signature))
    chain = chain_der(STATION.chain)
    return Trust(Credentials(ANCHOR.identify(chain, NOW), ANCHOR, chain, b""), clock, denials)


def context_of(trust: Trust) -> ssl.SSLContext:
    keys = SimKeyStore({"identity.key": STATION.key, "identity.chain": STATION.chain})
    return tls.station_context(keys, CA.certificate_pem, trust.check_peer)


async def whole(request: Request, peer: Peer) -> None:
    await peer.json(200, {"status": "ok"})


def serving(own: Holder) -> ScriptedMesh:
    return ScriptedMesh(whole, server_context(CA, own))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("own", "trust"),
    [
        pytest.param(VAULT, trust_at(NOW), id="at the right time"),
        pytest.param(VAULT, trust_at(NOW, calendar=NOW - TEN_YEARS), id="a board ten years behind"),
        pytest.param(VAULT, trust_at(NOW, calendar=NOW + TEN_YEARS), id="a board ten years ahead"),
        pytest.param(
            holder(CA, Kind.VAULT, hosts=HOST, age=3 * DAY), trust_at(NOW - 3 * DAY + DAY / 2), id="expired for OpenSSL"
        ),
        pytest.param(holder(CA, Kind.NODE, hosts=HOST), trust_at(NOW), id="a node"),
        pytest.param(holder(CA, Kind.REGISTRAR, hosts=HOST), trust_at(NOW), id="the registrar"),
        pytest.param(VAULT, trust_at(NOW, ["vault/two", "node/one"]), id="others are denied"),
        pytest.param(
            holder(CA, Kind.VAULT, hosts=HOST, age=-3 * DAY), trust_at(None), id="not valid yet, time unknown"
        ),
    ],
)
def test_who_is_the_mesh_now_may_answer(way: Way, own: Holder, trust: Trust) -> None:
    with serving(own) as mesh:
        way(mesh if way is https_rig.asked else mesh.url, context_of(trust))
        assert len(mesh.requests) == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("own", "trust", "why"),
    [
        pytest.param(holder(CA, Kind.VAULT, hosts=HOST, age=3 * DAY), trust_at(NOW), "identity-expired", id="expired"),
        pytest.param(
            holder(CA, Kind.VAULT, hosts=HOST, age=3 * DAY),
            trust_at(NOW, calendar=NOW - 3 * DAY),
            "identity-expired",
            id="expired, and the board set back",
        ),
        pytest.param(
            holder(CA, Kind.VAULT, hosts=HOST, age=-3 * DAY), trust_at(NOW), "identity-expired", id="not valid yet"
        ),
        pytest.param(VAULT, trust_at(NOW + 2 * DAY), "identity-expired", id="valid for OpenSSL alone"),
        pytest.param(
            holder(CA, Kind.VAULT, hosts=HOST, age=10 * DAY), trust_at(None), "identity-expired", id="before the floor"
        ),
        pytest.param(VAULT, trust_at(NOW, ["vault/one"]), "identity-revoked", id="revoked"),
        pytest.param(
            holder(CA, Kind.ORG, hosts=HOST),
            trust_at(NOW),
            "certificate of a org: it does not answer",
            id="the org service",
        ),
        pytest.param(holder(CA, Kind.STATION, hosts=HOST), trust_at(NOW), "purpose", id="a station"),
        pytest.param(holder(OTHER, Kind.VAULT, hosts=HOST), trust_at(NOW), "certificate", id="of another CA"),
    ],
)
def test_nobody_else_gets_a_byte(way: Way, own: Holder, trust: Trust, why: str) -> None:
    with serving(own) as mesh:
        with pytest.raises(MeshUntrustedError, match=why) as caught:
            way(mesh if way is https_rig.asked else mesh.url, context_of(trust))
        assert caught.value.code == "mesh-untrusted"
        assert mesh.requests == []
