"""The real espeak-ng through the real aplay into ALSA's file sink."""

from pathlib import Path

import pytest

from firmware.panel.speech import English
from firmware.panel.spoken_words import SpokenPhrases
from hal.drivers import espeak_voice
from hal.drivers.context import DriverContext
from hal.drivers.espeak_voice import EspeakVoice, voice_of
from hal.ports.errors import DeviceConfigError, DeviceLostError
from hal.ports.voice import Line, Phrases, Sentence
from hal.sim.clock import VirtualClock
from hal.sim.random_source import SeededRandom
from hal.sim.workers import InlineWorkers
from tests.support.aio import run
from tests.support.hearing import LOUD, recording

CONTEXT = DriverContext(VirtualClock(), InlineWorkers(), SeededRandom(1))
SHORT = (Sentence(Line.PRINTING),)
LONG = (Sentence(Line.JOBS, 3), Sentence(Line.PRESS_TO_PRINT_ALL), Sentence(Line.PRESS_TO_CHOOSE))
PHRASES = SpokenPhrases(English())


class Words:
    """One phrase for everything, of a language."""

    def __init__(self, language: str, words: str) -> None:
        self.language = language
        self._words = words

    def phrase(self, sentence: Sentence) -> str:
        return self._words


def into(file: Path, options: str = "") -> EspeakVoice:
    return espeak_voice.open(f"espeak:file:FILE={file},FORMAT=wav{options}", CONTEXT)


def said(file: Path, sentences: tuple[Sentence, ...], phrases: Phrases = PHRASES, options: str = "") -> float:
    """Seconds of speech, from its first sound to its last."""

    async def main() -> None:
        voice = into(file, options)
        voice.say(sentences, phrases)
        await voice.heard_out()
        voice.say((), phrases)  # raises where it was not to be heard
        await voice.aclose()

    run(main())
    if not file.exists():
        return 0.0
    rate, samples = recording(file.read_bytes())
    loud = [at for at, sample in enumerate(samples) if abs(sample) > LOUD]
    return (loud[-1] - loud[0]) / rate if loud else 0.0


def test_it_speaks_and_longer_where_more_is_said(tmp_path: Path) -> None:
    short, long = said(tmp_path / "short.wav", SHORT), said(tmp_path / "long.wav", LONG)
    assert 0.2 < short < 2
    assert long > 2 * short


def test_it_speaks_faster_where_it_is_told_to(tmp_path: Path) -> None:
    slow, fast = (said(tmp_path / f"{speed}.wav", LONG, options=f"?speed={speed}") for speed in (90, 300))
    assert slow > 1.5 * fast


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("de", "Drei Dokumente."),
        ("fr", "Trois documents."),
        ("es", "Tres documentos."),
        ("ja", "書類が三つあります。"),
        ("ar", "ثلاث وثائق"),
        ("pt-BR", "Três documentos."),
        ("", "Three documents."),
    ],
)
def test_it_speaks_the_languages_of_the_panel(tmp_path: Path, tag: str, words: str) -> None:
    assert said(tmp_path / "said.wav", SHORT, Words(tag, words)) > 0.2


def test_a_language_that_it_does_not_know_is_told_with_the_next_saying(tmp_path: Path) -> None:
    with pytest.raises(DeviceLostError, match="voice"):
        said(tmp_path / "said.wav", SHORT, Words("xx", "words"))


@pytest.mark.parametrize("tag", ["-w/tmp/x", "de;rm", "d", "e" * 99, "../en"])
def test_a_tag_that_is_none_is_no_voice(tag: str) -> None:
    with pytest.raises(ValueError, match="tag"):
        voice_of(tag)


def test_words_are_words_whatever_is_in_them(tmp_path: Path) -> None:
    """No option, no markup, no phonemes: what looks like one is read as text."""
    for words in ("-h", "--version", "[[h@l'oU]]", "<break/>", "a\x00b\nc"):
        assert said(tmp_path / "said.wav", SHORT, Words("en", words)) > 0.1


def test_muted_says_nothing(tmp_path: Path) -> None:
    assert said(tmp_path / "said.wav", LONG, options="?volume=0") == 0.0
    assert not (tmp_path / "said.wav").exists()


def test_a_sentence_holds_nothing_but_a_line_of_the_list_and_numbers() -> None:
    for parts in (("Quarterly report",), (Line.JOBS, "Ada"), (Line.JOBS, 1, "Ada"), (Line.JOBS, True)):
        with pytest.raises(TypeError):
            Sentence(*parts)


@pytest.mark.parametrize("uri", ["espeak:?speed=79", "espeak:?speed=401", "espeak:?volume=101", "espeak:?voice=x"])
def test_a_wrong_uri_is_told_at_once(uri: str) -> None:
    with pytest.raises(DeviceConfigError):
        espeak_voice.open(uri, CONTEXT)
