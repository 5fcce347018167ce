"""Names of attributes that more than one driver asks for (RFC 8011 5.2 and 5.4, PWG 5100.1, 5100.7, 5102.4)."""

ABILITIES = (
    "document-format-supported",
    "media-supported",
    "media-ready",
    "sides-supported",
    "print-color-mode-supported",
    "finishings-supported",
    "printer-resolution-supported",
    "copies-supported",
    "page-ranges-supported",
    "pwg-raster-document-type-supported",
    "pwg-raster-document-resolution-supported",
    "pwg-raster-document-sheet-back",
    "urf-supported",
    "ipp-features-supported",
    "printer-make-and-model",
)
"""In which a printer, or cupsd for the queue before it, says what it can do."""
