"""How a person wants what they chose: less than was submitted, never more."""

from dataclasses import dataclass

MOST_COPIES = 9999


@dataclass(frozen=True, slots=True)
class Wishes:
    """Each only in the saving direction; nothing set means as submitted. `copies`: so many (from 1) instead of those
    asked for, never more. `two_sided`, `grey`: where it was asked for otherwise. `keep`: it is printed and stays
    held."""

    copies: int | None = None
    two_sided: bool = False
    grey: bool = False
    keep: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """What is wished for, for the journal."""
        copies = () if self.copies is None else ("1 copy" if self.copies == 1 else f"{self.copies} copies",)
        wished = {"two-sided": self.two_sided, "grey": self.grey, "kept": self.keep}
        return copies + tuple(word for word, is_wished in wished.items() if is_wished)


AS_SUBMITTED = Wishes()
