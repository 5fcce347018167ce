"""Whether a document has to be made into something else for its printer, into what, and the making of it."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from firmware.delivery.errors import DeliveryError
from hal.ports.converter import Conversion, Converter
from hal.ports.printer import Capabilities, JobTicket, RasterNeeds

PWG, URF = "image/pwg-raster", "image/urf"
USUAL_DPI, MOST_DPI = 300, 600
URF_BACKS = {"DM1": "normal", "DM2": "flipped", "DM3": "rotated", "DM4": "manual-tumble"}
URF_RESOLUTIONS = re.compile(r"RS([0-9]{1,4}(?:-[0-9]{1,4}){0,7})")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the printer is sent: documents of `format`, made so by `conversion`; None where they go as they are."""

    format: str
    conversion: Conversion | None = field(default=None)


def choose(ticket: JobTicket, capabilities: Capabilities, converter: Converter, size: int) -> Plan:
    """For a document of `ticket.format` and `size` bytes. A printer that lists no formats is believed to take all.
    Raises `DeliveryError`: `format-unsupported`, `document-too-large` (for the converter), `rest-unsupported` (a part
    is wanted, and nobody here can make one)."""
    takes, source = capabilities.formats, ticket.format
    as_it_is = not takes or source in takes
    if as_it_is and (not ticket.pages or capabilities.page_ranges):
        return Plan(source)
    target = _target(ticket, capabilities, converter.targets(source))
    if not target:
        code = "rest-unsupported" if as_it_is else "format-unsupported"
        raise DeliveryError("nothing here makes what the printer takes", code=code)
    if size > converter.most_bytes:
        raise DeliveryError("larger than the converter's memory", code="document-too-large")
    needs = urf_needs(capabilities.raster) if target == URF else capabilities.raster
    return Plan(target, _conversion(ticket, capabilities, target, needs))


def for_printer(ticket: JobTicket, plan: Plan) -> JobTicket:
    """The ticket as it goes with what the plan makes: of another format, of a size that nobody knows yet, and with the
    pages chosen already. Raster says its resolution on each page; said of the job too, a printer refuses one that
    `pwg-raster-document-resolution-supported` lists and `printer-resolution-supported` does not."""
    if plan.conversion is None:
        return ticket
    resolution = ticket.resolution if plan.format == ticket.format else None
    return replace(ticket, format=plan.format, size=None, pages=(), resolution=resolution)


async def converted(
    source: AsyncGenerator[bytes, None], plan: Plan, converter: Converter
) -> AsyncGenerator[bytes, None]:
    """The document as the plan has it. Raises `ConversionError`, and whatever `source` raises; closing it closes
    `source`."""
    async with aclosing(source):
        if plan.conversion is None:
            async for chunk in source:
                yield chunk
            return
        async with aclosing(converter.convert(source, plan.conversion)) as made:
            async for chunk in made:
                yield chunk


def _target(ticket: JobTicket, capabilities: Capabilities, targets: tuple[str, ...]) -> str:
    """The converter's best that the printer takes. The document's own format is of use for a part of it alone."""
    for target in targets:
        if target == ticket.format and not ticket.pages:
            continue
        if target in capabilities.formats or (target == ticket.format and not capabilities.formats):
            return target
    return ""


def _conversion(ticket: JobTicket, capabilities: Capabilities, target: str, needs: RasterNeeds) -> Conversion:
    return Conversion(
        source=ticket.format,
        target=target,
        needs=needs,
        dpi=resolution(ticket.resolution, needs.dpi or capabilities.resolutions),
        color=in_color(ticket.color_mode, capabilities, needs),
        sides=ticket.sides or "one-sided",
        media=ticket.media or next(iter((*capabilities.media_ready, *capabilities.media)), ""),
        pages=ticket.pages,
    )


def resolution(wanted: int | None, offered: tuple[int, ...]) -> int:
    """Dots per inch: what is wanted where the printer has it; else 300, or what it has that is next below 600, or its
    least."""
    if wanted in offered and wanted is not None and wanted <= MOST_DPI:
        return wanted
    if not offered or USUAL_DPI in offered:
        return USUAL_DPI
    return max((dpi for dpi in offered if dpi <= MOST_DPI), default=min(offered))


def in_color(mode: str, capabilities: Capabilities, needs: RasterNeeds) -> bool:
    """Whether pages are made in colour: where the printer takes such, and it is wanted or nothing else is taken."""
    if not needs.types:
        return False
    if "srgb_8" not in needs.types or "sgray_8" not in needs.types:
        return "srgb_8" in needs.types
    return mode == "color" or (mode in ("", "auto") and "color" in capabilities.color_modes)


def urf_needs(needs: RasterNeeds) -> RasterNeeds:
    """What urf-supported says, in the words of PWG raster."""
    types = tuple(name for word, name in (("W8", "sgray_8"), ("SRGB24", "srgb_8")) if word in needs.urf)
    backs = [URF_BACKS[word] for word in needs.urf if word in URF_BACKS]
    dpi = [found[1] for word in needs.urf if (found := URF_RESOLUTIONS.fullmatch(word))]
    known = tuple(sorted(int(one) for text in dpi for one in text.split("-") if int(one)))
    return RasterNeeds(types, known, backs[0] if backs else "normal", needs.urf)
