"""`lockgate-submit`: runs it, and turns what happened into words and an exit status."""

import os
import sys
from collections.abc import Mapping
from typing import TextIO

from firmware.errors import LockgateError
from firmware.vault.fields import encode_time
from tools.submit import delegate, membership, receipts
from tools.submit.cli import parse
from tools.submit.errors import Exit, exit_status
from tools.submit.profile import default_directory
from tools.submit.submit import Done, submit
from tools.submit.talk import Talk


def main(
    words: list[str] | None = None,
    *,
    out: TextIO | None = None,
    err: TextIO | None = None,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """The exit status; EXITS in errors.py says what each means."""
    given = sys.argv[1:] if words is None else words
    if given and (given[0] in membership.COMMANDS or given[0] in (delegate.NAME, receipts.NAME)):
        return _membership(given, out or sys.stdout, err or sys.stderr, environment)
    wish = parse(given)
    talk = Talk(out or sys.stdout, err or sys.stderr, environment, as_json=wish.json, quiet=wish.quiet)
    try:
        done = submit(wish, environment, talk)
    except LockgateError as exc:
        talk.failure(exc)
        return exit_status(exc)
    except KeyboardInterrupt:
        talk.failure(
            LockgateError("interrupted before the mesh said that it holds the document", code="submission-interrupted")
        )
        return Exit.INTERRUPTED
    _report(done, talk)
    return Exit.HELD


def _membership(words: list[str], out: TextIO, err: TextIO, environment: Mapping[str, str]) -> int:
    wish = _wish(words)
    talk = Talk(out, err, environment, as_json=wish.json, quiet=False)
    directory = wish.profile or default_directory(environment)
    try:
        if isinstance(wish, receipts.ReceiptWish):
            receipts.show(wish, directory, talk)
        elif isinstance(wish, delegate.DelegateWish):
            wish.act(wish, directory, talk)
        else:
            wish.act(wish, directory, talk)
    except LockgateError as exc:
        talk.failure(exc)
        return exit_status(exc)
    except KeyboardInterrupt:
        talk.say("interrupted: the same command goes on with the same code")
        return Exit.INTERRUPTED
    return Exit.HELD


def _wish(words: list[str]) -> "membership.MemberWish | delegate.DelegateWish | receipts.ReceiptWish":
    if words[0] == receipts.NAME:
        return receipts.parse(words[1:])
    return delegate.parse(words[1:]) if words[0] == delegate.NAME else membership.parse(words)


def _report(done: Done, talk: Talk) -> None:
    receipt, manifest = done.receipt, done.sealed.manifest
    until = encode_time(manifest.expires_at)
    values = {
        "job": receipt.job_id,
        "state": "held",
        "owner": manifest.owner,
        "format": manifest.format,
        "bytes": manifest.plaintext_size,
        "pages": done.pages,
        "expires": until,
        "holders": list(receipt.holders),
        "required": receipt.required,
    }
    talk.result(receipt.job_id, values)
    talk.say(f"held until {until}: release it at any station")


if __name__ == "__main__":
    sys.exit(main())
