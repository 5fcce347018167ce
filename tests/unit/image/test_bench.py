"""What the measurement of the image makes of what it reads."""

import os
import time

from tools.image.bare import UNIT, preset
from tools.image.bench import Start, processor_seconds, report, resident
from tools.image.compose import FILES

MEMINFO = "MemTotal:         498000 kB\nMemFree:  1000 kB\nMemAvailable:     298000 kB\n"


def test_a_bare_system_switches_on_what_ours_does_but_for_our_own() -> None:
    ours = (FILES / "usr/lib/systemd/system-preset/10-lockgate.preset").read_text()
    found = preset(ours)
    assert "enable lockgate.service" in ours
    assert "lockgate" not in found.lower()
    assert "enable systemd-networkd.service\n" in found
    assert found.endswith("disable *\n")
    assert UNIT not in found


def test_what_is_in_use_is_what_others_cannot_have() -> None:
    assert resident(MEMINFO) == 200_000


def test_medians_are_compared_and_each_goal_is_held_against_them() -> None:
    ours = [Start(clock, 10.0, 100 * 1024) for clock in (12.0, 99.0, 13.0)]
    bare = [Start(clock, 8.0, 50 * 1024) for clock in (10.0, 11.0, 9.0)]
    found = report(ours, bare, (205_000_000, 190_000_000))
    assert [is_met for _, is_met in found] == [True, True, True, True]
    assert "1.30, at most 1.3" in found[0][0]
    assert "1.25" in found[1][0]
    slow = report([Start(14.0, 10.0, 300 * 1024)], bare, (221_000_000, 190_000_000))
    assert [is_met for _, is_met in slow] == [False, True, False, False]


def test_processor_time_of_a_process_is_what_it_computed() -> None:
    until = processor_seconds(os.getpid()) + 0.05
    while processor_seconds(os.getpid()) < until:
        pass
    assert processor_seconds(os.getpid()) <= time.process_time() + 0.05
