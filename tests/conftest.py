"""Options of the whole suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--board URI`: the reader contract also runs on hardware on the bench; tests/support/board_rig.py says how."""
    parser.addoption(
        "--board",
        metavar="URI",
        help="run the reader contract on the badge reader of this URI as well; it asks for three cards at the terminal",
    )
