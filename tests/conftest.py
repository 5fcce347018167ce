"""Options of the whole suite."""

import pytest
from hypothesis import HealthCheck, settings

# How long a machine takes, for a try or for thinking one up, is no property of what is tested.
settings.register_profile("lockgate", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lockgate")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--board URI`: the reader contract also runs on hardware on the bench; tests/support/board_rig.py says how."""
    parser.addoption(
        "--board",
        metavar="URI",
        help="run the reader contract on the badge reader of this URI as well; it asks for three cards at the terminal",
    )
