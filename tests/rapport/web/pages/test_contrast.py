"""The colours of the pages, by the formula of WCAG 2.2, from the stylesheet itself."""

import re

import pytest

from rapport.web.pages.render import asset

TEXT, GRAPHIC = 4.5, 3.0
"""The least contrasts of WCAG 1.4.3 and 1.4.11."""
GROUNDS = ("ground", "raised")
PAIRS = [
    *((name, ground, TEXT) for name in ("ink", "soft", "link") for ground in GROUNDS),
    *((name, "ground", TEXT) for name in ("watch", "act", "bad")),
    ("ground", "link", TEXT),
    *((name, ground, GRAPHIC) for name in ("good", "bad", "base", "act") for ground in GROUNDS),
    *((name, "ground", GRAPHIC) for name in ("watch", "focus", "link")),
    # The outline of what could still be added, and of a range, against its own filling.
    ("base", "could", GRAPHIC),
    ("ink", "could", GRAPHIC),
]
"""(colour, what it is seen on, the least contrast). A line over bars has a halo of `raised`."""
DECORATIVE = {"line"}
"""Borders and grid lines: what they show is also said by distance or by a number."""
THEMES = ("light", "dark", "print")


def stylesheet():
    return asset("style.css").decode()


def colours():
    """The custom properties of each theme; dark and print change some of those of light."""
    blocks = re.findall(r":root \{([^}]*)\}", stylesheet())
    light, *others = [dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", block)) for block in blocks]
    return dict(zip(THEMES, (light, *(light | other for other in others)), strict=True))


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_formula_gives_the_worked_numbers_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("name", "ground", "least"), PAIRS, ids=str)
def test_what_must_be_seen_stands_out(theme, name, ground, least):
    found = colours()[theme]
    assert contrast(found[name], found[ground]) >= least


def test_every_colour_of_the_stylesheet_is_measured():
    text = stylesheet()
    measured = {name for pair in PAIRS for name in pair[:2]} | DECORATIVE
    assert {name for theme in colours().values() for name in theme} == measured
    rules = re.sub(r":root \{[^}]*\}", "", text)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgb\(|hsl\(", rules) == []
