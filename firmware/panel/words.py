"""What the panel says, in plain language, of what the core knows: notices, refusals, the printer, questions.

Every text is an English message marked with `N_`, found by the extraction and translated where it is shown. Headlines
are short: they are read with a coat over one arm.
"""

from dataclasses import dataclass

from firmware.core.questions import Question, QuestionKind
from firmware.core.signs import Notice


def N_(text: str) -> str:  # noqa: N802 - the name gettext's tools look for
    """Mark a message that is translated later."""
    return text


@dataclass(frozen=True, slots=True)
class Words:
    """`headline` is what happened, `advice` what to do now, empty where there is nothing; both are messages to be
    translated. `picture` is a file of static/pictures."""

    headline: str
    advice: str
    picture: str


_TAP_AGAIN = N_("Hold your badge to the reader once more.")
_HOLD_STILL = N_("Hold it to the reader until the light changes.")
_TELL = N_("Please tell whoever looks after this printer.")
_OTHER_PRINTER = N_("Your document is kept. Print it at another printer.")
_KEPT = N_("Your document is kept. Tap again when you want it.")
_SUBMIT = N_("Please send it to print once more.")
_ADMIN = N_("Please ask your administrator.")
_LOOK = N_("Look in the output tray first. Then ask for help.")
_WAIT = N_("Wait a moment, then tap again.")
_SAFE = N_("Your documents are safe. Please try again later.")

NOTICES: dict[Notice, Words] = {
    Notice.READY: Words(N_("Hold your badge to the reader"), N_("Your documents come out here."), "tap"),
    Notice.READING: Words(N_("One moment …"), "", "reading"),
    Notice.GOOD: Words(N_("Goodbye"), N_("You are logged out."), "done"),
    Notice.NO_JOBS: Words(N_("Nothing to print"), N_("No document of yours waits here."), "empty"),
    Notice.PIN_ASKED: Words(N_("Type your PIN"), "", "pin"),
    Notice.PIN_WRONG: Words(N_("That was not your PIN"), N_("Please type it again."), "refused"),
    Notice.WHO_ARE_YOU: Words(
        N_("Who are you?"),
        N_("This badge is new here. Type the code that your administrator or help desk gives you."),
        "badge",
    ),
    Notice.UNKNOWN_BADGE: Words(N_("This badge is not known"), N_("Please have it registered."), "refused"),
    Notice.REFUSED: Words(N_("That did not work"), N_("Please tap again, or ask for help."), "refused"),
    Notice.NOT_CONNECTED: Words(N_("Not connected"), _SAFE, "unplugged"),
    Notice.PRINTER_NEEDS_YOU: Words(N_("The printer needs somebody"), N_("Look at what its display says."), "printer"),
    Notice.PRINTING: Words(N_("Printing"), "", "printing"),
    Notice.QUESTION: Words(N_("Please look and answer"), "", "question"),
    Notice.DONE: Words(N_("Done"), N_("Take your pages with you."), "done"),
    Notice.HELD: Words(N_("Not all was printed"), _KEPT, "kept"),
    Notice.FAULT: Words(N_("Out of service"), N_("This station cannot print now."), "service"),
}
"""What each notice says where nothing more is known."""

_LIFTED = Words(N_("The badge was lifted too soon"), _HOLD_STILL, "badge")
_UNREAD = Words(N_("The badge could not be read"), _TAP_AGAIN, "badge")
_WRONG_BADGE = Words(N_("This badge cannot be used here"), N_("Please use another badge."), "refused")
_LOCKED = Words(N_("Locked for a while"), N_("Wait some minutes, then tap again."), "refused")
_BLOCKED = Words(N_("This badge is blocked"), _ADMIN, "refused")
_CODE = Words(N_("This code does not work"), N_("Tap again and type the code once more."), "refused")
_LATE = Words(N_("That took too long"), _TAP_AGAIN, "badge")
_BUSY = Words(N_("Busy just now"), _WAIT, "reading")
_NOT_HERE = Words(N_("You may not print here"), N_("Please use another printer."), "refused")
_PAPERS = Words(N_("You may not print this document"), N_("Ask whoever shared it with you."), "refused")
_GONE = Words(N_("The document is no longer there"), _SUBMIT, "empty")
_ARRIVING = Words(N_("The document is still arriving"), _WAIT, "reading")
_ELSEWHERE = Words(N_("It prints at another printer now"), N_("Fetch it there, or wait a minute."), "printing")
_CHECK = Words(N_("The document did not pass a check"), _TELL, "refused")
_SETTLED = Words(N_("The mesh knows another end of it"), _TELL, "refused")
_STOPPED = Words(N_("Printing was stopped"), _KEPT, "kept")
_PRINTER_ENDED = Words(N_("The printer gave it up"), _KEPT, "kept")
_UNSURE = Words(N_("Did all pages come out?"), _LOOK, "output")
_PART = Words(N_("Some pages are missing"), N_("The rest is kept. Tap again for it."), "kept")
_UNPRINTABLE = Words(N_("This printer cannot print it"), _OTHER_PRINTER, "kept")
_BROKEN = Words(N_("The document cannot be read"), N_("Save it as PDF and send it once more."), "refused")
_LOCK_WORD = Words(N_("The document has a password"), N_("Send it once more without the password."), "refused")
_FAULT = Words(N_("A fault of this station"), _TELL, "service")
_NEEDS = NOTICES[Notice.PRINTER_NEEDS_YOU]
_SILENT = Words(N_("The printer does not answer"), N_("See that it is on and its cable is in."), "power")
_STRANGER = Words(N_("This is not the approved printer"), _TELL, "service")
_UNCONNECTED = NOTICES[Notice.NOT_CONNECTED]
_PIN_FORM = Words(N_("This PIN cannot be used"), _ADMIN, "refused")
_TWO_CARDS = Words(N_("Two cards at once"), N_("Hold only one to the reader."), "badge")

