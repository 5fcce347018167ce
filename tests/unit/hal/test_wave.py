"""The table's tones as files of sound."""

import pytest

from hal.feedback.table import READ, TABLE, Tone
from hal.feedback.wave import FADE_MS, RATE, wave
from hal.ports.indicator import Signal
from tests.support.hearing import heard, recording

SOUNDING = [signal for signal in Signal if TABLE[signal].tones]


@pytest.mark.parametrize("signal", SOUNDING)
def test_each_file_sounds_as_the_table_says(signal: Signal) -> None:
    tones = TABLE[signal].tones
    found = heard(wave(tones, 70))
    assert len(found) == len(tones)
    for tone, sound in zip(tones, found, strict=True):
        assert sound.ms == pytest.approx(tone.ms, abs=20)
        assert sound.hertz == pytest.approx(tone.hertz, rel=0.02)


def test_a_file_is_as_long_as_its_tones_and_ends_quiet() -> None:
    rate, samples = recording(wave((Tone(1000, 100), Tone(0, 50), Tone(500, 100)), 100))
    assert rate == RATE
    assert len(samples) == RATE // 4
    assert abs(samples[0]) == 0
    assert abs(samples[-1]) < 32767 / FADE_MS / 10


def test_half_the_volume_is_a_quarter_of_the_swing_and_none_is_silence() -> None:
    loud, soft, mute = (max(recording(wave(READ, volume))[1]) for volume in (100, 50, 0))
    assert loud == pytest.approx(32767, rel=0.02)
    assert soft == pytest.approx(loud / 4, rel=0.02)
    assert mute == 0


def test_nothing_clips() -> None:
    for tones in (row.tones for row in TABLE.values() if row.tones):
        samples = recording(wave(tones, 100))[1]
        assert max(samples) <= 32767
        assert min(samples) >= -32767
