"""Host check: under which names the pages answer.

Without it, a page of another site could read the pages of a machine that its visitor reaches, by
pointing its own name at that machine (DNS rebinding).
"""

from collections.abc import Iterable
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web

LOCAL_NAME: Final = "localhost"


class HostCheck:
    """The names that pass: IP addresses, localhost, the name listened on, and the allowed ones."""

    def __init__(self, listened_on: str, allowed: Iterable[str] = ()) -> None:
        self._names = frozenset(map(_folded, (LOCAL_NAME, listened_on, *allowed)))

    def passes(self, header: str) -> bool:
        """Return whether a `Host` header names this server.

        >>> check = HostCheck("0.0.0.0", ["rapport.example.org"])
        >>> check.passes("Rapport.example.org:9464"), check.passes("[::1]:9464")
        (True, True)
        >>> check.passes("evil.example"), check.passes("localhost.evil.example"), check.passes("")
        (False, False, False)
        """
        try:
            name = urlsplit(f"//{header}").hostname or ""
        except ValueError:
            return False
        return _folded(name) in self._names or _is_address(name)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Refuse a request for another host; one without the header is from no browser."""
        hosts = request.headers.getall("Host", [])
        if len(hosts) > 1 or not all(map(self.passes, hosts)):
            text = (
                "this host is not known here; allow its name with `rapport worker --allowed-host`"
            )
            return web.json_response({"error": text}, status=HTTPStatus.MISDIRECTED_REQUEST)
        answer: web.StreamResponse = await handler(request)
        return answer


def _folded(name: str) -> str:
    return name.casefold().removesuffix(".")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
