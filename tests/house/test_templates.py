"""Templates carry no script or style of their own, trust no text, and put no young person into a page's title."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from tests.house.sources import ROOT, named

TEMPLATES = ROOT / "templates"
PARSER = Environment(autoescape=True)
ALL = sorted(TEMPLATES.rglob("*.html"))
LAYOUT = TEMPLATES / "layout.html"
PERSONAL = re.compile(
    r"full_name|first_name|last_name|also_known_as|date_of_birth|nhs_number|postcode|address|school|age_on|"
    r"person|answers|identity|head|body|\bname\b"
)
INLINE = re.compile(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|<script\b(?![^>]*\ssrc=)", re.IGNORECASE)


def _tree(path: Path) -> nodes.Template:
    return PARSER.parse(path.read_text("utf-8"))


def _constant(templates: Iterable[nodes.Expr]) -> list[str]:
    return [template.value for template in templates if isinstance(template, nodes.Const)]


def _parents(path: Path) -> list[str]:
    return _constant(node.template for node in _tree(path).find_all(nodes.Extends))


def _parts(path: Path) -> list[str]:
    tree = _tree(path)
    included = _constant(node.template for node in tree.find_all(nodes.Include))
    return included + _constant(node.template for node in tree.find_all(nodes.FromImport))


FRAGMENTS = {TEMPLATES / name for path in ALL for name in _parts(path)}
PAGES = [
    path
    for path in ALL
    if path != LAYOUT and path not in FRAGMENTS and path.relative_to(TEMPLATES).parts[0] != "components"
]


def _line_of_parents(path: Path) -> list[Path]:
    own = [TEMPLATES / name for name in _parents(path) if (TEMPLATES / name).is_file()]
    return [path, *(each for parent in own for each in _line_of_parents(parent))]


def _title(path: Path) -> nodes.Block | None:
    return next((block for block in _tree(path).find_all(nodes.Block) if block.name == "page_title"), None)


def test_there_are_pages_and_fragments_to_look_at() -> None:
    assert len(PAGES) > 10
    assert TEMPLATES / "cases/show.html" in PAGES
    assert TEMPLATES / "session/kept_answers.html" in FRAGMENTS


@pytest.mark.parametrize("path", ALL, ids=named)
def test_a_template_has_no_inline_style_or_script(path: Path) -> None:
    assert not INLINE.findall(path.read_text("utf-8"))


@pytest.mark.parametrize("path", ALL, ids=named)
def test_a_template_trusts_no_text(path: Path) -> None:
    tree = _tree(path)
    assert "safe" not in {node.name for node in tree.find_all(nodes.Filter)}
    assert "Markup" not in {node.name for node in tree.find_all(nodes.Name)}
    assert not list(tree.find_all(nodes.EvalContextModifier))


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_page_extends_the_layout(path: Path) -> None:
    assert LAYOUT in _line_of_parents(path)


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_page_s_title_names_no_young_person(path: Path) -> None:
    titles = [block for block in map(_title, _line_of_parents(path)[:-1]) if block is not None]
    # A page that others build on may leave its title to them.
    assert titles or any(path in _line_of_parents(other)[1:] for other in PAGES)
    shown = [node for block in titles for node in block.find_all((nodes.Name, nodes.Getattr, nodes.Getitem))]
    words = [node.name if isinstance(node, nodes.Name) else _attribute(node) for node in shown]
    assert not [word for word in words if PERSONAL.search(word)]


def _attribute(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return str(node.arg.value)
    return ""


@pytest.mark.parametrize("path", [path for path in ALL if path != LAYOUT], ids=named)
def test_only_the_layout_writes_a_title(path: Path) -> None:
    assert "<title" not in path.read_text("utf-8")
    assert "pageTitle" not in {block.name for block in _tree(path).find_all(nodes.Block)}


@pytest.mark.parametrize("path", ALL, ids=named)
def test_everything_a_template_imports_is_used(path: Path) -> None:
    tree = _tree(path)
    pairs = [each for node in tree.find_all(nodes.FromImport) for each in node.names]
    imported = {each if isinstance(each, str) else each[1] for each in pairs}
    imported |= {node.target for node in tree.find_all(nodes.Import)}
    used = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load"}
    assert imported <= used


@pytest.mark.parametrize("path", ALL, ids=named)
def test_every_form_that_changes_something_carries_its_token(path: Path) -> None:
    forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", path.read_text("utf-8"), re.DOTALL | re.IGNORECASE)
    assert [form for form in forms if "csrf_token" not in form and "hidden_fields(" not in form] == []
