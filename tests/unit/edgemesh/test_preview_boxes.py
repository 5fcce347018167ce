"""The boxes of a preview: they open at one station, for one session, and are no release's."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.vault import boxes
from firmware.vault.attributes import AttributesError
from firmware.vault.boxes import PartKind
from firmware.vault.fields import encode_octets
from firmware.vault.manifest import parse
from firmware.vault.release import PartError
from hal.sim.virtual_time import run
from tests.support.mesh_site import BADGE, ORG, MemorySite
from tests.support.octets import unbase64
from tests.unit.edgemesh.test_withdrawn import held


def manifest_of(site: MemorySite, job: str) -> Any:
    kept = site.mesh.job_store.job(job)
    assert kept is not None
    return parse(kept.manifest)


def test_a_box_opens_at_its_own_station_for_its_own_session_only() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        preview = (await site.station.look(job)).expect(200)["previews"][0]
        manifest, first = manifest_of(site, job), site.station.session
        there = site.new_station("station-2")
        (await there.tap(BADGE)).expect(201)
        for station, session in ((there, first), (there, there.session), (site.station, there.session)):
            with pytest.raises(PartError):
                station.opened(preview, manifest, session)
        for moved in ({"node_box": preview["org_box"]}, {"org_box": preview["node_box"]}):
            with pytest.raises(PartError):
                site.station.opened(preview | moved, manifest)
        other = await site.client.submit(b"another")
        with pytest.raises(PartError):
            site.station.opened(preview, manifest_of(site, other))
        assert site.station.opened(preview, manifest).title

    run(story())


def test_a_preview_is_no_release_and_a_release_no_preview() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        preview, grant = (
            (await site.station.look(job)).expect(200)["previews"][0],
            (await site.station.ask(job)).expect(201),
        )
        as_preview = {"node_box": grant["node_box"]["box"], "org_box": grant["org_box"]["box"]}
        with pytest.raises(PartError):
            site.station.opened(as_preview, manifest_of(site, job))
        info = boxes.release_info(PartKind.NODE, ORG, job, grant["release"], "station-1")
        with pytest.raises(boxes.BoxError):
            boxes.open_box(unbase64(preview["node_box"]), site.station.keys.box_key, info)

    run(story())


def test_wrong_parts_in_right_boxes_open_nothing() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        preview, manifest = (await site.station.look(job)).expect(200)["previews"][0], manifest_of(site, job)
        info = boxes.preview_info(PartKind.NODE, ORG, job, site.station.session, "station-1")
        public = boxes.public_box_key(site.station.keys.box_key)
        lie = {"node_box": encode_octets(boxes.seal(bytes(32), public, info))}
        with pytest.raises(AttributesError):
            site.station.opened(preview | lie, manifest)

    run(story())


@given(st.binary(max_size=200))
def test_no_box_made_of_anything_opens(box: bytes) -> None:
    with pytest.raises(boxes.BoxError):
        boxes.open_box(box, bytes([7] * 32), boxes.preview_info(PartKind.NODE, ORG, "j", "s", "t"))


TEXT = st.text(max_size=8)


@given(st.tuples(TEXT, TEXT, TEXT, TEXT), st.tuples(TEXT, TEXT, TEXT, TEXT))
def test_no_two_places_of_a_box_look_alike(one: tuple[str, str, str, str], other: tuple[str, str, str, str]) -> None:
    assert (boxes.preview_info(PartKind.NODE, *one) == boxes.preview_info(PartKind.NODE, *other)) == (one == other)
    assert boxes.preview_info(PartKind.NODE, *one) != boxes.preview_info(PartKind.ORG, *one)
    assert boxes.preview_info(PartKind.NODE, *one) != boxes.release_info(PartKind.NODE, *one)
