"""What a phone is shown: a few words and one form a page, without a script, a picture or a font from anywhere."""

from dataclasses import dataclass
from html import escape

from firmware.panel.speech import Speech
from firmware.panel.words import N_

CSS = """\
:root { color-scheme: light dark; }
body { font: 1.125rem/1.5 system-ui, sans-serif; max-width: 30rem; margin: 0 auto; padding: 1rem;
  overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0; }
label { display: block; margin-top: 1rem; }
input, button { font: inherit; width: 100%; box-sizing: border-box; min-height: 48px; padding: .5rem; }
button { margin-top: 1.5rem; font-weight: 600; }
button.quiet { font-weight: 400; }
.wrong { border-inline-start: 4px solid; padding-inline-start: .75rem; font-weight: 600; }
"""

SAID = {
    "station-code-malformed": N_("This is not a station's code. Scan the one on the station's screen."),
    "station-code-refused": N_("This code is of no station here. Scan the one on the station's screen."),
    "station-code-stale": N_("This code is too old: the station shows another one by now. Scan that."),
    "station-code-used": N_("This code was used just now: the station shows another one. Scan that."),
    "station-away": N_("The station is not connected at the moment. Try again in a minute."),
    "phone-signed-out": N_("That took too long. Scan the code on the station's screen again."),
    "phone-refused": N_("You cannot be let in at this station. Ask your administrator."),
    "locked-out": N_("You cannot be let in at the moment. Ask your administrator."),
    "not-allowed-here": N_("You may not use this station. Ask your administrator."),
    "phone-forged": N_("This was not sent from our own page. Scan the code on the station's screen."),
    "too-many-phones": N_("Too many requests from here. Wait a minute."),
    "identity-revoked": N_("This station is not in service any more."),
}
"""For people, by code."""
WRONG = N_("That did not work. Check the name and the PIN or code. After several attempts, wait a quarter of an hour.")
"""Whatever was wrong, so that nobody learns which names there are."""
_SCAN = N_("Scan the code on a print station's screen to begin.")
_SORRY = N_("This does not work at the moment. Try again in a minute.")


def said(code: str) -> str:
    """What a refusal means to whoever holds the phone: a message."""
    return SAID.get(code, _SORRY)


@dataclass(frozen=True, slots=True)
class Pages:
    """Every page in one language."""

    speech: Speech

    def start(self) -> str:
        """Without a station's code."""
        _ = self._said
        return self._page(_("Print from your phone"), f"<p>{_(_SCAN)}</p>")

    def offer(self, station: str, code: str) -> str:
        """A station's code was opened: nothing is done before the button."""
        _ = self._said
        where = _("Your documents are released at the station %(station)s. Go on only if you stand before it.")
        button = _("Let me in at this station")
        return self._page(
            _("Print at %(station)s") % _bare(station),
            f"<p>{where % _strong(station)}</p>"
            f'<form method="post" action="/print"><input type="hidden" name="code" value="{escape(code)}">'
            f"<button>{button}</button></form>",
        )

    def sign_in(self, station: str, token: str, wrong: str = "") -> str:
        """Who are you? `wrong` is the message of what went wrong before."""
        _ = self._said
        where, button = _("For the station %(station)s.") % _strong(station), _("Sign in")
        name, pin, code = _("Name"), _("PIN"), _("or a one-time code, if you have no PIN")
        told = f'<p class="wrong" role="alert">{_(wrong)}</p>' if wrong else ""
        return self._page(
            _("Who are you?"),
            f'<p>{where}</p>{told}<form method="post" action="/sign-in">'
            f'<input type="hidden" name="token" value="{escape(token)}">'
            f'<label for="user">{name}</label><input id="user" name="user" dir="auto" autocomplete="username" '
            'autocapitalize="none" maxlength="128" required>'
            f'<label for="pin">{pin}</label><input id="pin" name="pin" type="password" dir="ltr" inputmode="numeric" '
            'autocomplete="off" maxlength="12">'
            f'<label for="code">{code}</label><input id="code" name="code" dir="ltr" inputmode="numeric" '
            'autocomplete="one-time-code" maxlength="12">'
            f"<button>{button}</button></form>",
        )

    def asked(self, station: str, token: str) -> str:
        """The station was told."""
        _ = self._said
        told = _("The station lets you in now. This phone stays signed in for eight hours.")
        button = _("Sign this phone out")
        return self._page(
            _("Go on at %(station)s") % _bare(station),
            f'<p>{told}</p><form method="post" action="/sign-out">'
            f'<input type="hidden" name="token" value="{escape(token)}">'
            f'<button class="quiet">{button}</button></form>',
        )

    def signed_out(self) -> str:
        """Nobody is signed in on the phone any more."""
        _ = self._said
        told = _("This phone is signed out.")
        return self._page(_("Signed out"), f"<p>{told}</p>")

    def refused(self, code: str) -> str:
        """What was asked for is not done."""
        _ = self._said
        title = _("Not now")
        return self._page(title, f'<p class="wrong" role="alert">{_(said(code))}</p>')

    def _said(self, message: str) -> str:
        """In the page's language, as HTML; its places are filled in afterwards."""
        return escape(self.speech.translations.gettext(message))

    def _page(self, title: str, body: str) -> str:
        tag, direction = escape(self.speech.tag), escape(self.speech.direction)
        return (
            f'<!doctype html><html lang="{tag}" dir="{direction}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<title>{title}</title><link rel="stylesheet" href="/phone.css"></head>'
            f"<body><main><h1>{title}</h1>{body}</main></body></html>"
        )


def _bare(station: str) -> dict[str, str]:
    return {"station": escape(station)}


def _strong(station: str) -> dict[str, str]:
    """Isolated from what stands around it: a name of Latin letters in a sentence from the right."""
    return {"station": f'<strong dir="auto">{escape(station)}</strong>'}
