"""A person's held jobs as the panel shows them: opened from what the mesh gave, kept for one visit, in memory only."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from firmware.core.wishes import Wishes as Wishes  # noqa: PLC0414 - what a panel needs of a list is here

if TYPE_CHECKING:
    from firmware.mesh.messages import Prices


@dataclass(frozen=True, slots=True)
class ListedJob:
    """One held job. `title` is empty where the site hides titles, or where the mesh gave no way to open it. `owner` is
    who submitted it where that is another than who stands here. Settings are IPP keywords, empty where they are left
    to the printer; `pages` is None where nobody counted them; `pages_out` as in `firmware.core.events.JobRef`.
    `is_opened`: title and settings are the job's own, and not what stands for them until they are known. `refused`:
    why it cannot be printed, as a code; empty where nothing is wrong with it. `is_new`: it came while they stood
    there."""

    job_id: str
    submitted_at: datetime | None
    size: int
    format: str
    title: str = field(default="", repr=False)
    owner: str = field(default="", repr=False)
    pages: int | None = None
    copies: int = 1
    sides: str = ""
    color_mode: str = ""
    pages_out: int | None = None
    media: str = ""
    finishings: tuple[str, ...] = ()
    is_opened: bool = False
    refused: str = ""
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Who stands at the station. `ref` numbers their visit as in firmware/core; `language` is a BCP 47 tag, empty where
    the mesh knows none; `prices` where the site charges; `languages`: tags of those that the site offers, the usual one
    first, empty: all there are."""

    ref: int
    language: str = ""
    prices: "Prices | None" = None
    languages: tuple[str, ...] = ()
