"""A small real PDF (ISO 32000-1) for a demonstration that was given no document."""

from tools.pdf import pdf_file

PAGES = (
    ("Lockgate", "This page was sealed on the machine that submitted it,", "and opened only at the printer."),
    ("Page two", "Its key had three parts: job, node and organisation.", "Whoever lacks one of them reads nothing."),
)


def sample_pdf() -> bytes:
    """Two pages of text in a standard font: nothing to embed, the same bytes each time."""
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(PAGES)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(PAGES)} /MediaBox [0 0 595 842] >>".encode(),
    ]
    for number, lines in enumerate(PAGES):
        objects.append(_page(contents=4 + 2 * number))
        objects.append(_contents(lines))
    return pdf_file(objects)


def _page(contents: int) -> bytes:
    font = "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    return f"<< /Type /Page /Parent 2 0 R /Resources {font} /Contents {contents} 0 R >>".encode()


def _contents(lines: tuple[str, ...]) -> bytes:
    head, *rest = lines
    text = f"BT /F1 28 Tf 72 740 Td ({head}) Tj /F1 14 Tf" + "".join(f" 0 -32 Td ({line}) Tj" for line in rest) + " ET"
    return f"<< /Length {len(text)} >>\nstream\n{text}\nendstream".encode()
