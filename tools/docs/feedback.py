"""Draws firmware/docs/feedback.md, the published language of lights, sounds and sentences, from its table:
`python -m tools.docs`."""

import re
from collections.abc import Sequence
from pathlib import Path

from firmware.core.signs import Notice
from firmware.panel.speech import English
from firmware.panel.spoken_words import SpokenPhrases
from hal.feedback import table
from hal.feedback.table import MISREAD, READ, TABLE, Colour, Feedback, Tone
from hal.ports.indicator import Signal
from hal.ports.voice import Sentence
from tools.docs.telling import MEANINGS

PAGE = Path(__file__).parents[2] / "firmware" / "docs" / "feedback.md"
NAMES: dict[Colour, str] = {
    table.GREEN: "green",
    table.BLUE: "blue",
    table.WHITE: "white",
    table.AMBER: "amber",
    table.RED: "red",
}
PICTURES = {"s": "●", "l": "▬"}

INTRODUCTION = f"""\
# Lights, sounds and sentences

Drawn from `hal/feedback/table.py` by `python -m tools.docs`; a test keeps it fresh. Do not edit. What drives them, and
how they are wired, is in [lights.md](lights.md); when each is shown, in [telling.md](telling.md).

Every station speaks this language, whatever it has to speak it with. A signal has one rhythm: the light repeats it for
as long as the signal stands, the tone sounds it once. So each is known

- without its colour, and with one lamp of any colour: no two lights have one rhythm;
- without hearing: the light says all that the tone says;
- without sight: no two tones have one rhythm, also from a buzzer that knows one pitch; and the voice says it in words.

Colours only help. Green: all is well; blue: nothing is wanted of you; white: it is your turn; amber: look after it;
red: no. No light flashes more than three times a second (WCAG 2.2, 2.3.1). Tones lie between {table.HERTZ.start} and
{table.HERTZ.stop - 1} Hz: small speakers do not play what is lower, and older people do not hear what is higher.

**The sound of a good read comes after a good read, never before.** People lift the card at the first sound; so there is
none while it is being read, nor while it proves itself. Then the read is acknowledged, at once and whatever the network
does, and what comes of it is a signal of its own.

| a read | tone | Hz |
|---|---|---|
"""

HEAD = f"""
● is short and ▬ is long. Light: {table.SHORT_FLASH} and {table.LONG_FLASH} ms, {table.BETWEEN_FLASHES} ms between them,
and {table.PAUSE} ms after the last one. Sound: {table.SHORT_TONE} and {table.LONG_TONE} ms, {table.BETWEEN_TONES} ms
between them. *Even* is {table.EVEN_FLASH} ms on and as long off.

| signal | when | light | rhythm | tone, Hz | the voice says |
|---|---|---|---|---|---|
"""

END = """
The voice says more than these, from a closed list (`hal/ports/voice.py`): how many documents wait, which one of them
the keypad points to and how many pages it has, what OK and cancel do next. It speaks of positions and numbers. No name
and no title can be said: a sentence has no place for one.
"""
_BELOW = re.compile(",? ?:?( for what,)? see below")
"""What stands on another page here."""


def page() -> str:
    """The whole document."""
    reads = (("good", READ), ("bad: hold it there once more", MISREAD))
    acknowledged = "".join(f"| {name} | {_drawn(tones)} | {_hertz(tones)} |\n" for name, tones in reads)
    return INTRODUCTION + acknowledged + HEAD + "".join(map(_row, Signal)) + END


def _row(signal: Signal) -> str:
    row = TABLE[signal]
    when = _BELOW.sub("", MEANINGS[Notice(signal.value)])
    words = SpokenPhrases(English()).phrase(Sentence(row.line))
    cells = (f"`{signal}`", when, _colour(row), _rhythm(row), _hertz(row.tones), words)
    return f"| {' | '.join(cells)} |\n"


def _colour(row: Feedback) -> str:
    return NAMES[row.light[0].colour]


def _rhythm(row: Feedback) -> str:
    return " ".join(PICTURES[letter] for letter in row.rhythm) if row.tones else row.rhythm


def _drawn(tones: Sequence[Tone]) -> str:
    return " ".join(f"{tone.ms} ms" for tone in tones if tone.hertz)


def _hertz(tones: Sequence[Tone]) -> str:
    return " ".join(str(tone.hertz) for tone in tones if tone.hertz) or "silent"
