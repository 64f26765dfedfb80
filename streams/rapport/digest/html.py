"""The page of a digest as HTML that a mail program shows too: no script, nothing from elsewhere."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from rapport.digest.page import DigestPage


def html_of(page: DigestPage) -> str:
    """Return the page as HTML; every value from outside is escaped."""
    return _template().render(page=page)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("rapport.digest"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("digest.html")
