"""The body stream: Tink opens what we seal and we open what Tink seals; chunks and damage never change the truth."""

import io
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tink import proto_keyset_format, secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

from firmware.vault.stream import (
    FIRST_PLAINTEXT,
    NEXT_PLAINTEXT,
    SEGMENT,
    BodyOpener,
    BodySealer,
    StreamError,
    ciphertext_length,
    segment_key,
)
from tests.vectors.envelope_bodies import document

KEY, AAD, SALT, PREFIX = bytes(range(32)), b"job-1", bytes(range(32, 64)), bytes(range(0x40, 0x47))
BORDERS = [0, 1, FIRST_PLAINTEXT, FIRST_PLAINTEXT + 1, FIRST_PLAINTEXT + NEXT_PLAINTEXT]
SIZE = FIRST_PLAINTEXT + 1
PLAINTEXT = document("stream", SIZE)


def sealed(plaintext: bytes) -> bytes:
    return b"".join(BodySealer(KEY, AAD, SALT, PREFIX).seal([plaintext], len(plaintext)))


BODY = sealed(PLAINTEXT)


def opened(chunks: list[bytes], size: int = SIZE) -> tuple[bytes, str]:
    """What leaves the opener, and the code of the error at which it ended, if any."""
    opener, released = BodyOpener(KEY, AAD, size), b""
    try:
        for chunk in chunks:
            released += b"".join(opener.feed(chunk))
        opener.finish()
    except StreamError as error:
        return released, error.code
    return released, ""


def cut(body: bytes, places: list[int]) -> list[bytes]:
    return [body[start:end] for start, end in pairwise([0, *sorted(places), len(body)])]


def tink(key: bytes) -> streaming_aead.StreamingAead:
    """Tink's own primitive of AES256_GCM_HKDF_1MB for a raw key."""
    streaming_aead.register()
    made = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(version=0, key_value=key)
    made.params.ciphertext_segment_size = SEGMENT
    made.params.derived_key_size = 32
    made.params.hkdf_hash_type = common_pb2.SHA256
    data = tink_pb2.KeyData(
        type_url="type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
        value=made.SerializeToString(),
        key_material_type=tink_pb2.KeyData.SYMMETRIC,
    )
    keyset = tink_pb2.Keyset(primary_key_id=1)
    keyset.key.add(key_data=data, key_id=1, status=tink_pb2.ENABLED, output_prefix_type=tink_pb2.RAW)
    handle = proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    return handle.primitive(streaming_aead.StreamingAead)


class KeptOpen(io.BytesIO):
    """Tink closes what it wrote to; the bytes are still wanted."""

    def close(self) -> None:
        self.flush()


def test_the_known_answer() -> None:
    assert segment_key(KEY, SALT, AAD).hex() == "663f8d3fcfaa8d79aae3885ed74302fde774d40d6b186a4b09a9e55c92321062"
    assert sealed(b"hello")[40:].hex() == "5f4c6b0a54cf0aa096e2b574f9cb17d6160222d266"


@pytest.mark.parametrize("size", [*BORDERS, BORDERS[-1] + 1])
def test_tink_opens_what_we_seal(size: int) -> None:
    body = sealed(document("to tink", size))
    assert len(body) == ciphertext_length(size)
    with tink(KEY).new_decrypting_stream(io.BytesIO(body), AAD) as stream:
        assert stream.read() == document("to tink", size)


@pytest.mark.parametrize("size", [*BORDERS, BORDERS[-1] + 1])
def test_we_open_what_tink_seals(size: int) -> None:
    body = KeptOpen()
    with tink(KEY).new_encrypting_stream(body, AAD) as stream:
        stream.write(document("from tink", size))
    assert opened([body.getvalue()], size) == (document("from tink", size), "")


CHANGES = st.one_of(
    st.just(BODY),
    st.integers(0, len(BODY) - 1).map(lambda end: BODY[:end]),
    st.integers(0, 8 * len(BODY) - 1).map(lambda bit: flipped(BODY, bit)),
    st.binary(min_size=1, max_size=100).map(lambda more: BODY + more),
)


def flipped(body: bytes, bit: int) -> bytes:
    changed = bytearray(body)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@settings(deadline=None, max_examples=60)
