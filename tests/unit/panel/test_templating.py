"""Templates that were compiled ahead say the same, and a checkout has none."""

from pathlib import Path

import pytest
from jinja2 import FileSystemLoader, TemplateSyntaxError

from firmware.panel import templating
from firmware.panel.languages import Languages
from firmware.panel.place import Place
from firmware.panel.render import Renderer
from firmware.panel.technician.drawing import HERE as TECHNICIAN
from firmware.panel.templating import FOLDERS, Spoken, ahead, compile_ahead, environment, names
from tests.unit.panel.looks import NOW, TODAY, VIEWS


def test_all_folders_of_templates_are_known() -> None:
    assert TECHNICIAN / "templates" in FOLDERS
    assert sorted(FOLDERS) == sorted(templating.HERE.rglob("templates"))
    assert [folder for folder in FOLDERS if ahead(folder).exists()] == []


def drawn() -> list[str]:
    renderer = Renderer(Languages("de"), Place(), lambda: TODAY)
    return [renderer.page(view, NOW) for view in VIEWS.values()]


def test_a_page_of_compiled_templates_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = drawn()
    monkeypatch.setattr(templating, "ahead", lambda templates: tmp_path / templates.parent.name)
    for folder in FOLDERS:
        compile_ahead(folder)
        assert len(list((tmp_path / folder.parent.name).iterdir())) == len(names(folder))
    monkeypatch.setattr(FileSystemLoader, "get_source", None)  # nothing is read any more
    assert drawn() == usual


def test_a_template_that_is_none_ends_the_build(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "page.html").write_text("{% if %}")
    with pytest.raises(TemplateSyntaxError):
        compile_ahead(templates)


def test_what_was_not_compiled_is_read(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "page.html").write_text("{{ _('Hello') }}")
    assert environment(templates, Spoken()).get_template("page.html").render() == "Hello"
