"""The error by which the station itself ends a delivery."""

from firmware.errors import LockgateError


class DeliveryError(LockgateError):
    """A delivery that we ourselves end. Codes: `canceled` (the person asked), `printer-needs-you`, `printer-stalled`,
    `format-unsupported`, `grant-foreign` (the mesh granted another job, or another length than the manifest's),
    `manifest-foreign` (the manifest is of another job), `owner-foreign` (the job is another person's),
    `release-unsettled` (how an earlier release of this job ended is still being found out), `printer-lacks` (it cannot
    print as asked, and nobody said that it shall all the same), `rest-unsupported` (neither printer nor station can
    print a part of this document, and nobody said that all of it shall be), `page-beyond-end` (the rest was to begin
    behind the last page, and nobody said whether that one came out)."""

    code = "canceled"
