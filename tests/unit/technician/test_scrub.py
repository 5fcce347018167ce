"""What leaves the box has no login and no unknown option in it, wherever a URI stands."""

from hypothesis import given
from hypothesis import strategies as st

from firmware.technician.scrub import shown_uri, shown_words

SECRET = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789!$*+-._~%", min_size=8, max_size=30)


def test_what_stays() -> None:
    assert shown_uri("serial:///dev/ttyUSB0?baud=9600") == "serial:///dev/ttyUSB0?baud=9600"
    assert (
        shown_uri("ipps://printer.test:631/ipp/print?pin=sha256:00")
        == "ipps://printer.test:631/ipp/print?pin=sha256:00"
    )
    assert (
        shown_words("printer-needs-you: a cover is open. Close it?") == "printer-needs-you: a cover is open. Close it?"
    )


@given(SECRET)
def test_what_goes(secret: str) -> None:
    secret = f"Q{secret}Q"
    for words in (
        f"ipps://ada:{secret}@printer.test/ipp",
        f"tls://{secret}@log.test:6514",
        f"tcp://reader.test:1?key={secret}",
        f'{{"uri": "ipps://{secret}:x@[::1]/a?password={secret}&baud=1"}}',
        f"it failed at https://x:{secret}@[nonsense/ now",
    ):
        assert secret not in shown_words(words)
