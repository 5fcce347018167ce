"""The verifier's arguments, for the commands that have it; light, so that `--help` answers at once."""

import argparse
from pathlib import Path


def witness_arguments(parser: argparse.ArgumentParser) -> None:
    """What others remember of the records that are verified."""
    parser.add_argument(
        "--witness-from",
        type=Path,
        action="append",
        default=[],
        metavar="PATH",
        help="another holder's record (a directory, or an exported file): what it remembers must be in this one",
    )


def verify_arguments(parser: argparse.ArgumentParser) -> None:
    """All but for which record it is, and the CA."""
    parser.add_argument("--holder", default="", help="whose record it must be, such as station/lobby")
    witness_arguments(parser)
    parser.add_argument(
        "--witness",
        action="append",
        default=[],
        metavar="SEQUENCE:HASH",
        help="an entry that somebody else remembers of this record; may be given again",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
