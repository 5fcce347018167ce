"""The paper in the printer twin: trays it draws from, sheets that came out, sheets it spoilt. Facts, never claims."""

from dataclasses import dataclass, field

A4, LETTER, A5 = "iso_a4_210x297mm", "na_letter_8.5x11in", "iso_a5_148x210mm"
MEDIA = (A4, LETTER, A5)


@dataclass(frozen=True, slots=True)
class Impression:
    """One side of paper that came out, at `at` seconds of the clock."""

    job_id: int
    job_name: str
    page: int
    at: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of paper and what is on its sides, one or two."""

    media: str
    sides: tuple[Impression, ...]


@dataclass(slots=True)
class Tray:
    """`sheets` of `media` are in it; None: it never runs out."""

    name: str
    media: str
    sheets: int | None = None


def _trays() -> list[Tray]:
    return [Tray("tray-1", A4), Tray("tray-2", LETTER)]


@dataclass(slots=True)
class Paper:
    """`out` are the good sheets, `spoilt` what was pulled out of the machine; `room` is how many more sheets the output
    tray takes, None without end."""

    trays: list[Tray] = field(default_factory=_trays)
    out: list[Sheet] = field(default_factory=list)
    spoilt: list[Sheet] = field(default_factory=list)
    room: int | None = None

    def has(self, media: str) -> bool:
        """Whether a tray is for that medium, with or without paper; any tray does where none is asked for."""
        return any(self._for(media))

    def tray(self, media: str) -> Tray | None:
        """The tray a sheet would come from."""
        return next((tray for tray in self._for(media) if tray.sheets != 0), None)

    def draw(self, media: str) -> str:
        """Take one sheet; its medium. Raises `ValueError` where there is none."""
        tray = self.tray(media)
        if tray is None:
            raise ValueError("no paper")
        if tray.sheets is not None:
            tray.sheets -= 1
        return tray.media

    def drop(self, sheet: Sheet) -> None:
        """A good sheet falls into the output tray."""
        self.out.append(sheet)
        if self.room is not None:
            self.room -= 1

    def fill(self, number: int, sheets: int | None, media: str = "") -> None:
        """Tray `number`, from 1, has so many sheets from now on. Raises `ValueError` for a tray that isn't there."""
        if not 1 <= number <= len(self.trays):
            raise ValueError(f"no tray {number}")
        tray = self.trays[number - 1]
        tray.sheets, tray.media = sheets, media or tray.media

    def refill(self) -> None:
        """Fill every tray that is empty."""
        for tray in self.trays:
            tray.sheets = None if tray.sheets == 0 else tray.sheets

    def _for(self, media: str) -> list[Tray]:
        wanted = media or self.trays[0].media
        return [tray for tray in self.trays if tray.media == wanted]
