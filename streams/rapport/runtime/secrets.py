"""Reads secrets from private files or the environment, never from a command line."""

import os
import stat
from pathlib import Path

from rapport_schemas.wire.errors import RapportError


class SecretError(RapportError):
    """A secret is missing, or readable by others."""


class Secret(str):
    """Text that is never printed: client libraries log their settings.

    >>> password = Secret("geheim")
    >>> print(password, [password], f"{password}", "geheim" == password)
    *** [***] *** True
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "***"

    def __str__(self) -> str:
        return "***"

    def __format__(self, _spec: str) -> str:
        return "***"


def check_private(path: Path, what: str, *, of_owner: bool = False) -> None:
    """Raise `SecretError` when `path` cannot be read, or when any user of the machine can read it.

    With `of_owner`, its group must not have access either.
    """
    who, mask, group = "every user of this machine", stat.S_IRWXO, "o"
    if of_owner:
        who, mask, group = "others than its owner", stat.S_IRWXO | stat.S_IRWXG, "go"
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise SecretError(f"{what} {path} cannot be read: {error.strerror}") from error
    if mode & mask:
        raise SecretError(
            f"{what} {path} can be read or written by {who} (mode {stat.S_IMODE(mode):04o}); run "
            f"`chmod {group}= {path}`, or mount it with mode {0o440 & ~mask:04o}"
        )


def refuse_password(document: object) -> None:
    """Raise ValueError when a table of a configuration file holds a password itself."""
    if isinstance(document, dict) and "password" in document:
        raise ValueError(
            "it holds the password itself; write it to a file of its own and name that with "
            "password_file, or name an environment variable with password_env"
        )


def secret_of_file(path: Path, what: str) -> Secret:
    """Return the content of a private file, without its last newline."""
    check_private(path, what)
    try:
        secret = path.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(f"{what} {path} cannot be read as UTF-8 text") from error
    if not secret:
        raise SecretError(f"{what} {path} is empty; write the secret into it")
    return Secret(secret)


def secret_of_environment(name: str, what: str) -> Secret:
    """Return the value of an environment variable."""
    secret = os.environ.get(name)
    if not secret:
        raise SecretError(
            f"{what}: the environment variable {name} is not set; set it to the secret"
        )
    return Secret(secret)
