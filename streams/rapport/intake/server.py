"""Runs the intake: listens, reloads its files, and shuts down gracefully."""

import asyncio
import signal
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from aiohttp import web

from rapport.intake.application import Intake
from rapport.intake.authentication import Authenticator
from rapport.intake.delivery import Delivery
from rapport.intake.settings import IntakeSettings, check_exposure
from rapport.intake.tokens import token_file
from rapport.runtime.connections import (
    HANDSHAKE_SECONDS,
    HEADERS_MAX,
    LINGER_SECONDS,
    backlog,
    bounded_protocols,
    connections_log,
    connections_max,
)
from rapport.runtime.file_watcher import ReloadedFile
from rapport.runtime.tls import reloaded_server_context
from rapport_schemas.wire.errors import RapportError

WATCH_SECONDS: Final = 1.0
POLL_SECONDS: Final = 0.05


class Server:
    """One intake: `await start()`, then `await stop()`, on the same event loop."""

    def __init__(self, settings: IntakeSettings) -> None:
        check_exposure(settings)
        self._settings = settings
        self._authenticator = Authenticator(
            token_file(settings.tokens) if settings.tokens else None
        )
        self._certificate = _certificate(settings)
        self._delivery = Delivery(settings.kafka, settings.limits)
        self._intake = Intake(self._authenticator, self._delivery, settings.limits)
        self._runner = web.AppRunner(
            self._intake.application(),
            access_log=None,
            logger=connections_log,
            auto_decompress=False,
            keepalive_timeout=settings.limits.idle_seconds_max,
            lingering_time=LINGER_SECONDS,
            max_headers=HEADERS_MAX,
            shutdown_timeout=LINGER_SECONDS,
        )
        self._listener: asyncio.Server | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> str:
        """Listen, and return the URL; raises `RapportError` when the port is not available."""
        settings = self._settings
        await self._runner.setup()
        context = self._certificate.content if self._certificate else None
        maximum = min(settings.limits.connections_max, connections_max())
        try:
            self._listener = await asyncio.get_running_loop().create_server(
                bounded_protocols(self._runner, maximum),
                settings.host,
                settings.port,
                backlog=backlog(maximum),
                ssl=context,
                ssl_handshake_timeout=HANDSHAKE_SECONDS if context else None,
            )
        except OSError as error:
            raise RapportError(
                f"cannot listen on {settings.host}:{settings.port}: {error}; "
                "choose another port with --port, or 0 for a free one"
            ) from error
        self._tasks = [
            asyncio.create_task(self._delivery.run()),
            asyncio.create_task(self._watch()),
        ]
        host, port = self._listener.sockets[0].getsockname()[:2]
        return f"http{'s' if settings.tls else ''}://{f'[{host}]' if ':' in host else host}:{port}"

    async def failed(self) -> None:
        """Raise the error of a background task that ended; the intake cannot run without it."""
        await asyncio.gather(*self._tasks)

    async def stop(self) -> None:
        """Reject new requests, finish the requests in progress, and close."""
        self._intake.stopping = True
        if self._listener is not None:
            self._listener.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.limits.drain_seconds_max):
                while self._intake.active:  # noqa: ASYNC110 # requests notify nothing when they end
                    await asyncio.sleep(POLL_SECONDS)
        await self._runner.cleanup()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self._intake.rates.retain(self._authenticator.refresh())
            if self._certificate is not None:
                self._certificate.refresh()


def _certificate(settings: IntakeSettings) -> ReloadedFile[ssl.SSLContext] | None:
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    return reloaded_server_context(settings.tls_cert, settings.tls_key)


def serve(
    settings: IntakeSettings, on_listening: Callable[[str], None], check: Callable[[], None]
) -> None:
    """Run an intake until SIGINT or SIGTERM; calls `on_listening` with its URL.

    `check` is called after the settings are validated; an error of it ends the intake.
    """
    asyncio.run(_serve(settings, on_listening, check))


async def _serve(
    settings: IntakeSettings, on_listening: Callable[[str], None], check: Callable[[], None]
) -> None:
    signalled = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, signalled.set)
    server = Server(settings)
    await asyncio.to_thread(check)
    on_listening(await server.start())
    stopped = asyncio.create_task(signalled.wait())
    failed = asyncio.create_task(server.failed())
    done, _ = await asyncio.wait({stopped, failed}, return_when=asyncio.FIRST_COMPLETED)
    await server.stop()
    if failed in done:
        failed.result()
