"""The server's TLS certificate: TLS 1.2 or newer, read again when it is renewed."""

import logging
import ssl
from pathlib import Path

from rapport.schemas.errors import RapportError

log = logging.getLogger(__name__)


class Certificate:
    """A certificate and its key, in the TLS context of a server."""

    def __init__(self, cert: Path, key: Path) -> None:
        self._cert, self._key = cert, key
        self._seen = self._signature()
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._load(self.context)

    def refresh(self) -> None:
        """Read the files again if they changed; bad ones keep the old certificate, and say so.

        New connections get the new certificate.
        """
        signature = self._signature()
        if signature == self._seen:
            return
        self._seen = signature
        try:
            # Tried apart first: a certificate without its key must not reach the live context.
            self._load(ssl.create_default_context(ssl.Purpose.CLIENT_AUTH))
            self._load(self.context)
        except RapportError as error:
            log.warning("the certificate stays as it was: %s", error)

    def _load(self, context: ssl.SSLContext) -> None:
        try:
            context.load_cert_chain(self._cert, self._key, password=_no_password)
        except (OSError, ssl.SSLError) as error:
            raise RapportError(
                f"the certificate {self._cert} with the key {self._key} cannot be used: {error}; "
                "both are PEM, and the key is its own and has no password"
            ) from error

    def _signature(self) -> tuple[tuple[int, int], ...]:
        return tuple(_changed(path) for path in (self._cert, self._key))


def _changed(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return found.st_mtime_ns, found.st_ino


def _no_password() -> str:
    raise RapportError("the TLS key has a password; give one without, readable by this user only")
