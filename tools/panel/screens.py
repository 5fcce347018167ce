"""Pictures of the screens: taken, made small, and compared with those that are kept."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter
from playwright.sync_api import Page

from firmware.panel.tags import ENGLISH, TAGS
from tools.panel.browser import LARGE, SMALL, chromium, screen
from tools.panel.gallery import Gallery, gallery
from tools.panel.scenes import SCENES

COLOURS = 12
TOLERANCE = 40
"""How far a point's brightness may be off, of 255, after both are blurred: fonts are hinted a little differently."""
SHARE = 0.005
"""So many of the points may be further off."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture to take."""

    name: str
    scene: str
    language: str = "en"
    size: tuple[int, int] = SMALL
    contrast: bool = False
    large: bool = False


def shots() -> Iterator[Shot]:
    """Each scene once; the list also large, in contrast, with large text and in the other languages."""
    for name in SCENES:
        yield Shot(name, name)
    yield Shot("jobs-1024", "jobs", size=LARGE)
    yield Shot("jobs-contrast", "jobs", contrast=True)
    yield Shot("jobs-large", "jobs", large=True)
    for language in TAGS:
        if language != ENGLISH:
            yield Shot(f"jobs-{language}", "jobs", language)
            yield Shot(f"ready-{language}", "ready", language)


def taken(page: Page, shown: Gallery, shot: Shot) -> bytes:
    """A PNG of few colours."""
    page.set_viewport_size({"width": shot.size[0], "height": shot.size[1]})
    page.goto(shown.address(shot.scene, shot.language, contrast=shot.contrast, large=shot.large))
    return small(page.screenshot(animations="disabled", caret="hide"))


def small(png: bytes) -> bytes:
    """The picture with a palette."""
    made = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        palette = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        palette.save(made, "PNG", optimize=True)
    return made.getvalue()


def difference(kept: bytes, now: bytes) -> float:
    """The share of points that are clearly other, from 0 to 1; 1 where the sizes differ."""
    with Image.open(io.BytesIO(kept)) as first, Image.open(io.BytesIO(now)) as second:
        if first.size != second.size:
            return 1.0
        blurred = [picture.convert("L").filter(ImageFilter.BoxBlur(2)) for picture in (first, second)]
        histogram = ImageChops.difference(*blurred).histogram()
        return sum(histogram[TOLERANCE:]) / (first.width * first.height)


def draw(directory: Path) -> int:
    """Take all of them into a directory."""
    directory.mkdir(parents=True, exist_ok=True)
    with chromium() as kind, kind.started() as browser, gallery() as shown, screen(browser, "about:blank") as page:
        for shot in shots():
            (directory / f"{shot.name}.png").write_bytes(taken(page, shown, shot))
    return 0
