"""The published page is what the table says."""

from hal.feedback.table import TABLE
from tools.docs import feedback


def test_the_page_is_fresh() -> None:
    assert feedback.PAGE.read_text("utf-8") == feedback.page(), "run python -m tools.docs"


def test_every_signal_has_its_line() -> None:
    page = feedback.page()
    for signal, row in TABLE.items():
        (line,) = [line for line in page.splitlines() if line.startswith(f"| `{signal}` |")]
        assert " ".join(str(tone.hertz) for tone in row.tones if tone.hertz) in line
