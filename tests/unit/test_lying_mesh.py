"""A mesh whose clock is wrong, or whose vault lies: what a station believes, and how it gets over it."""

from datetime import timedelta

import pytest

from firmware.mesh.port import MeshUntrustedError
from firmware.trust.keeper import HOUR, LONGEST_ROUND_TRIP
from firmware.vault.identity import Kind
from tests.support.pki import NOW
from tests.unit.delivery.world import World
from tests.unit.trusting import CARD, TEN_YEARS, Station, check, old_pki, told


def test_a_denied_vault_is_not_believed() -> None:
    async def story(station: Station) -> None:
        station.world.truth.deny("vault/vault-1")
        await station.keep(60)
        assert not station.trust.clock.known

    assert told(story) == ["time refused: identity-revoked: revoked by an administrator"]


@pytest.mark.parametrize("ahead", [TEN_YEARS, -TEN_YEARS, timedelta(days=2), -timedelta(days=2)])
def test_a_mesh_with_a_wrong_clock_is_refused_and_told_once(ahead: timedelta) -> None:
    """Its certificate gives it away; one that it has renewed meanwhile is the next test's."""

    async def story(station: Station) -> None:
        station.world.truth.ahead = ahead
        await station.keep(3 * HOUR)
        assert not station.trust.clock.known
        with pytest.raises(MeshUntrustedError, match="time-refused"):
            await station.asked.open_session(CARD)
        station.world.truth.ahead = timedelta()
        await station.keep(5)
        assert (await station.asked.open_session(CARD)).session_id

    lines = told(story)
    assert [line for line in lines if line.startswith("time")] == [
        "time refused: time-refused: its signer is not proven (identity-expired)"
    ]


@pytest.mark.parametrize("ahead", [TEN_YEARS, -timedelta(days=300)])
def test_a_wrong_clock_with_certificates_to_match_is_refused_too(ahead: timedelta) -> None:
    async def story(station: Station) -> None:
        await station.keep(5)
        truth = station.world.truth
        right, truth.ahead = truth.vault, ahead
        truth.vault = truth.pki.holder(Kind.VAULT, "vault-1", now=truth.now, lifetime=timedelta(days=30))
        await station.keep(5)
        assert abs(station.trust.clock.now() - station.world.clock.now()) < timedelta(seconds=1)
        truth.vault, truth.ahead = right, timedelta()
        await station.keep(5)

    world = World(pki=old_pki())
    assert [line.split(":")[2] for line in told(story, world=world) if line.startswith("time refused")] == [
        " more than a year after the last good time" if ahead > timedelta() else " earlier than the last good time"
    ]


def test_a_lie_that_was_believed_is_recovered_from_by_the_cas_next_list() -> None:
    """A mesh 200 days ahead, with certificates to match, is believed at a first start; when its clock is put right,
    nothing it shows is valid for the station any more, but the next number of the CA's own list is proof."""

    async def story(station: Station) -> None:
        truth = station.world.truth
        right, truth.ahead = truth.vault, timedelta(days=200)
        truth.vault = truth.pki.holder(Kind.VAULT, "vault-1", now=truth.now)
        await station.keep(HOUR / 2)
        assert station.trust.clock.floor > NOW + timedelta(days=199)
        truth.vault, truth.ahead, truth.reissues = right, timedelta(), False
        await station.keep(60)
        assert check(station.trust, right) == "identity-expired", "the list that it has proves nothing"
        truth.reissues = True
        await station.keep(60)
        assert check(station.trust, right) == "trusted"
        assert station.off() < timedelta(milliseconds=2)
        station.lines.append("a new life")
        station.world.station = station.world.pki.holder(Kind.STATION, "station-1")
        station.begin()
        await station.keep(5)
        assert station.off() < timedelta(milliseconds=2)

    assert told(story, world=World(pki=old_pki())) == [
        "time refused: time-refused: earlier than the last good time",
        "time taken back: the organisation's CA has issued a list at an earlier one since",
        "a new life",
    ]


def test_time_that_jumps_ahead_is_taken_and_told() -> None:
    async def story(station: Station) -> None:
        await station.keep(5)
        station.world.truth.ahead = timedelta(hours=2)
        await station.keep(5)
        assert station.off() < timedelta(milliseconds=2)

    assert told(story) == ["time jumped: +7200 s, by the mesh's signed word"]


def test_an_answer_that_takes_too_long_says_nothing_of_now() -> None:
    async def story(station: Station) -> None:
        station.mesh.late["signed_time"] = LONGEST_ROUND_TRIP + 0.1
        with pytest.raises(MeshUntrustedError, match="longer than 10 s"):
            await station.asked.open_session(CARD)
        station.mesh.late["signed_time"] = LONGEST_ROUND_TRIP - 0.1
        await station.asked.open_session(CARD)
        assert station.off() < timedelta(seconds=LONGEST_ROUND_TRIP / 2)

    assert told(story) == []
