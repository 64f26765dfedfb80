"""Lets readers of the pages in: the newest web configuration, and passwords held against it."""

import asyncio
import base64
import binascii
import hashlib
import logging
import os
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import bcrypt
from aiohttp import web

from rapport.runtime.file_watcher import ReloadedFile
from rapport.runtime.network import is_loopback
from rapport.web.config_file import WebConfig, read_web_config

log = logging.getLogger(__name__)
REMEMBERED_MAX: Final = 100
"""Passwords whose check is remembered: a check costs 50 ms and more, by bcrypt's design."""
WAITING_MAX: Final = 16
"""Passwords that may wait for their check; who comes then is told to come again."""
ASK: Final = {"WWW-Authenticate": 'Basic realm="rapport"'}


class BasicAuth:
    """Checks every request against the web configuration, which is read again when it changes."""

    def __init__(self, file: Path | None) -> None:
        self._file = None
        if file is not None:
            self._file = ReloadedFile(
                "the web configuration",
                lambda: read_web_config(file),
                file,
                named_in=lambda config: config.files,
            )
        self._key = os.urandom(32)
        self._known: dict[bytes, None] = {}
        self._waiting = 0
        self._checking = ThreadPoolExecutor(1, "passwords")

    @property
    def _config(self) -> WebConfig:
        return WebConfig() if self._file is None else self._file.content

    @property
    def tls(self) -> ssl.SSLContext | None:
        """The newest TLS settings."""
        return self._config.tls

    @property
    def scheme(self) -> str:
        """The scheme of the server's address."""
        return "http" if self._config.tls is None else "https"

    def warn(self, host: str) -> None:
        """Log a warning when `host` is open to others and anybody could read, or listen in."""
        missing = [
            name
            for name, there in (("TLS", self._config.tls), ("a password", self._config.users))
            if not there
        ]
        if missing and not is_loopback(host):
            log.warning(
                "the pages are open on %s without %s: whoever reaches the port reads every score; "
                "give --web-config FILE (Prometheus' format), or listen on 127.0.0.1",
                host,
                " and without ".join(missing),
            )

    def refresh(self) -> bool:
        """Read changed files again; return whether there is something new.

        A configuration that is wrong is logged, and the one before it stays in force.
        """
        if self._file is None or not self._file.refresh():
            return False
        self._known.clear()
        return True

    @web.middleware
    async def middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Let a request through, or answer 401."""
        users = self._config.users
        if users:
            user, password = _credentials(request.headers.get("Authorization", ""))
            hashed = users.get(user)
            digest = self._digest(user.encode(errors="replace"), password, hashed or b"")
            if digest not in self._known:
                if self._waiting >= WAITING_MAX:
                    return web.Response(status=429, text="too many passwords to check; wait\n")
                if not (user or password) or not await self._is_right(password, hashed):
                    return web.Response(status=401, text="user or password is wrong\n", headers=ASK)
                self._remember(digest)
        answer: web.StreamResponse = await handler(request)
        return answer

    def _digest(self, *parts: bytes) -> bytes:
        framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hashlib.blake2b(framed, key=self._key).digest()

    async def _is_right(self, password: bytes, hashed: bytes | None) -> bool:
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            # An unknown user's password is checked too: time must not tell who is known.
            against = hashed or next(iter(self._config.users.values()))
            matches = await loop.run_in_executor(self._checking, _matches, password, against)
            return matches and hashed is not None
        finally:
            self._waiting -= 1

    def _remember(self, digest: bytes) -> None:
        # Only what was right: wrong guesses must not push it out.
        self._known[digest] = None
        if len(self._known) > REMEMBERED_MAX:
            del self._known[next(iter(self._known))]


def _matches(password: bytes, hashed: bytes) -> bool:
    try:
        return bcrypt.checkpw(password, hashed)
    except ValueError:  # longer than bcrypt can tell apart
        return False


def _credentials(header: str) -> tuple[str, bytes]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", b""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).partition(b":")
    except binascii.Error:
        return "", b""
    return user.decode(errors="replace"), password
