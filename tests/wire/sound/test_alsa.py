"""Tones through the real aplay into ALSA's own file sink, and what is heard in the file."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from hal.drivers import alsa_indicator
from hal.drivers.alsa_indicator import AlsaIndicator
from hal.drivers.context import DriverContext
from hal.drivers.sounding import Sounding
from hal.feedback.table import READ, TABLE
from hal.ports.errors import DeviceConfigError, DeviceLostError
from hal.ports.indicator import Signal
from hal.sim.clock import VirtualClock
from hal.sim.random_source import SeededRandom
from hal.sim.workers import InlineWorkers
from tests.support.aio import run
from tests.support.hearing import heard

CONTEXT = DriverContext(VirtualClock(), InlineWorkers(), SeededRandom(1))
SLEEPER = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"


def into(file: Path, options: str = "") -> AlsaIndicator:
    return alsa_indicator.open(f"alsa:file:FILE={file},FORMAT=wav{options}", CONTEXT)


@pytest.mark.parametrize("signal", [signal for signal in Signal if TABLE[signal].tones])
def test_each_signal_is_heard_as_the_table_says(tmp_path: Path, signal: Signal) -> None:
    async def main() -> None:
        indicator = into(tmp_path / "heard.wav")
        indicator.show(signal)
        await indicator.heard_out()
        indicator.show(Signal.READY)  # raises where it was not to be heard
        await indicator.aclose()

    run(main())
    found = heard((tmp_path / "heard.wav").read_bytes())
    tones = TABLE[signal].tones
    assert [round(sound.hertz) for sound in found] == pytest.approx([tone.hertz for tone in tones], rel=0.02, abs=1)
    assert [sound.ms for sound in found] == pytest.approx([tone.ms for tone in tones], abs=20)


def test_a_good_read_is_heard(tmp_path: Path) -> None:
    async def main() -> None:
        indicator = into(tmp_path / "heard.wav")
        indicator.acknowledge(good=True)
        await indicator.heard_out()
        await indicator.aclose()

    run(main())
    (sound,) = heard((tmp_path / "heard.wav").read_bytes())
    assert sound.hertz == pytest.approx(READ[0].hertz, rel=0.02)


def test_muted_is_not_even_begun(tmp_path: Path) -> None:
    async def main() -> None:
        indicator = into(tmp_path / "heard.wav", "?volume=0")
        indicator.show(Signal.FAULT)
        indicator.acknowledge(good=True)
        await indicator.heard_out()
        await indicator.aclose()

    run(main())
    assert not (tmp_path / "heard.wav").exists()


def test_a_card_that_is_not_there_is_told_with_the_next_signal_and_only_once() -> None:
    async def main() -> None:
        indicator = alsa_indicator.open("alsa:nowhere", CONTEXT)
        indicator.show(Signal.GOOD)
        await indicator.heard_out()
        with pytest.raises(DeviceLostError, match="No such"):
            indicator.show(Signal.READY)
        indicator.show(Signal.READY)
        await indicator.aclose()

    run(main())


def test_the_latest_wins_and_the_one_before_is_gone_before_it_begins(tmp_path: Path) -> None:
    async def main() -> None:
        sounding = Sounding("test")
        first, second = tmp_path / "first", tmp_path / "second"
        sounding.begin(b"", sleeper(first))
        pid = await number(first)
        sounding.begin(b"", sleeper(second))
        other = await number(second)
        assert not alive(pid)
        await sounding.aclose()
        await sounding.aclose()
        assert not alive(other)
        sounding.begin(b"", sleeper(tmp_path / "third"))
        await sounding.heard_out()
        assert not (tmp_path / "third").exists()

    run(main())


def test_many_at_once_leave_the_last_one_alone(tmp_path: Path) -> None:
    async def main() -> None:
        sounding = Sounding("test")
        for index in range(20):
            sounding.begin(b"", sleeper(tmp_path / str(index)))
            if index % 3 == 0:
                await asyncio.sleep(0)
        last = await number(tmp_path / "19")
        assert [index for index in range(20) if alive(written(tmp_path / str(index)))] == [19]
        await sounding.aclose()
        assert not alive(last)

    run(main())


def test_where_aplay_is_missing_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hal.drivers.sounding.PATH", "/nonexistent")
    with pytest.raises(DeviceConfigError, match="alsa-utils"):
        alsa_indicator.open("alsa:", CONTEXT)


@pytest.mark.parametrize("volume", ["101", "-1", "loud", "", "1.5"])
def test_a_wrong_volume_is_told_at_once(volume: str) -> None:
    with pytest.raises(DeviceConfigError, match="volume"):
        alsa_indicator.open(f"alsa:?volume={volume}", CONTEXT)


def sleeper(file: Path) -> tuple[str, ...]:
    return (sys.executable, "-c", SLEEPER, str(file))


def written(file: Path) -> int:
    return int(file.read_text() or 0) if file.exists() else 0


async def number(file: Path) -> int:
    """The process that has written its number there."""
    async with asyncio.timeout(30):
        while not (pid := written(file)):  # noqa: ASYNC110 - a file tells nobody that it was written
            await asyncio.sleep(0.01)
    return pid


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0) if pid else None
    except ProcessLookupError:
        return False
    return bool(pid)
