"""What the printer is to be asked for: the job's own settings, and which of its pages."""

from firmware.delivery.counting import Extent
from firmware.delivery.errors import DeliveryError
from firmware.delivery.records import Entry
from firmware.vault.attributes import Attributes
from firmware.vault.manifest import Manifest
from firmware.vault.release import OpenedJob
from hal.ports.printer import JobTicket

LAST_PAGE = 65_535
"""The end of every range: printers take no greater number in earnest. The client's count of pages is not it, for one
that counted too few would cut off the end of the rest."""


def draft(manifest: Manifest, first_page: int) -> JobTicket:
    """As much as is known before the job is opened: enough to see whether this printer can be served at all. Raises
    `DeliveryError` with `page-beyond-end`."""
    if first_page > LAST_PAGE:
        raise DeliveryError("no document is that long", code="page-beyond-end")
    return JobTicket("", manifest.format, manifest.plaintext_size, pages=_pages(Extent(first_page=first_page)))


def extent_of(attributes: Attributes, first_page: int) -> Extent:
    """What is to come out."""
    two_sided = attributes.sides.startswith("two-sided")
    return Extent(attributes.pages or None, attributes.copies, two_sided, first_page)


def require_rest(extent: Extent) -> None:
    """Raises `DeliveryError` with `page-beyond-end` where none is left."""
    if extent.pages is not None and extent.first_page > extent.pages:
        raise DeliveryError("the rest would begin behind the last page", code="page-beyond-end")


def ticket_of(entry: Entry, document_format: str, job: OpenedJob, extent: Extent) -> JobTicket:
    """All that was asked for."""
    attributes = job.attributes
    return JobTicket(
        name=entry.job_name,
        format=document_format,
        size=job.plaintext_size,
        copies=attributes.copies,
        sides=attributes.sides,
        color_mode=attributes.color_mode,
        media=attributes.media,
        finishings=attributes.finishings,
        pages=_pages(extent),
    )


def _pages(extent: Extent) -> tuple[tuple[int, int], ...]:
    return ((extent.first_page, max(LAST_PAGE, extent.pages or 0)),) if extent.first_page > 1 else ()
