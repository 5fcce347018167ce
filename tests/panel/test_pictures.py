"""The screens look as they did: pictures are compared with those that `tools/dev panel --screens` has taken."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page

from tools.panel.browser import screen
from tools.panel.gallery import Gallery
from tools.panel.screens import SHARE, Shot, difference, shots, small, taken

SCREENS = Path(__file__).parent / "screens"
SHOTS = list(shots())
LARGEST = 30_000


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Iterator[Page]:
    with screen(browser, "about:blank") as page:
        yield page


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_each_screen_looks_as_it_did(opened: Page, shown: Gallery, shot: Shot, tmp_path: Path) -> None:
    now = taken(opened, shown, shot)
    (tmp_path / f"{shot.name}.png").write_bytes(now)
    share = difference((SCREENS / f"{shot.name}.png").read_bytes(), now)
    assert share <= SHARE, f"{share:.2%} differ; look at {tmp_path}, and if it is meant: tools/dev panel --screens"


def test_no_picture_is_without_its_screen_and_none_is_large() -> None:
    kept = list(SCREENS.glob("*.png"))
    assert {path.stem for path in kept} == {shot.name for shot in SHOTS}
    assert [path.name for path in kept if path.stat().st_size > LARGEST] == []


def drawn(*boxes: tuple[int, int, int, int], shift: int = 0) -> bytes:
    """A white picture with black boxes."""
    picture = Image.new("RGB", (800, 480), "white")
    pen = ImageDraw.Draw(picture)
    for left, top, right, bottom in boxes:
        pen.rectangle((left + shift, top, right + shift, bottom), fill="black")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return small(out.getvalue())


BUTTON = (100, 100, 300, 160)


def test_the_same_is_no_difference() -> None:
    assert difference(drawn(BUTTON), drawn(BUTTON)) == 0.0


def test_an_edge_that_is_smoothed_another_way_is_none_either() -> None:
    assert difference(drawn(BUTTON), drawn(BUTTON, shift=1)) <= SHARE


def test_a_button_that_has_gone_or_moved_is_one() -> None:
    assert difference(drawn(BUTTON), drawn()) > SHARE
    assert difference(drawn(BUTTON), drawn(BUTTON, shift=30)) > SHARE
    assert difference(drawn(BUTTON), small(_tiny())) == 1.0


def _tiny() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (10, 10)).save(out, "PNG")
    return out.getvalue()
