"""The panel before a mesh that says what it likes of the jobs on a list: it is drawn, whatever it says."""

import json
from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from firmware.mesh.messages import Prices, SitePolicy
from firmware.panel.languages import Languages
from firmware.panel.render import Place as Surroundings
from firmware.panel.render import Renderer
from firmware.panel.streams import event
from firmware.panel.tags import TAGS
from firmware.panel.view import Prefs
from firmware.vault import manifest as manifests
from firmware.vault.attributes import MAX_TITLE, Attributes
from firmware.vault.fields import MAX_INTEGER
from firmware.vault.stream import MAX_PLAINTEXT_BYTES
from tests.unit.delivery.world import pdf
from tests.unit.panel.looks import Checked
from tests.unit.panel.place import Place, played

ZONES = ("Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC")
EVIL = "<script>{{ 7*7 }}{0}%(num)s%s\N{RIGHT-TO-LEFT OVERRIDE}\N{LINE SEPARATOR}\r\n\0\x1b[2J</script>"
TITLES = (EVIL, "\N{RIGHT-TO-LEFT ISOLATE}" * MAX_TITLE, "W" * MAX_TITLE, "\r\ndata: x\n\nevent: y\n", " ")
LARGEST = Attributes("x", copies=9999, pages=MAX_INTEGER, media="x" * 255, finishings=("x" * 255,) * 16)


def drawn(place: Place) -> list[str]:
    """As each language has it, in zones as far east and west as there are; sent as events."""
    pages = []
    for zone in ZONES:
        renderer = Renderer(Languages(), Surroundings(), partial(datetime.now, ZoneInfo(zone)))
        for tag in TAGS:
            pages.append(renderer.screen(replace(place.desk.view, prefs=Prefs(language=tag)), 0.0))
    for page in pages:
        sent = event("screen", page).decode().split("\n")
        assert sent[0] == "event: screen"
        assert all(line.startswith("data: ") for line in sent[1:-2])
        Checked(page.replace("\0", "\N{REPLACEMENT CHARACTER}"))
    return pages


@pytest.mark.parametrize(
    ("submitted", "expires"),
    [("9999-12-31T23:59:58Z", "9999-12-31T23:59:59Z"), ("0001-01-01T00:00:00Z", "0001-01-02T00:00:00Z")],
)
def test_a_job_of_a_time_that_no_clock_shows_leaves_the_others_on_the_list(submitted: str, expires: str) -> None:
    async def script(place: Place) -> None:
        wrong, right = place.world.submit(pdf(1)), place.world.submit(pdf(2, seed=8))
        stored = place.world.mesh.jobs[wrong.job_id]
        said = json.loads(stored.sealed.manifest_raw) | {"submitted_at": submitted, "expires_at": expires}
        raw = json.dumps(said).encode()
        assert manifests.parse(raw).submitted_at.year in (1, 9999)
        stored.sealed = replace(stored.sealed, manifest_raw=raw)
        await place.visit()
        assert place.desk.view.chosen == {right.job_id}
        for page in drawn(place):
            assert f'id="job-{wrong.job_id}"' in page
            assert f'id="job-{right.job_id}"' in page

    played(script)


def test_the_longest_and_oddest_that_a_client_can_sign_is_drawn() -> None:
    async def script(place: Place) -> None:
        for number, title in enumerate(TITLES):
            place.world.submit(pdf(1, seed=number), attributes=replace(LARGEST, title=title))
        large = place.world.submit(pdf(9, seed=9))
        stored = place.world.mesh.jobs[large.job_id]
        said = manifests.parse(stored.sealed.manifest_raw)
        raw = manifests.encode(replace(said, plaintext_size=MAX_PLAINTEXT_BYTES))
        stored.sealed = replace(stored.sealed, manifest_raw=raw)
        await place.visit()
        assert {job.title for job in place.desk.view.jobs} >= set(TITLES)
        for page in drawn(place):
            assert "<script>" not in page
            assert ">49" not in page

    dear = Prices("XXX", 10**9, 10**9)
    played(script, Place(policy=SitePolicy(auto_release=False, idle_seconds=3600, prices=dear)))
