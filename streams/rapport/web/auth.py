"""HTTP basic authentication of the pages, with the newest web configuration."""

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
ACCEPTED_MAX: Final = 100
"""Accepted passwords in the cache: a check costs 50 ms and more, by bcrypt's design."""
PENDING_MAX: Final = 16
"""Passwords that may wait for their check; further requests get status 429."""
CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="rapport"'}


class BasicAuth:
    """Checks every request against the web configuration, which is read again when it changes."""

    def __init__(self, file: Path | None) -> None:
        self._file = None if file is None else _reloaded(file)
        self._key = os.urandom(32)
        self._accepted: dict[bytes, None] = {}
        self._pending = 0
        self._executor = ThreadPoolExecutor(1, "passwords")

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
        """Log a warning when other machines reach `host` and TLS or passwords are missing."""
        settings = (("TLS", self._config.tls), ("a password", self._config.users))
        missing = [name for name, value in settings if not value]
        if missing and not is_loopback(host):
            log.warning(
                "the pages are open on %s without %s: whoever reaches the port reads every score; "
                "give --web-config FILE (Prometheus' format), or listen on 127.0.0.1",
                host,
                " and without ".join(missing),
            )

    def refresh(self) -> bool:
        """Read changed files again; return whether the configuration changed.

        An invalid configuration is logged, and the previous one stays in force.
        """
        if self._file is None or not self._file.refresh():
            return False
        self._accepted.clear()
        return True

    @web.middleware
    async def middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Handle a request whose password is right; answer 401 to any other."""
        users = self._config.users
        if users:
            user, password = _credentials(request.headers.get("Authorization", ""))
            hashed = users.get(user)
            digest = self._digest(user.encode(errors="replace"), password, hashed or b"")
            if digest not in self._accepted:
                if self._pending >= PENDING_MAX:
                    return web.Response(status=429, text="too many passwords to check; wait\n")
                if not (user or password) or not await self._is_right(password, hashed):
                    return _unauthorized()
                self._accept(digest)
        answer: web.StreamResponse = await handler(request)
        return answer

    def _digest(self, *parts: bytes) -> bytes:
        framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hashlib.blake2b(framed, key=self._key).digest()

    async def _is_right(self, password: bytes, hashed: bytes | None) -> bool:
        self._pending += 1
        try:
            loop = asyncio.get_running_loop()
            # Constant effort: the response time must not reveal which users exist.
            compared = hashed or next(iter(self._config.users.values()))
            matches = await loop.run_in_executor(self._executor, _matches, password, compared)
            return matches and hashed is not None
        finally:
            self._pending -= 1

    def _accept(self, digest: bytes) -> None:
        # Only right passwords: wrong guesses must not evict them.
        self._accepted[digest] = None
        if len(self._accepted) > ACCEPTED_MAX:
            del self._accepted[next(iter(self._accepted))]


def _unauthorized() -> web.Response:
    return web.Response(status=401, text="user or password is wrong\n", headers=CHALLENGE)


def _reloaded(file: Path) -> ReloadedFile[WebConfig]:
    return ReloadedFile(
        "the web configuration",
        lambda: read_web_config(file),
        file,
        named_in=lambda config: config.files,
    )


def _matches(password: bytes, hashed: bytes) -> bool:
    try:
        return bcrypt.checkpw(password, hashed)
    except ValueError:  # longer than bcrypt compares
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
