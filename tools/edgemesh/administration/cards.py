"""What an administrator does to the site's policy of cards: what is taken for a badge, and which keys prove one."""

from collections.abc import Callable, Sequence

from firmware.audit.events import AuditEvent
from firmware.vault.identity import is_id
from tools.edgemesh.administration.acts import Acts
from tools.edgemesh.cards.book import CardBook, Cards, Policy
from tools.edgemesh.cards.card_keys import CardKeys
from tools.edgemesh.interface.problems import Problem


async def set_policy(book: CardBook, acts: Acts, policy: Policy) -> Cards:
    """What is taken for a badge from the next tap on. Raises `Problem` card-keys-missing."""
    return await _change(book, acts, AuditEvent.CARD_POLICY_SET, lambda: book.set_policy(policy), policy=policy.value)


async def set_rules(book: CardBook, acts: Acts, steps: Sequence[str]) -> Cards:
    """How a proven UID becomes the number of a badge. Raises `RuleError`."""
    return await _change(book, acts, AuditEvent.CARD_RULES_SET, lambda: book.set_rules(steps), count=len(steps))


async def add_key(book: CardBook, acts: Acts, name: str, keys: CardKeys) -> Cards:
    """One more key. Raises `Problem` json-malformed, name-taken, card-keys-full."""
    if not is_id(name):
        raise Problem("json-malformed", "name: 1 to 63 of A-Z a-z 0-9 . _ - wanted")
    return await _change(book, acts, AuditEvent.CARD_KEY_ADDED, lambda: book.add(name, keys), card=name)


async def remove_key(book: CardBook, acts: Acts, name: str) -> Cards:
    """One less. Raises `Problem` card-key-unknown, card-keys-missing."""
    return await _change(book, acts, AuditEvent.CARD_KEY_REMOVED, lambda: book.remove(name), card=name)


async def _change(
    book: CardBook, acts: Acts, event: AuditEvent, make: Callable[[], Cards], **fields: str | int
) -> Cards:
    """What cannot be done is not recorded; what was recorded is done to how things stand by then."""
    make()
    await acts.record(event, **fields)
    book.keep(make())
    return book.cards
