"""What holds for every dialect that a URI can name: any split of the bytes, any noise, a start after anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.drivers.dialects import DIALECTS, OPTIONS, dialect
from hal.drivers.uri import parse
from hal.framing.dialect import Dialect, Read
from hal.ports.errors import DeviceConfigError

NAMES = sorted(DIALECTS)
CHUNKS = st.lists(st.one_of(st.binary(max_size=12), st.sampled_from([b"\r", b"\r\n", b"04A1B2C3\r", b"\x00\x00\xff"])))


def made(name: str) -> Dialect:
    found = dialect(parse(f"serial:/dev/x?protocol={name}", OPTIONS))
    found.start(0)
    found.to_send()
    return found


def reads(name: str, chunks: list[bytes]) -> list[Read]:
    speaker = made(name)
    return [read for chunk in chunks for read in speaker.feed(chunk, 0)]


@pytest.mark.parametrize("name", NAMES)
@given(CHUNKS)
def test_any_split_gives_the_same_reads(name: str, chunks: list[bytes]) -> None:
    sent = b"".join(chunks)
    whole = reads(name, [sent])
    assert reads(name, chunks) == whole
    assert reads(name, [bytes([byte]) for byte in sent]) == whole


@pytest.mark.parametrize("name", NAMES)
@given(CHUNKS, CHUNKS)
def test_after_a_start_nothing_is_left_of_before(name: str, noise: list[bytes], chunks: list[bytes]) -> None:
    speaker = made(name)
    for chunk in noise:
        speaker.feed(chunk, 0)
    speaker.start(0)
    speaker.to_send()
    assert [read for chunk in chunks for read in speaker.feed(chunk, 0)] == reads(name, chunks)


@pytest.mark.parametrize("name", NAMES)
@given(CHUNKS)
def test_pauses_come_to_an_end_or_to_a_question(name: str, chunks: list[bytes]) -> None:
    """A deadline that has passed is gone, or later: else a driver would turn without end."""
    speaker = made(name)
    for at, chunk in enumerate(chunks):
        speaker.feed(chunk, at)
    now = float(len(chunks))
    for _ in range(5):
        if speaker.deadline is None:
            break
        now = max(now, speaker.deadline)
        try:
            speaker.pause(now)
        except TimeoutError:  # a reader that is asked and answers nothing: an end, too
            break
        assert speaker.deadline is None or speaker.deadline > now


def test_an_option_of_another_dialect_is_refused() -> None:
    with pytest.raises(DeviceConfigError, match="protocol must be one of"):
        dialect(parse("serial:/dev/x?protocol=klingon", OPTIONS))
