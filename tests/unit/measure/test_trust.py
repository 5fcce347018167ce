"""The measurements of trust: their arithmetic and rows, and each of them once, small, on a real mesh."""

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from firmware.vault import signing
from tests.support.aio import run
from tools.edgemesh.evidence import Verifier
from tools.measure import trust
from tools.measure.crowd import PAGE, make_crowd
from tools.measure.load import on_core, percentile, served, stations
from tools.measure.series import Row
from tools.measure.verifying import HOLDERS, SIGNATURES, verified, watched
from tools.measure.wire import Line, LoadError, context_of


@pytest.mark.parametrize(
    ("percent", "expected"), [(1, 1.0), (50, 50.0), (95, 95.0), (99, 99.0), (99.5, 100.0), (100, 100.0)]
)
def test_a_percentile_is_a_value_that_was_measured(percent: float, expected: float) -> None:
    assert percentile([float(value) for value in range(100, 0, -1)], percent) == expected


def test_a_percentile_of_one_value_is_that_value() -> None:
    assert [percentile([7.0], percent) for percent in (0, 50, 99)] == [7.0] * 3


def test_a_core_is_taken_for_the_block_only() -> None:
    before = os.sched_getaffinity(0)
    with on_core(min(before)):
        assert os.sched_getaffinity(0) == {min(before)}
    assert os.sched_getaffinity(0) == before


def test_every_release_is_verified_by_all_three_and_timed_once(tmp_path: Path) -> None:
    before = Verifier.request, Verifier.release
    found = run(verified(tmp_path / "mesh", 2))
    assert [len(found.checks), len(found.whole), len(found.anew)] == [2, 2, 2]
    assert all(0 < checks < whole for checks, whole in zip(found.checks, found.whole, strict=True))
    assert (Verifier.request, Verifier.release) == before


def test_as_many_bare_signatures_are_verified_as_a_release_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[bytes] = []
    real = signing.verify_key

    def counting(key: EllipticCurvePublicKey, label: bytes, message: bytes, signature: bytes) -> None:
        checked.append(label)
        real(key, label, message, signature)

    monkeypatch.setattr(signing, "verify_key", counting)
    with watched() as watch:
        list(trust.verification(tmp_path, 1))
    (evidence,) = watch.shown
    assert watch.calls[evidence.release_id] == 2 * HOLDERS  # in the mesh, and anew
    of_release = {signing.RELEASE_REQUEST: 3, signing.SESSION: 3, signing.LEASE: 2}
    assert {label: checked.count(label) for label in of_release} == {one: 2 * n for one, n in of_release.items()}
    manifests = HOLDERS  # beside those that were verified as the job was taken
    assert sum(of_release.values()) + manifests == SIGNATURES
    assert checked.count(signing.MANIFEST) >= 2 * manifests


def test_three_stations_tap_over_time_and_at_once(tmp_path: Path) -> None:
    rows = list(trust.crowded(1, tmp_path, count=3, seconds=0.3))
    named = {row.name: row for row in rows}
    assert len(named) == len(rows) == 14
    assert all(value > 0 for row in rows for value in row.ours.values)
    burst = named["3 taps at once: tap to list, p95"]
    assert burst.ratio is not None
    assert burst.peer is not None
    assert burst.ratio.values == (burst.peer.values[0] / burst.ours.values[0],)
    assert (burst.goal, burst.met) == ("<= 2000 ms", burst.ours.median <= 2000)
    assert _values(named, "tap to list, p95") <= _values(named, "tap to grant, p95")


def _values(named: dict[str, Row], what: str) -> tuple[float, ...]:
    return named[f"3 taps at once: {what}"].ours.values


def test_a_tap_that_is_refused_fails_the_measurement(tmp_path: Path) -> None:
    crowd = make_crowd(tmp_path / "crowd", 1)

    async def story(url: str) -> None:
        async with stations(crowd, url) as everybody:
            await everybody.taps(0.0)  # nothing was submitted

    with served(crowd) as url, pytest.raises(LoadError, match="nothing is held"):
        run(story(url))


def test_what_the_mesh_refuses_is_told_with_its_code(tmp_path: Path) -> None:
    crowd = make_crowd(tmp_path / "crowd", 1)

    async def story(url: str) -> None:
        line = await Line(url, context_of(crowd.places[0].client, crowd.ca_pem)).open()
        try:
            await line.ask("POST", "/v1/sessions", {"credential": {"kind": "card", "value": crowd.places[0].badge}})
        finally:
            await line.close()

    with served(crowd) as url, pytest.raises(LoadError, match=r"403.*not-allowed") as caught:
        run(story(url))
    assert crowd.places[0].badge not in str(caught.value)


def test_a_line_that_is_not_open_says_so(tmp_path: Path) -> None:
    crowd = make_crowd(tmp_path / "crowd", 1)
    line = Line("https://localhost:1", context_of(crowd.places[0].client, crowd.ca_pem))
    with pytest.raises(LoadError, match="not open"):
        run(line.ask("GET", "/v1/health"))


def test_pairing_is_measured_in_both_ways(tmp_path: Path) -> None:
    rows = list(trust.pairing(1, tmp_path))
    assert [row.name for row in rows] == ["pairing, approved at once", "pairing by a token"]
    assert all(row.ours.median > 0 for row in rows)


def test_the_page_is_a_document() -> None:
    assert PAGE.startswith(b"%PDF-")