_TOLD: dict[Words, str] = {
    _STOPPED: "canceled interrupted stopping not-printed",
    _NEEDS: "printer-needs-you printer-stopped printer-not-accepting printer-stalled printer-refused",
    _PRINTER_ENDED: "printer-canceled canceled-at-printer printer-aborted",
    _UNPRINTABLE: "format-unsupported format-refused printer-lacks document-too-large document-too-heavy "
    "rest-unsupported spool-too-small",
    _LOCK_WORD: "document-encrypted",
    _BROKEN: "document-broken document-length",
    _UNSURE: "outcome-unknown printed-with-errors printed-too-soon no-answer release-unsettled transfer-broken",
    _PART: "printed-in-part page-beyond-end",
    _FAULT: "converter-failed internal release-repeated audit-failed identity-untrusted identity-revoked "
    "identity-missing identity-expired identity-malformed identity-unusable time-refused clock-behind clock-ahead "
    "deny-list-malformed deny-list-older deny-list-stale deny-list-full registrar-rolled-back signature-refused "
    "signing-key-malformed key-missing key-exposed key-sealed key-damaged",
    _SILENT: "printer-unreachable",
    _STRANGER: "printer-untrusted",
    Words(N_("The printer answers oddly"), N_("Switch it off and on again."), "power"): "printer-protocol",
    _UNREAD: "badge-unreadable read-torn read-unended read-overlong read-garbled read-checksum read-track card-mute "
    "badge-length badge-format badge-parity card-refused card-answer-malformed card-delayed card-proof-over "
    "proof-unknown reader-flood",
    _LIFTED: "card-gone card-lost",
    _TWO_CARDS: "card-several",
    _WRONG_BADGE: "card-record badge-random card-application-missing card-method-missing card-key-refused "
    "card-uid-random card-unproven card-proof-required badge-taken",
    NOTICES[Notice.UNKNOWN_BADGE]: "badge-unknown person-unknown",
    _BLOCKED: "badge-blocked",
    _LOCKED: "locked-out",
    NOTICES[Notice.PIN_ASKED]: "pin-required factor-missing",
    NOTICES[Notice.PIN_WRONG]: "pin-wrong",
    _PIN_FORM: "pin-weak",
    _CODE: "code-wrong",
    _LATE: "ticket-expired session-expired request-stale",
    _BUSY: "desk-busy mesh-full request-replayed lease-refused",
    _NOT_HERE: "not-allowed-here",
    _UNCONNECTED: "mesh-unreachable mesh-untrusted mesh-protocol mesh-refused",
    _GONE: "job-unknown job-lost shredded part-withdrawn manifest-expired",
    _ARRIVING: "job-receiving",
    _ELSEWHERE: "released-elsewhere fence-stale",
    _PAPERS: "not-owner owner-foreign delegation-malformed delegation-refused delegation-ended delegation-revoked "
    "delegation-unknown",
    _CHECK: "manifest-foreign grant-foreign client-revoked part-refused commitment-mismatch manifest-malformed "
    "manifest-signature manifest-untrusted manifest-owner manifest-stale manifest-epoch manifest-recipients "
    "attributes-forged attributes-malformed body-header body-forged body-truncated body-trailing body-length "
    "body-differs box-refused box-key-refused box-suite-unknown",
    _SETTLED: "release-unknown release-ended",
}
_REFUSALS = {code: words for words, codes in _TOLD.items() for code in codes.split()}


def refusal(code: str) -> Words:
    """What a person is told of a code of docs/errors.md. A code that is not for people is told as any refusal."""
    return _REFUSALS.get(code, NOTICES[Notice.REFUSED])


