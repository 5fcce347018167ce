"""The key of a printer that a technician approved: for that URI alone, and before its old pin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.config import Config
from firmware.printer_approval import FILE, Approval, ApprovalError, approve, approved, pinned, read_approval
from firmware.serving import with_approval
from hal.sim.random_source import stream
from hal.sim.storage import SimStorage

OLD, NEW = "aa" * 32, "bb" * 32
URI = f"ipps://printer.example/ipp/print?pin=sha256:{OLD}&stall=60"


def storage() -> SimStorage:
    return SimStorage(stream(1, "storage"))


def test_a_pin_is_replaced_or_added() -> None:
    assert pinned(URI, NEW) == f"ipps://printer.example/ipp/print?pin=sha256:{NEW}&stall=60"
    assert pinned("ipps://p/ipp/print", NEW) == f"ipps://p/ipp/print?pin=sha256:{NEW}"
    assert pinned("ipps://p/ipp/print?stall=60", NEW) == f"ipps://p/ipp/print?stall=60&pin=sha256:{NEW}"


def test_what_was_approved_holds_until_the_configuration_says_something_else() -> None:
    kept = storage()
    assert approved(URI, kept) == URI
    approve(kept, Approval(URI, NEW))
    assert approved(URI, kept) == pinned(URI, NEW)
    changed = URI.replace("stall=60", "stall=61")
    assert approved(changed, kept) == changed
    approve(kept, Approval(URI, OLD))
    assert approved(URI, kept) == URI


@pytest.mark.parametrize("pin", ["", "sha256:" + NEW, NEW[:-1], NEW.upper(), "zz" * 32])
def test_what_is_no_pin_is_never_written(pin: str) -> None:
    kept = storage()
    with pytest.raises(ApprovalError):
        approve(kept, Approval(URI, pin))
    assert kept.read(FILE) is None


def test_what_is_damaged_is_told_and_not_gone_by() -> None:
    kept, told = storage(), list[str]()
    kept.replace(FILE, b"{}")
    config = Config("/data", "", "", "file:/keys", (), printer=URI)
    assert with_approval(config, kept, told.append) == config
    assert [line.partition(":")[0] for line in told] == ["printer-approval-damaged"]
    approve(kept, Approval(URI, NEW))
    assert with_approval(config, kept, told.append).printer == pinned(URI, NEW)


@given(st.binary(max_size=400))
def test_any_bytes_are_an_approval_or_an_error(data: bytes) -> None:
    with pytest.raises(ApprovalError):
        read_approval(data)


def test_what_is_too_long_is_not_even_looked_at() -> None:
    kept = storage()
    approve(kept, Approval(URI, NEW))
    written = kept.read(FILE)
    assert written is not None
    assert read_approval(written) == Approval(URI, NEW)
    with pytest.raises(ApprovalError, match="too long"):
        read_approval(written + b" " * 8192)


@pytest.mark.parametrize("version", [b"0", b"2"])
def test_what_another_version_wrote_is_not_guessed_at(version: bytes) -> None:
    kept = storage()
    approve(kept, Approval(URI, NEW))
    written = kept.read(FILE)
    assert written is not None
    assert b'"version":1' in written
    with pytest.raises(ApprovalError):
        read_approval(written.replace(b'"version":1', b'"version":' + version))
