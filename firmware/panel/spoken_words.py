"""The sentences that the voice may say, in English, marked for translation as those of words.py are. Only numbers can
be filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from firmware.panel.speech import Speech
from firmware.panel.words import N_, Words, refusal
from hal.ports.voice import Line, Sentence

SPOKEN: Final = "spoken"
"""The context of these messages in the catalogues: a voice may need them written as they sound, Japanese in kana."""


def ngettext(one: str, many: str) -> tuple[str, str]:
    """Mark a message that counts, to be translated later: the name gettext's tools look for."""
    return one, many


SINGLE: Final[Mapping[Line, str]] = MappingProxyType(
    {
        Line.READY: N_("Hold your badge to the reader."),
        Line.READING: N_("One moment."),
        Line.GOOD: N_("Goodbye. You are logged out."),
        Line.NO_JOBS: N_("Nothing of yours waits here."),
        Line.PIN_ASKED: N_("Type your PIN, then press OK."),
        Line.PIN_WRONG: N_("That was not your PIN."),
        Line.WHO_ARE_YOU: N_("This badge is new here. Have it registered, or type the code that you were given."),
        Line.CODE_ASKED: N_(
            "This badge is new here. Type the code that you were given, then press OK. Without one, press cancel."
        ),
        Line.UNKNOWN_BADGE: N_("This badge is not known. Please have it registered."),
        Line.REFUSED: N_("That did not work. Please tap again, or ask for help."),
        Line.NOT_CONNECTED: N_("Not connected. Your documents are safe. Please try again later."),
        Line.PRINTER_NEEDS_YOU: N_("The printer needs somebody."),
        Line.PRINTING: N_("Printing."),
        Line.QUESTION: N_("A question."),
        Line.DONE: N_("Done. Take your pages with you."),
        Line.HELD: N_("Not all was printed. The rest is kept."),
        Line.FAULT: N_("Out of service. This station cannot print now."),
        Line.JOBS_CHOSEN: N_("%(num)s of %(of)s documents are chosen."),
        Line.NONE_CHOSEN: N_("Nothing is chosen."),
        Line.JOB_AT: N_("Document %(num)s of %(of)s."),
        Line.DELEGATED: N_("Shared with you by somebody else."),
        Line.CHOSEN: N_("It is chosen."),
        Line.LEFT_OUT: N_("It is not chosen."),
        Line.PRESS_TO_PRINT_ALL: N_("Press OK to print all."),
        Line.PRESS_TO_PRINT: N_("Press OK to print what is chosen."),
        Line.PRESS_TO_CHOOSE: N_("Press the number of a document, or next, to choose."),
        Line.PRESS_TO_TAKE: N_("Press OK to choose it."),
        Line.PRESS_TO_LEAVE_OUT: N_("Press OK to leave it out."),
        Line.PRESS_TO_GO_BACK: N_("Press cancel to go back and print."),
        Line.PRESS_TO_LOG_OUT: N_("Press cancel to log out."),
        Line.PRESS_TO_TURN: N_("Press %(num)s for the next ones."),
        Line.ONE_IS: N_("Number 1 is now document %(num)s."),
        Line.PRESS_FOR_MORE: N_("Press %(num)s to delete, to save paper, and for more."),
        Line.DEED_FEWER: N_("%(num)s: one copy less."),
        Line.DEED_MORE: N_("%(num)s: one copy more."),
        Line.DEED_TWO_SIDED: N_("%(num)s: on both sides."),
        Line.DEED_GREY: N_("%(num)s: without colour."),
        Line.DEED_KEEP: N_("%(num)s: keep them here after printing."),
        Line.DEED_ALL: N_("%(num)s: choose all, or none."),
        Line.DEED_AGAIN: N_("%(num)s: print all pages again."),
        Line.DEED_STOP: N_("%(num)s: stop printing."),
        Line.DEED_DELETE: N_("%(num)s: delete what is chosen."),
        Line.DEED_LEAVE: N_("%(num)s: log out."),
        Line.IS_ON: N_("That is on."),
        Line.IS_OFF: N_("That is off."),
        Line.PRESS_TO_DO: N_("Press OK for it."),
        Line.PAGE_OF: N_("Page %(num)s of %(of)s."),
        Line.PAGE_AT: N_("Page %(num)s."),
        Line.PRESS_TO_STOP: N_("Press 9 or cancel to stop."),
        Line.PRESS_NOUGHT_TO_LEAVE: N_("Press 0 to log out; printing goes on."),
        Line.ANOTHER_PRINTS: N_("Somebody else's documents are printing. You can tap now."),
        Line.PRESS_DIGITS: N_("Press cancel to delete what you typed."),
        Line.DID_PAGE_COME_OUT: N_("Did page %(num)s come out?"),
        Line.DID_ALL_COME_OUT: N_("Did all pages come out?"),
        Line.PRINT_ANYWAY: N_("This printer cannot print it as asked. Print it anyway?"),
        Line.PRINT_ALL_AGAIN: N_("Print all pages again, also those that came out?"),
        Line.PRESS_YES_OR_NO: N_("Press 1 or OK for yes, 2 or cancel for no."),
        Line.TYPE_PAGES: N_("If only some pages came out, press 3."),
        Line.HOW_MANY_PAGES: N_("Type how many pages came out, then press OK."),
        Line.PRESS_DELETE_OR_KEEP: N_("Press 1 or next to delete, 0 or OK to keep."),
        Line.NEEDS_PAPER: N_("It needs paper."),
        Line.NEEDS_JAM: N_("Paper is jammed."),
        Line.NEEDS_COVER: N_("A cover is open."),
        Line.NEEDS_TONER: N_("It needs toner or ink."),
        Line.NEEDS_WASTE: N_("Its waste container is full or missing."),
        Line.NEEDS_OUTPUT: N_("Look in its output tray."),
        Line.NEEDS_TRAY: N_("A paper tray is missing."),
        Line.NEEDS_FINISHER: N_("Its finisher needs somebody."),
        Line.NEEDS_HEAT: N_("It is too hot. It goes on by itself."),
        Line.NEEDS_PAUSED: N_("Somebody has paused it."),
        Line.NEEDS_MEMORY: N_("It has no room for another document. Please wait."),
        Line.NEEDS_POWER: N_("It does not answer. Is it switched on?"),
        Line.NEEDS_PRINTER: N_("Its own display says why."),
        Line.NEEDS_SERVICE: N_("Please call whoever looks after it."),
        Line.PRESS_FOR_TIME: N_("Press any key for more time."),
        Line.STARTING: N_("Starting. One moment."),
        Line.STOPPED: N_("Switched off."),
        Line.UPDATING: N_("Being updated. Please come back in some minutes."),
        Line.PAIRING: N_("This station is not set up yet."),
        Line.PRESS_FOR_CODE: N_("Press any key to hear the code for the administrator."),
        Line.PAIRING_CODE: N_("The code for the administrator:"),
        Line.DIGIT: N_("%(num)s."),
        Line.NOT_LET_IN: N_("That did not work. It is tried again by itself."),
    }
)
COUNTED: Final[Mapping[Line, tuple[str, str]]] = MappingProxyType(
    {
        Line.JOBS: ngettext("%(num)s document.", "%(num)s documents."),
        Line.JOB_PAGES: ngettext("%(num)s page.", "%(num)s pages."),
        Line.MORE_WAIT: ngettext("%(num)s more document follows.", "%(num)s more documents follow."),
        Line.DIGITS_TYPED: ngettext("%(num)s digit typed.", "%(num)s digits typed."),
        Line.PAGES_CAME_OUT: ngettext("%(num)s page came out.", "%(num)s pages came out."),
        Line.SECONDS_LEFT: ngettext("%(num)s second left.", "%(num)s seconds left."),
        Line.COPIES: ngettext("%(num)s copy.", "%(num)s copies."),
        Line.DELETE_CHOSEN: ngettext("Delete %(num)s document?", "Delete %(num)s documents?"),
    }
)
WHY: Final[Mapping[Line, Words]] = MappingProxyType(
    {
        Line.WHY_LIFTED: refusal("card-gone"),
        Line.WHY_UNREAD: refusal("badge-unreadable"),
        Line.WHY_TWO_CARDS: refusal("card-several"),
        Line.WHY_WRONG_BADGE: refusal("badge-random"),
        Line.WHY_LOCKED: refusal("locked-out"),
        Line.WHY_BLOCKED: refusal("badge-blocked"),
        Line.WHY_LATE: refusal("ticket-expired"),
        Line.WHY_BUSY: refusal("desk-busy"),
        Line.WHY_NOT_HERE: refusal("not-allowed-here"),
        Line.WHY_NOT_YOURS: refusal("not-owner"),
        Line.WHY_GONE: refusal("job-unknown"),
        Line.WHY_ARRIVING: refusal("job-receiving"),
        Line.WHY_ELSEWHERE: refusal("released-elsewhere"),
        Line.WHY_UNPRINTABLE: refusal("printer-lacks"),
        Line.WHY_ENCRYPTED: refusal("document-encrypted"),
        Line.WHY_BROKEN: refusal("document-broken"),
        Line.WHY_CHECK: refusal("manifest-malformed"),
        Line.WHY_STOPPED: refusal("canceled"),
        Line.WHY_PRINTER_ENDED: refusal("printer-canceled"),
        Line.WHY_PART: refusal("printed-in-part"),
        Line.WHY_UNSURE: refusal("outcome-unknown"),
        Line.WHY_SILENT: refusal("printer-unreachable"),
        Line.WHY_STATION: refusal("internal"),
    }
)
"""Said as the screen says it: of each kind of refusal one code."""
_REASONS: Final = {words: line for line, words in WHY.items()}
_ENDS: Final = (".", ":", "?", "!", "…", "。", "؟")


