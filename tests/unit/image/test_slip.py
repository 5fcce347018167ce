"""A slip's code is read from the paper: whatever the figures, and nothing that is none."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from firmware.pairing.port import CodeNotice
from firmware.pairing.slip import page
from firmware.paper import HEIGHT, WIDTH, Sheet
from firmware.vault.pairing import shown
from tools.image.errors import ImageError
from tools.image.slip import code_of, code_on


def notice(code: str) -> CodeNotice:
    return CodeNotice("hall", "station", "https://mesh.example:8443", code, "ab" * 32, 600.0)


def as_pdf(image: Image.Image) -> bytes:
    made = io.BytesIO()
    image.save(made, "PDF", resolution=150)
    return made.getvalue()


@settings(max_examples=20, deadline=None)
@given(st.text("0123456789", min_size=12, max_size=12).map(shown))
def test_any_code_is_read_from_the_page(code: str) -> None:
    assert code_on(page(notice(code)).convert("L")) == code


@pytest.mark.parametrize("code", ["012345 678901", "111111 777777", "483920 117406"])
def test_a_code_is_read_from_the_document_that_was_printed(code: str) -> None:
    assert code_of(as_pdf(page(notice(code)))) == code


def test_a_page_without_a_code_has_none() -> None:
    with pytest.raises(ImageError, match="0 figures"):
        code_on(Image.new("L", (WIDTH, HEIGHT), 255))
    sheet = Sheet()
    sheet.text(560, 150, "NO CODE HERE")
    with pytest.raises(ImageError, match="no figure"):
        code_on(sheet.image().convert("L"))


def test_what_is_no_document_is_none() -> None:
    with pytest.raises(ImageError, match="mutool"):
        code_of(b"paper")
