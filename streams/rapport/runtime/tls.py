"""TLS contexts of servers and clients, from PEM files."""

import ssl
from pathlib import Path

from rapport.runtime.file_watcher import ReloadedFile
from rapport_schemas.wire.errors import RapportError


class TlsError(RapportError):
    """A certificate, its key or a CA certificate cannot be used."""


def client_context(
    ca_file: Path | None, cert_file: Path | None = None, key_file: Path | None = None
) -> ssl.SSLContext:
    """Return a context that verifies a server's certificate and its host name.

    Without a `ca_file` the CAs of the system are trusted. Raises `TlsError`.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise TlsError(f"ca_file {ca_file} holds no certificates in PEM format: {error}") from error
    if cert_file is not None:
        _load_certificate(context, cert_file, key_file)
    return context


def server_context(
    cert_file: Path,
    key_file: Path,
    versions: tuple[ssl.TLSVersion, ssl.TLSVersion] = (
        ssl.TLSVersion.TLSv1_2,
        ssl.TLSVersion.TLSv1_3,
    ),
    client_ca_file: Path | None = None,
    verify: ssl.VerifyMode = ssl.CERT_NONE,
) -> ssl.SSLContext:
    """Return a server's context with (lowest, highest) `versions`; raises `TlsError`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version, context.maximum_version = versions
    _load_certificate(context, cert_file, key_file)
    if client_ca_file is not None:
        try:
            context.load_verify_locations(client_ca_file)
        except (OSError, ssl.SSLError) as error:
            raise TlsError(
                f"client_ca_file {client_ca_file} holds no certificates in PEM format: {error}"
            ) from error
    context.verify_mode = verify
    return context


def reloaded_server_context(cert_file: Path, key_file: Path) -> ReloadedFile[ssl.SSLContext]:
    """Return a server's context that reloads a renewed certificate for new connections."""
    context = server_context(cert_file, key_file)

    def load() -> ssl.SSLContext:
        # First into a separate context: a certificate without its key must not reach the live one.
        server_context(cert_file, key_file)
        _load_certificate(context, cert_file, key_file)
        return context

    return ReloadedFile("the certificate", load, cert_file, key_file)


def _load_certificate(context: ssl.SSLContext, cert_file: Path, key_file: Path | None) -> None:
    try:
        # An empty pass phrase, because OpenSSL would prompt for one.
        context.load_cert_chain(cert_file, key_file, password=lambda: "")
    except (OSError, ssl.SSLError) as error:
        raise TlsError(
            f"the certificate {cert_file} with the key {key_file} cannot be used: {error}; "
            "both are PEM, and the key is its own and has no pass phrase"
        ) from error
