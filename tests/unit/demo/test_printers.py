"""The printer of a demonstration, by what was said of it."""

import pytest

from tools.demo import printers
from tools.demo.processes import DemoError


def test_a_kind_that_there_is_not_is_answered_with_those_that_there_are() -> None:
    for kind in printers.KINDS:
        printers.check(kind)
    with pytest.raises(DemoError, match=f"or say one of {', '.join(printers.KINDS)}"):
        printers.check("ipp")
