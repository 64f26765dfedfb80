"""Links of entries: which of them are shown."""

from collections.abc import Collection
from urllib.parse import urlsplit

HTTPS_PORT = 443


def shown_link(link: str | None, hosts: Collection[str]) -> str | None:
    """Return a link to one of `hosts`; None for any other one.

    >>> shown_link("https://wiki.example/a", {"wiki.example"})
    'https://wiki.example/a'
    >>> for link in ("https://wiki.example.org/a", "https://me@wiki.example", "http://wiki.example"):
    ...     assert shown_link(link, {"wiki.example"}) is None
    """
    if link is None:
        return None
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError:
        return None
    is_plain = parts.scheme == "https" and "@" not in parts.netloc and port in {None, HTTPS_PORT}
    return link if is_plain and parts.hostname in hosts else None
