"""Every printer-state-reason that a printer for paper can show (IANA IPP registry; RFC 8011 5.4.12, PWG 5100.9)."""

SEVERITIES = ("-error", "-warning", "-report")

FINISHERS = (
    *("bander", "binder", "die-cutter", "folder", "imprinter", "inserter", "make-envelope", "perforater", "puncher"),
    *("separation-cutter", "sheet-rotator", "slitter", "stacker", "stapler", "stitcher", "trimmer", "wrapper"),
)
"""Subunits of PWG 5100.9 8.1, each of which can be in every one of `FINISHER_STATES`."""

SUBUNIT_STATES = (
    *("added", "almost-empty", "almost-full", "at-limit", "closed", "empty", "full", "life-almost-over", "life-over"),
    *("memory-exhausted", "missing", "motor-failure", "near-limit", "offline", "opened", "over-temperature"),
    *("power-saver", "recoverable-failure", "removed", "resource-added", "resource-removed", "thermistor-failure"),
    *("timing-failure", "turned-off", "turned-on", "under-temperature", "unrecoverable-failure", "warming-up"),
    *("recoverable-storage-error", "unrecoverable-storage-error"),
)
FINISHER_STATES = (
    *SUBUNIT_STATES,
    *("configuration-change", "cover-closed", "cover-open", "interlock-closed", "interlock-open", "jam"),
)

OF_THE_MODEL = (
    *("other", "connecting-to-device", "cover-open", "developer-empty", "developer-low", "door-open"),
    *("fuser-over-temp", "fuser-under-temp", "input-tray-missing", "interlock-open", "interlock-closed"),
    *("interpreter-resource-unavailable", "marker-supply-empty", "marker-supply-low", "marker-supply-missing"),
    *("marker-waste-almost-full", "marker-waste-full", "media-empty", "media-jam", "media-low", "media-needed"),
    *("moving-to-paused", "opc-life-over", "opc-near-eol", "output-area-almost-full", "output-area-full"),
    *("output-tray-missing", "paused", "shutdown", "spool-area-full", "stopped-partly", "stopping", "timed-out"),
    *("toner-empty", "toner-low"),
)
"""RFC 8011 5.4.12."""

OF_ALERTS = (
    *("alert-removal-of-binary-change-entry", "cleaner-life-almost-over", "cleaner-life-over", "configuration-change"),
    *("input-cannot-feed-size-selected", "input-manual-input-request", "input-media-color-change"),
    *("input-media-form-parts-change", "input-media-size-change", "input-media-tray-failure"),
    *("input-media-tray-feed-error", "input-media-tray-jam", "input-media-type-change", "input-media-weight-change"),
    *("input-pick-roller-failure", "input-pick-roller-life-over", "input-pick-roller-life-warn"),
    *("input-pick-roller-missing", "input-tray-elevation-failure", "input-tray-position-failure"),
    *("interpreter-cartridge-added", "interpreter-cartridge-deleted", "interpreter-complex-page-encountered"),
    *("interpreter-memory-decrease", "interpreter-memory-increase", "interpreter-resource-added"),
    *("interpreter-resource-deleted", "marker-adjusting-print-quality", "marker-developer-almost-empty"),
    *("marker-developer-empty", "marker-fuser-thermistor-failure", "marker-fuser-timing-failure"),
    *("marker-ink-almost-empty", "marker-ink-empty", "marker-print-ribbon-almost-empty", "marker-print-ribbon-empty"),
    *("marker-toner-cartridge-missing", "marker-waste-ink-receptacle-almost-full"),
    *("marker-waste-ink-receptacle-full", "marker-waste-toner-receptacle-almost-full"),
    *("marker-waste-toner-receptacle-full", "media-path-cannot-duplex-media-selected"),
    *("media-path-media-tray-almost-full", "media-path-media-tray-full", "media-path-media-tray-missing"),
    *("output-mailbox-select-failure", "power-down", "power-up", "printer-manual-reset", "printer-nms-reset"),
    *("printer-ready-to-print", "unknown"),
)
"""PWG 5100.9 8.1, from the Printer MIB's alerts."""

OF_POWER_AND_OPERATION = (
    *("deactivated", "hibernate", "hold-new-jobs", "identify-printer-requested", "resuming", "standby", "suspend"),
    *("testing",),
)
"""RFC 3998, PWG 5100.13, PWG 5100.22 and the registry itself."""

REASONS = frozenset(
    (
        *OF_THE_MODEL,
        *OF_ALERTS,
        *OF_POWER_AND_OPERATION,
        *(f"subunit-{state}" for state in SUBUNIT_STATES),
        *(f"{finisher}-{state}" for finisher in FINISHERS for state in FINISHER_STATES),
    )
)
"""Bare keywords, without `none`. Those of printers for plastics (PWG 5100.21) are left out: none makes sheets."""


def is_reason(keyword: str) -> bool:
    """Whether a printer may say so: a keyword of the registry, bare or with one severity."""
    bare = next((keyword.removesuffix(one) for one in SEVERITIES if keyword.endswith(one)), keyword)
    return keyword in REASONS or bare in REASONS
