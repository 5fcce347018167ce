"""The random source's contract, on the twin and on the kernel's."""

import pytest

from hal.drivers.system_random import SystemRandom
from hal.ports.random_source import RandomSource
from hal.sim.random_source import SeededRandom, stream


@pytest.fixture(params=["twin", "system"])
def source(request: pytest.FixtureRequest) -> RandomSource:
    return SeededRandom(1) if request.param == "twin" else SystemRandom()


@pytest.mark.parametrize("length", [0, 1, 32, 4096])
def test_a_token_has_the_length_asked_for(source: RandomSource, length: int) -> None:
    assert len(source.token(length)) == length


def test_tokens_do_not_repeat(source: RandomSource) -> None:
    assert len({source.token(16) for _ in range(1000)}) == 1000


def test_all_byte_values_come_about_equally_often(source: RandomSource) -> None:
    token = source.token(256 * 400)
    assert all(250 < token.count(value) < 550 for value in range(256))  # 400 expected, 7 standard deviations


def test_twin_one_seed_one_stream() -> None:
    assert SeededRandom(7).token(64) == SeededRandom(7).token(64)
    assert SeededRandom(7).token(64) != SeededRandom(8).token(64)
    assert stream(7, "storage").random() != stream(7, "printer").random()
