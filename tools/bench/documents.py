"""Documents that the people of a simulated world print: valid PDFs of any number of pages, each page findable."""

from tools.pdf import pdf_file

LINES_PER_PAGE = 3200
"""Comment lines in each page's contents, so that a page weighs about 100 kB, as one with a picture does."""


def pdf(pages: int, mark: str) -> bytes:
    """A PDF (ISO 32000-1) of so many pages; `mark` stands on each one and on every line of its contents, so that a
    search finds any piece of the document. `mark` is of letters, digits and hyphens."""
    kids = " ".join(f"{4 + 2 * page} 0 R" for page in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} /MediaBox [0 0 595 842] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for page in range(pages):
        resources = f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * page} 0 R"
        objects.append(f"<< /Type /Page /Parent 2 0 R {resources} >>".encode())
        objects.append(_contents(mark, page + 1))
    return pdf_file(objects)


def _contents(mark: str, page: int) -> bytes:
    text = f"BT /F1 14 Tf 72 740 Td ({mark} page {page}) Tj ET\n"
    text += f"% {mark} {page:06}\n" * LINES_PER_PAGE
    return f"<< /Length {len(text)} >>\nstream\n{text}endstream".encode()
