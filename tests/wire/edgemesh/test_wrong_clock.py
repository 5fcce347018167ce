"""A mesh process whose computer's clock contradicts what it knows: does not start without a person's word."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.aio import run
from tools.edgemesh.bootstrap import MadeMesh
from tools.edgemesh.clock import ClockError, KeptInFile
from tools.edgemesh.process import CLOCK, running


@pytest.mark.parametrize(
    ("off", "code"), [(timedelta(days=3653), "clock-behind"), (-timedelta(days=3653), "clock-ahead")]
)
def test_it_does_not_start_against_the_last_good_time(made: MadeMesh, off: timedelta, code: str) -> None:
    kept = KeptInFile(made.site.path("vault") / CLOCK)
    kept.write(datetime.now(UTC) + off)

    async def start(*, clock_is_right: bool) -> None:
        async with running(made.site, clock_is_right=clock_is_right):
            pass

    with pytest.raises(ClockError) as caught:
        run(start(clock_is_right=False))
    assert caught.value.code == code
    run(start(clock_is_right=True))
    run(start(clock_is_right=False))
