"""Links between the pages lead somewhere, and files that the pages name are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "streams" / "rapport"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?://|mailto:)(?P<path>[^)#\s]*)(?:#(?P<anchor>[^)\s]*))?\)")
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    text = CODE.sub("", page.read_text())
    for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        yield re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading(page):
    for link in LINK.finditer(CODE.sub("", page.read_text())):
        target = (page.parent / link["path"]).resolve() if link["path"] else page
        assert target.exists(), f"{page.name} links to {link['path']}, which is not there"
        if link["anchor"] and target.suffix == ".md":
            assert link["anchor"] in set(anchors(target)), f"{page.name} links to {link[0]}"


@pytest.mark.parametrize("name", ["design.md", "methods.md"])
def test_the_files_that_a_page_names_are_there(name):
    named = set(re.findall(r"`([\w/]+/(?:\w+\.py)?)`", (ROOT / "docs" / name).read_text()))
    assert named
    missing = [path for path in named if not any((top / path).exists() for top in (SOURCE, ROOT))]
    assert not missing
