"""The wrapped key's file, and what a TPM's response codes mean."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.drivers.tpm import TCTI, Wrapped, meaning
from hal.drivers.tpm_key_store import MAGIC, decode, encode
from hal.ports.errors import KeyDamagedError

WHERE = "device:/dev/tpmrm0"


def sized(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


HALVES = st.binary(min_size=1, max_size=400).map(sized)


@given(HALVES, HALVES)
def test_a_wrapped_key_is_read_as_written(public: bytes, private: bytes) -> None:
    assert decode(encode(Wrapped(public, private))) == Wrapped(public, private)


@given(HALVES, HALVES, st.data())
def test_every_cut_and_every_addition_is_found(public: bytes, private: bytes, data: st.DataObject) -> None:
    whole = encode(Wrapped(public, private))
    end = data.draw(st.integers(0, len(whole) - 1))
    for wrong in (whole[:end], whole + b"\0"):
        with pytest.raises(KeyDamagedError, match=r"kek\.tpm"):
            decode(wrong)


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda rest: MAGIC + rest))
def test_any_bytes_are_halves_or_refused(blob: bytes) -> None:
    with suppress(KeyDamagedError):
        assert encode(decode(blob)) == blob


@pytest.mark.parametrize(
    ("stderr", "said"),
    [
        (b"ERROR: Eys_Load(0x1DF) - tpm:parameter(1):integrity check failed", "another TPM made this"),
        (b"ERROR: Esys_CreatePrimary(0x9A2) - tpm:session(1):authorization failure", "its owner has a password"),
        (b"ERROR: Esys_CreatePrimary(0x185) - tpm:handle(1):hierarchy is not enabled", "is switched off"),
        (b"ERROR: Esys_Unseal(0x921) - tpm:warn(2.0): in DA lockout mode", "locked out"),
        (b"ERROR: Esys_Unseal(0xB0921) - resmgr: passed on", "locked out"),
        (b"ERROR: Esys_Create(0x100) - tpm:error(2.0): not initialized", "not started"),
        (b"ERROR: Esys_Create(0x101) - tpm:error(2.0): failure mode", "TPM response 0x101"),
        (b"ERROR: Esys_X(0xA000A) - tcti:IO failure\nERROR: Esys_Y(0x70007) - esapi", f"no TPM answers at {WHERE}"),
        (b'ERROR: Could not load tcti, got: "device:/dev/tpmrm0"', f"no TPM answers at {WHERE}"),
        (b"", f"no TPM answers at {WHERE}"),
    ],
)
def test_a_complaint_is_put_in_words(stderr: bytes, said: str) -> None:
    assert said in meaning(stderr, WHERE)


@given(st.binary(max_size=300) | st.integers(0, 0xFFFFFFFF).map(lambda code: b"(0x%x)" % code))
def test_any_complaint_is_put_in_words(stderr: bytes) -> None:
    assert meaning(stderr, WHERE).startswith(("no TPM answers", "TPM response 0x"))


@pytest.mark.parametrize("tcti", ["device:/dev/tpm0", "tabrmd", "tabrmd:bus_type=system", "swtpm", "mssim:port=2321"])
def test_known_ways_to_a_tpm(tcti: str) -> None:
    assert TCTI.fullmatch(tcti)


@pytest.mark.parametrize("tcti", ["cmd:sh", "pcap:swtpm", "libtss2-tcti-cmd.so:sh", "device:/tmp/x", "swtpm:a b", ""])
def test_other_ways_are_refused(tcti: str) -> None:
    assert not TCTI.fullmatch(tcti)
