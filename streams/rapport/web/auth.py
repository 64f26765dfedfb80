"""Login to the pages: HTTP basic authentication or a proxy, with the newest configuration."""

import asyncio
import base64
import binascii
import hashlib
import logging
import os
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import bcrypt
from aiohttp import web

from rapport.runtime.file_watcher import ReloadedFile
from rapport.runtime.network import is_loopback
from rapport.web.config_file import WebConfig, read_web_config
from rapport.web.login.accounts import Accounts, read_accounts
from rapport.web.login.proxy import ProxyError
from rapport.web.login.sight import USER

log = logging.getLogger(__name__)
ACCEPTED_MAX: Final = 100
"""Accepted passwords in the cache: a check costs 50 ms and more, by bcrypt's design."""
PENDING_MAX: Final = 16
"""Passwords that may wait for their check; further requests get status 429."""
CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="rapport"'}


OWNERS: Final = web.RequestKey("owners", frozenset)
"""The owners of a user's own clients, in `request`; absent without any."""


class BasicAuth:
    """Checks every request against the web configuration and the accounts, read when they change.

    A page is open only where neither asks for a login: the web configuration has no users, and
    there are no accounts, or they leave reading open.
    """

    def __init__(self, file: Path | None, accounts_file: Path | None = None) -> None:
        self._file = None if file is None else _reloaded(file)
        self._accounts_file = None if accounts_file is None else _reloaded_accounts(accounts_file)
        self._key = os.urandom(32)
        self._accepted: dict[bytes, None] = {}
        self._pending = 0
        self._executor = ThreadPoolExecutor(1, "passwords")

    @property
    def _config(self) -> WebConfig:
        return WebConfig() if self._file is None else self._file.content

    @property
    def accounts(self) -> Accounts:
        """The newest accounts."""
        return Accounts() if self._accounts_file is None else self._accounts_file.content

    @property
    def _passwords(self) -> Mapping[str, bytes]:
        """User -> bcrypt hash; of a user in both files that of the web configuration."""
        return {**self.accounts.passwords, **self._config.users}

    @property
    def _is_reading_open(self) -> bool:
        return not self._config.users and self.accounts.is_reading_open

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
        settings = (("TLS", self._config.tls), ("a password", not self._is_reading_open))
        missing = [name for name, value in settings if not value]
        if missing and not is_loopback(host):
            log.warning(
                "the pages are open on %s without %s: whoever reaches the port reads every score; "
                "give --web-config FILE (Prometheus' format), or listen on 127.0.0.1",
                host,
                " and without ".join(missing),
            )

    def refresh(self) -> bool:
        """Read changed files again; return whether the web configuration changed.

        An invalid file is logged, and the previous content stays in force.
        """
        watched = [file for file in (self._file, self._accounts_file) if file is not None]
        changed = [file for file in watched if file.refresh()]
        if changed:
            self._accepted.clear()
        return self._file in changed

    @web.middleware
    async def middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Handle a request of a user, or any request where reading is open; else answer 401."""
        passwords = self._passwords
        try:
            user = self._user_of_proxy(request)
        except ProxyError as error:
            return web.Response(status=401, text=f"{error}\n", headers=CHALLENGE)
        if user is None and passwords and "Authorization" in request.headers:
            user = await self._user_of_password(request, passwords)
            if user is None:
                return _unauthorized()
        if user is None and not self._is_reading_open:
            return _unauthorized()
        if user is not None:
            request[USER] = user
            request[OWNERS] = self.accounts.own(user)
        answer: web.StreamResponse = await handler(request)
        return answer

    def _user_of_proxy(self, request: web.Request) -> str | None:
        proxy = self.accounts.proxy
        return None if proxy is None else proxy.user_of(request)

    async def _user_of_password(
        self, request: web.Request, passwords: Mapping[str, bytes]
    ) -> str | None:
        """Return the user of a request whose password is right, else None."""
        headers = request.headers.getall("Authorization")
        user, password = _credentials(headers[0]) if len(headers) == 1 else ("", b"")
        hashed = passwords.get(user)
        digest = self._digest(user.encode(errors="replace"), password, hashed or b"")
        if digest not in self._accepted:
            if self._pending >= PENDING_MAX:
                raise web.HTTPTooManyRequests(text="too many passwords to check; wait\n")
            # Constant effort: the response time must not reveal which users exist.
            compared = hashed or next(iter(passwords.values()))
            if not (user or password) or not await self._matches(password, compared):
                return None
            if hashed is None:
                return None
            self._accept(digest)
        return user

    def _digest(self, *parts: bytes) -> bytes:
        framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hashlib.blake2b(framed, key=self._key).digest()

    async def _matches(self, password: bytes, hashed: bytes) -> bool:
        self._pending += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._executor, _matches, password, hashed)
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


def _reloaded_accounts(file: Path) -> ReloadedFile[Accounts]:
    return ReloadedFile(
        "the accounts file",
        lambda: read_accounts(file),
        file,
        named_in=lambda accounts: accounts.files,
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
