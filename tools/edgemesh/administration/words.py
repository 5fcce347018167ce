"""The words that commands share, and what each command is handed when it runs."""

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tools.edgemesh.administration import profile
from tools.edgemesh.administration.exits import Exit
from tools.edgemesh.administration.remote import Remote
from tools.edgemesh.administration.talk import Talk, standard

Words = argparse.ArgumentParser
Arguments = argparse.Namespace


@dataclass(slots=True)
class Desk:
    """Where an administrator's command stands: its words, its talk, and the mesh once it is asked."""

    arguments: Arguments
    talk: Talk
    _remote: Remote | None = field(default=None, repr=False)

    @property
    def mesh(self) -> Remote:
        """The mesh as the profile's administrator. Raises what `profile.load` and `Profile.context` raise."""
        if self._remote is None:
            directory = self.arguments.profile or profile.default_directory(os.environ)
            self._remote = Remote(profile.load(directory, self.arguments.mesh, self.talk.warn))
        return self._remote


Run = Callable[[Desk], Exit | None]


class Group:
    """A noun with its verbs, such as `epoch`."""

    def __init__(self, groups: "argparse._SubParsersAction[Words]", name: str, text: str, examples: str = "") -> None:
        words = described(groups, name, text, examples)
        self._verbs = words.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def verb(self, name: str, text: str, run: Run, examples: str = "", *, confirmed: bool = False) -> Words:
        """A command that is done over HTTPS; `confirmed` ones ask before they act."""
        words = remote(described(self._verbs, name, text, examples), run)
        if confirmed:
            words.add_argument("--yes", action="store_true", help="do not ask")
        return words

    def group(self, name: str, text: str, examples: str = "") -> "Group":
        """A noun within this one, such as `card key`."""
        return Group(self._verbs, name, text, examples)

    def local(self, name: str, text: str, run: Run, examples: str = "") -> Words:
        """A command that is done on this machine."""
        return common(described(self._verbs, name, text, examples), run)


def described(groups: "argparse._SubParsersAction[Words]", name: str, text: str, examples: str = "") -> Words:
    """A parser whose help begins with examples."""
    about = f"{text[:1].upper()}{text[1:]}."
    return groups.add_parser(
        name,
        help=text,
        description=f"examples:\n{examples.strip(chr(10))}\n\n{about}" if examples else about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def common(words: Words, run: Run) -> Words:
    """What every command takes."""
    words.add_argument("--json", action="store_true", help="one JSON object on stdout")
    words.add_argument("--no-input", action="store_true", help="ask nothing; fail where an answer is wanted")
    words.set_defaults(run=run, yes=False)
    return words


def remote(words: Words, run: Run) -> Words:
    """What every command over HTTPS takes."""
    words.add_argument("--profile", type=Path, metavar="DIR", help="who you are (default: $EDGEMESH_PROFILE)")
    words.add_argument("--mesh", default="", metavar="URL", help="where the vault answers (default: as mesh.toml says)")
    return common(words, run)


def local_site(words: Words) -> Words:
    """A mesh's directory on this machine."""
    known = os.environ.get("EDGEMESH_DIR") or None  # empty is what a shell makes of an unset variable
    words.add_argument(
        "--dir",
        type=Path,
        default=None if known is None else Path(known),
        required=known is None,
        help="the mesh's directory (default: $EDGEMESH_DIR)",
    )
    return words


def desk(arguments: Arguments) -> Desk:
    """For one run of the program."""
    talk = standard(as_json=arguments.json, no_input=arguments.no_input, yes=arguments.yes, environment=os.environ)
    return Desk(arguments, talk)