@given(body=CHANGES, places=st.lists(st.integers(0, len(BODY)), max_size=8))
def test_any_chunking_gives_the_same_plaintext_and_the_same_error(body: bytes, places: list[int]) -> None:
    chunks = cut(body, [min(place, len(body)) for place in places])
    assert opened(chunks) == opened([body])


@settings(deadline=None, max_examples=60)
@given(bit=st.integers(0, 8 * len(BODY) - 1))
def test_a_flipped_bit_never_yields_a_wrong_byte(bit: int) -> None:
    released, code = opened([flipped(BODY, bit)])
    assert PLAINTEXT.startswith(released)
    assert code == ("body-header" if bit < 8 else "body-forged")


@settings(deadline=None, max_examples=30)
@given(places=st.lists(st.integers(0, SIZE), max_size=8))
def test_any_chunking_is_sealed_to_the_same_body(places: list[int]) -> None:
    assert b"".join(BodySealer(KEY, AAD, SALT, PREFIX).seal(cut(PLAINTEXT, places), SIZE)) == BODY


def test_byte_by_byte() -> None:
    assert opened([bytes([byte]) for byte in sealed(b"hello")], 5) == (b"hello", "")


def test_a_broken_connection_is_resumed_at_a_segment_border() -> None:
    opener = BodyOpener(KEY, AAD, SIZE)
    assert opener.offset == 0
    assert opener.feed(BODY[:1000]) == []
    opener.restart()
    assert opener.feed(BODY[: SEGMENT + 5]) == [PLAINTEXT[:FIRST_PLAINTEXT]]
    assert opener.offset == SEGMENT
    with pytest.raises(StreamError, match="body-truncated"):
        opener.finish()
    opener.restart()
    assert opener.feed(BODY[opener.offset :]) == [PLAINTEXT[FIRST_PLAINTEXT:]]
    assert opener.offset == len(BODY)
    opener.finish()


def test_once_forged_it_stays_closed() -> None:
    opener = BodyOpener(KEY, AAD, SIZE)
    with pytest.raises(StreamError, match="body-forged"):
        opener.feed(flipped(BODY, 8 * 100))
    opener.restart()
    for again in (lambda: opener.feed(BODY), opener.finish):
        with pytest.raises(StreamError, match="body-forged"):
            again()


def test_what_was_authentic_before_the_damage_is_given_first() -> None:
    opener = BodyOpener(KEY, AAD, SIZE)
    assert opener.feed(BODY + b"x") == [PLAINTEXT[:FIRST_PLAINTEXT], PLAINTEXT[FIRST_PLAINTEXT:]]
    with pytest.raises(StreamError, match="body-trailing"):
        opener.finish()


@pytest.mark.parametrize(("size", "announced"), [(size, size + 1) for size in BORDERS] + [(n + 1, n) for n in BORDERS])
def test_a_document_that_changes_while_it_is_sealed_is_never_finished(size: int, announced: int) -> None:
    given_out: list[bytes] = []
    with pytest.raises(StreamError, match="body-length"):
        given_out.extend(BodySealer(KEY, AAD, SALT, PREFIX).seal([bytes(size)], announced))
    assert len(b"".join(given_out)) < ciphertext_length(announced)


def test_a_header_has_its_lengths() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        BodySealer(KEY, AAD, SALT[:-1], PREFIX)


@pytest.mark.parametrize("chunk", [2**16, SEGMENT, 3 * SEGMENT])
def test_opening_64_mib_takes_the_memory_of_a_few_segments(chunk: int) -> None:
    size = 64 * 2**20
    body = memoryview(sealed(bytes(size)))
    opener, count = BodyOpener(KEY, AAD, size), 0
    tracemalloc.start()
    for start in range(0, len(body), chunk):
        count += sum(map(len, opener.feed(body[start : start + chunk])))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    opener.finish()
    assert count == size
    assert peak < max(chunk, SEGMENT) + 2 * SEGMENT + 2**18


def test_sealing_64_mib_takes_the_memory_of_a_few_segments() -> None:
    size, chunk = 64 * 2**20, bytes(2**20)
    tracemalloc.start()
    count = sum(map(len, BodySealer(KEY, AAD, SALT, PREFIX).seal((chunk for _ in range(64)), size)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == ciphertext_length(size)
    assert peak < 5 * SEGMENT