_JOINING: dict[Words, str] = {
    Words(
        N_("It was not let in"), N_("A new code follows. Ask the administrator to type it exactly."), "refused"
    ): "enrolment-refused token-refused",
    Words(
        N_("The mesh is not found"), N_("See that the network cable is in. It is tried again by itself."), "unplugged"
    ): "mesh-unreachable mesh-not-found",
    Words(
        N_("This is not the mesh expected"), _ADMIN, "service"
    ): "mesh-untrusted mesh-protocol ca-mismatch answer-mismatch",
    Words(
        N_("Not set up yet"), N_("Whoever sets this station up writes to its memory card where its mesh is."), "service"
    ): "unpaired mesh-ambiguous",
}
_JOINING_CODES = {code: words for words, codes in _JOINING.items() for code in codes.split()}
_NOT_JOINED = Words(N_("That did not work"), N_("It is tried again by itself."), "refused")


def joining(code: str) -> Words:
    """What is told of a code of docs/errors.md where a station was not let into its mesh."""
    return _JOINING_CODES.get(code, _NOT_JOINED)


def joining_codes() -> tuple[str, ...]:
    """Those that have words of their own there."""
    return tuple(_JOINING_CODES)


def is_told(code: str) -> bool:
    """Whether a code has words of its own."""
    return code in _REFUSALS


def told_codes() -> tuple[str, ...]:
    """Those that have words of their own."""
    return tuple(_REFUSALS)


LACKS = {
    "sides": N_("It cannot print on both sides."),
    "media": N_("It does not have the paper asked for."),
    "print-color-mode": N_("It cannot print in colour."),
    "copies": N_("It cannot make all copies."),
    "finishings": N_("It cannot staple or finish as asked."),
    "printer-resolution": N_("It cannot print as finely as asked."),
    "page-ranges": N_("It cannot print a part of the document."),
    "document-format": N_("It cannot print this kind of document."),
}
"""IPP Job Template attributes (RFC 8011 5.2) that a printer may lack, each as one whole sentence."""
_LACKS_OTHER = N_("It cannot do all that was asked for.")


def lacks(names: tuple[str, ...]) -> tuple[str, ...]:
    """What this printer cannot do, a sentence each, each once."""
    return tuple(dict.fromkeys(LACKS.get(name, _LACKS_OTHER) for name in names))


def question(asked: Question) -> str:
    """A question as the person is asked it; where it has a page, the message has `%(page)s`."""
    if asked.kind is QuestionKind.PRINT_ANYWAY:
        return N_("Print all pages once more?") if asked.lacks == ("page-ranges",) else N_("Print it all the same?")
    return N_("Did all pages come out?") if asked.page is None else N_("Did page %(page)s come out?")


CONDITIONS = frozenset(
    {
        N_("There is no paper."),
        N_("Put paper in."),
        N_("It asks for other paper."),
        N_("Put in the paper its display asks for."),
        N_("Paper is jammed."),
        N_("Open the printer where it says so and take the paper out."),
        N_("It cannot take the paper in."),
        N_("Take the paper out, put it in straight, close the tray."),
        N_("A cover is open."),
        N_("Close it."),
        N_("The toner or ink is used up."),
        N_("Put in a new cartridge."),
        N_("A cartridge is missing."),
        N_("Put it in until it clicks."),
        N_("The waste container is full."),
        N_("Put in an empty one."),
        N_("The waste container is missing."),
        N_("Put it in."),
        N_("The output tray is full."),
        N_("Take the paper out of it."),
        N_("The output tray is missing."),
        N_("A paper tray is missing."),
        N_("Push it in until it stops."),
        N_("The stapler or another finisher has stopped."),
        N_("Look at what its display says."),
        N_("It is too hot."),
        N_("Let it cool down; it goes on by itself."),
        N_("Somebody has paused it."),
        N_("Press its button to go on."),
        N_("A part of it does not work."),
        N_("Call whoever looks after it."),
        N_("It has no room for another job."),
        N_("Wait until it has printed what it has."),
        N_("It is being switched off."),
        N_("Switch it on again."),
        N_("A part of it does not answer."),
        N_("Switch it off and on again."),
        N_("It takes no jobs."),
        N_("It has stopped and does not say why."),
        N_("The printer does not answer."),
        N_("See that it is on and its cable is in."),
        N_("It is not the printer that was approved."),
        N_("It answers what makes no sense."),
        N_("It needs a person, for a reason unknown here."),
        N_("It is not known whether all pages came out."),
        N_("Look in the output tray, and tell whoever looks after it."),
    }
)
"""The sentences of `firmware.core.conditions`, marked here for the translators."""
