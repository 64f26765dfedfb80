"""Authentication: a bearer token, or without a token file a request to this machine's own name."""

from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from rapport.intake.tokens import Token, Tokens
from rapport.runtime.file_watcher import ReloadedFile
from rapport_schemas.wire.http import RequestRejected

ANONYMOUS: Final = "(no token)"
"""The name of the rate limit without tokens; no token can have this name."""
LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Authenticator:
    """Finds the token of a request."""

    def __init__(self, file: ReloadedFile[Tokens] | None) -> None:
        self._file = file

    def token(self, request: web.Request) -> Token | None:
        """Return a request's token, None when tokens are not used; raises `RequestRejected`."""
        if self._file is None:
            _check_host(request.host)
            return None
        scheme, _, presented = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not presented.strip():
            raise RequestRejected("no-token", "", "send the header `Authorization: Bearer TOKEN`")
        token = self._file.content.find(presented.strip())
        if token is None:
            raise RequestRejected("wrong-token", "", "this token is not known here")
        return token

    def refresh(self) -> frozenset[str]:
        """Read the token file again if it changed; return the names whose rates count."""
        if self._file is None:
            return frozenset({ANONYMOUS})
        self._file.refresh()
        return frozenset(token.name for token in self._file.content.tokens)


def _check_host(host: str) -> None:
    """Refuse what a browser sends when another site's name was pointed at this machine."""
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        name = None
    if name not in LOCAL_NAMES:
        raise RequestRejected(
            "wrong-host", "", f"without tokens, the host is one of {sorted(LOCAL_NAMES)}"
        )
