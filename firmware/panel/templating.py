"""The pages' templates: how they are read, and that an image has them compiled, for no start to do it again.

`python -m firmware.panel.templating` compiles them ahead, to where `environment` looks first.
"""

from gettext import NullTranslations
from pathlib import Path
from typing import Final

from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, ModuleLoader, StrictUndefined

from firmware.panel.speech import Translations

HERE: Final = Path(__file__).parent
FOLDERS: Final = (HERE / "templates", HERE / "technician" / "templates")


class Spoken:
    """What the templates say everything in: `now` is the language of whoever is drawn for."""

    def __init__(self) -> None:
        self.now: Translations = NullTranslations()

    def gettext(self, message: str) -> str:
        """As `gettext.NullTranslations` has it."""
        return self.now.gettext(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Likewise."""
        return self.now.ngettext(one, many, count)

    def pgettext(self, context: str, message: str) -> str:
        """Likewise."""
        return self.now.pgettext(context, message)


def environment(templates: Path, spoken: Spoken) -> Environment:
    """For the templates of one folder, those that were compiled ahead before their sources."""
    return _environment(ChoiceLoader([ModuleLoader(ahead(templates)), FileSystemLoader(templates)]), spoken)


def names(templates: Path) -> list[str]:
    """Of all templates in a folder."""
    return FileSystemLoader(templates).list_templates()


def ahead(templates: Path) -> Path:
    """Where compiled ones are; there are none in a checkout, whose templates change."""
    return templates.with_name("compiled")


def compile_ahead(templates: Path) -> None:
    """Compile all of a folder. Raises `OSError`, and `jinja2.TemplateSyntaxError` for one that is none."""
    made = _environment(FileSystemLoader(templates), Spoken())
    made.compile_templates(ahead(templates), zip=None, ignore_errors=False)


def _environment(loader: BaseLoader, spoken: Spoken) -> Environment:
    made = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"], auto_reload=False,
    )  # fmt: skip
    made.install_gettext_callables(  # type: ignore[attr-defined] # comes with jinja2.ext.i18n
        spoken.gettext, spoken.ngettext, newstyle=True, pgettext=spoken.pgettext
    )
    return made


if __name__ == "__main__":
    for folder in FOLDERS:
        compile_ahead(folder)