def reason(code: str) -> Line | None:
    """The line that says why, for a code of docs/errors.md; None where there is none but that it did not work."""
    return _REASONS.get(refusal(code))


@dataclass(frozen=True, slots=True)
class SpokenPhrases:
    """The words of one language; a `hal.ports.voice.Phrases`."""

    speech: Speech

    @property
    def language(self) -> str:
        """Its BCP 47 tag."""
        return self.speech.tag

    def phrase(self, sentence: Sentence) -> str:
        """Translated, with its numbers as the language writes them."""
        translations, fmt = self.speech.translations, self.speech.fmt
        numbers = {"num": fmt.number(sentence.number), "of": fmt.number(sentence.of)}
        if sentence.line in COUNTED:
            return translations.npgettext(SPOKEN, *COUNTED[sentence.line], sentence.number) % numbers
        if sentence.line in WHY:
            return self._why(WHY[sentence.line])
        return translations.pgettext(SPOKEN, SINGLE[sentence.line]) % numbers

    def _why(self, words: Words) -> str:
        said = [self._shown(text) for text in (words.headline, words.advice) if text]
        return " ".join(text if text.endswith(_ENDS) else f"{text}." for text in said)

    def _shown(self, text: str) -> str:
        """As the screen has it, where there is no way of saying it of its own."""
        spoken = self.speech.translations.pgettext(SPOKEN, text)
        return self.speech.translations.gettext(text) if spoken == text else spoken
