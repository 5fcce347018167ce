"""From what a printer counts to pages of the document: copies, sides, and a print that begins in the middle."""

from dataclasses import dataclass, replace

from hal.ports.printer import JobStatus


@dataclass(frozen=True, slots=True)
class Extent:
    """What one release is to bring to paper. `pages` is how many the document has, None where nobody counted them;
    `copies` is 0 where that is no longer known; `first_page` is the one that this release begins with, from 1.
    `by_range`: it is the printer that leaves out what comes before that, and nothing shows that it does: some say that
    they can, and begin with page 1 all the same.

    job-impressions-completed counts sides, and those of all copies (RFC 8011 5.3.18.2). job-impressions should count
    those of one copy (5.3.17.2), and many printers count those of all there, so it is the least that is believed. Some
    count the empty back of a copy's last sheet too."""

    pages: int | None = None
    copies: int = 1
    two_sided: bool = False
    first_page: int = 1
    by_range: bool = False

    @property
    def before(self) -> int:
        """Pages that were out before this release."""
        return self.first_page - 1

    @property
    def span(self) -> int | None:
        """How many of the document's pages this release is about."""
        return None if self.pages is None else max(0, self.pages - self.before)

    @property
    def most(self) -> int | None:
        """The most impressions that an honest printer counts of a whole print: each copy may end with an empty back.
        None where nobody knows."""
        return None if not self.span or not self.copies else (self.span + self.span % 2) * self.copies

    def expected(self, status: JobStatus) -> int | None:
        """The fewest impressions of a whole print; None where neither the client nor the printer knows. A client may
        have counted too few pages: more are expected where the printer itself said so."""
        said = (status.expected if self.first_page == 1 else None) or None
        if self.span is None:
            return said
        return said if said and self.most and said > self.most else self.span * self.copies or None

    def is_short(self, status: JobStatus) -> bool:
        """Whether the printer counted fewer impressions than there are to make, or fewer sheets than have room for
        them. Many count no sheets, and say 0."""
        expected = self.expected(status)
        if expected is None:
            return False
        has_too_few = status.impressions is not None and status.impressions < expected
        if has_too_few and self._counts_sheets(status, expected):
            return False
        return has_too_few or (bool(status.sheets) and (status.sheets or 0) * 2 < expected)

    def _counts_sheets(self, status: JobStatus, expected: int) -> bool:
        """Whether it calls a sheet an impression, and made as many as have room for all: half of the sides on as many
        sheets would be a print on one side, which is not what was asked for."""
        is_same = self.two_sided and status.impressions == status.sheets
        return is_same and (status.sheets or 0) * 2 >= expected

    def heeded(self, status: JobStatus) -> "Extent":
        """The same, once the printer shows that it begins where it was asked to: by how much it says there is to make,
        which is not what the whole document would be."""
        if not self.by_range or not self.pages or not self.span or not status.expected:
            return self
        part, whole = ({pages, pages * self.copies} for pages in (self.span, self.pages))
        return replace(self, by_range=False) if status.expected in part - whole else self

    def is_all(self, impressions: int | None) -> bool:
        """Whether the printer counted every page, whatever else it says of the job."""
        return bool(self.span and self.copies and impressions) and self._out_as_asked(impressions) == self.pages

    def out(self, impressions: int | None) -> int | None:
        """How many of the document's pages are out, from its first on, in every copy. Where it may be fewer, the
        fewer: a page too much can be thrown away. None where that cannot be told: also of a count beyond what there is
        to make, for whoever counts twice there may have done so from the first page on."""
        asked = self._out_as_asked(impressions)
        if not self.by_range or asked is None:
            return asked
        from_the_first_page = replace(self, first_page=1)._out_as_asked(impressions) or 0
        return max(self.before, from_the_first_page)

    def _out_as_asked(self, impressions: int | None) -> int | None:
        """The same of a printer that begins with the page that it was asked to begin with."""
        if not impressions:
            return None if impressions is None else self.before
        if self.most is not None and impressions > self.most:
            return None
        if self.copies == 1:
            done = impressions
        elif self.copies == 0 or self.span is None:
            return None
        else:  # set after set: those before the last one may have an empty back each
            done = max(0, impressions - (self.copies - 1) * (self.span + (self.span % 2 if self.two_sided else 0)))
        return self.before + (done if self.span is None else min(done, self.span))

    def page(self, impressions: int | None) -> int:
        """The page that is being made now; 0 where that cannot be told."""
        if impressions is None or (self.copies != 1 and self.span is None):
            return 0
        if self.span is None:
            return self.before + impressions + 1
        if not self.span or impressions >= self.span * self.copies:
            return 0
        return self.before + impressions % self.span + 1
