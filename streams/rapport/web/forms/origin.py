"""Same-origin check: a form is taken from the pages of this server alone."""

from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def is_same_origin(request: web.Request) -> bool:
    """Return whether a browser says that a page of this server sends the request.

    Every browser names the origin of a POST. The host was checked before this. A proxy may speak
    https to the browser and http to the worker, so https passes for both.
    """
    origins = request.headers.getall("Origin", [])
    sites = request.headers.getall("Sec-Fetch-Site", [])
    if len(origins) != 1 or any(site != "same-origin" for site in sites):
        return False
    return is_own_origin(origins[0], request.headers.get("Host", ""), request.scheme)


def is_own_origin(origin: str, host: str, scheme: str) -> bool:
    """Return whether an origin is that of the host that a request was sent to.

    >>> is_own_origin("http://127.0.0.1:9464", "127.0.0.1:9464", "http")
    True
    >>> is_own_origin("https://desk.example", "desk.example:443", "http")
    True
    >>> [is_own_origin(origin, "desk.example", "https") for origin in
    ...  ("http://desk.example", "https://desk.example.evil", "null", "https://a@desk.example")]
    [False, False, False, False]
    """
    try:
        given, own = urlsplit(origin), urlsplit(f"//{host}")
        ports = given.port, own.port
    except ValueError:
        return False
    if given.scheme not in {scheme, "https"} or origin != f"{given.scheme}://{given.netloc}":
        return False
    default = DEFAULT_PORTS[given.scheme]
    return (
        given.username is None
        and own.hostname is not None
        and (given.hostname, ports[0] or default) == (own.hostname, ports[1] or default)
    )
