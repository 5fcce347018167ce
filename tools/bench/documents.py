"""Documents that the people of a simulated world print: valid PDFs of any number of pages, each page findable."""

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
    return _file(objects)


def _contents(mark: str, page: int) -> bytes:
    text = f"BT /F1 14 Tf 72 740 Td ({mark} page {page}) Tj ET\n"
    text += f"% {mark} {page:06}\n" * LINES_PER_PAGE
    return f"<< /Length {len(text)} >>\nstream\n{text}endstream".encode()


def _file(objects: list[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)
