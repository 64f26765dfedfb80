"""Reads where Alertmanager is, for silences of acknowledged concerns.

The file is TOML; a relative path in it is relative to the file:

    url = "https://alertmanager.example.org"
    job = "rapport"                 # the workers' job in Prometheus
    ca_file = "ca.pem"              # only for an authority that the system does not trust
    username = "rapport"
    password_file = "password"
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from rapport.domain.documents.toml import parse_toml
from rapport.domain.documents.validation import validate
from rapport.domain.policy.base import Section
from rapport.runtime.network import is_loopback
from rapport.runtime.secrets import refuse_password, secret_of_file
from rapport.runtime.toml_file import read_text
from rapport.web.client import WebAccess
from rapport_schemas.wire.errors import RapportError

WHAT: Final = "the file on Alertmanager"


class AlertmanagerFileError(RapportError):
    """The file on Alertmanager is invalid."""


class _File(Section, strict=True):
    url: Annotated[str, Field(pattern=r"^https?://[^\s/@?#]+(/[^\s@?#]*)?$", max_length=1000)]
    job: Annotated[str, Field(min_length=1, max_length=200)] = "rapport"
    ca_file: str = ""
    username: str = ""
    password_file: str = ""

    @model_validator(mode="before")
    @classmethod
    def _holds_no_password(cls, document: Any) -> Any:
        refuse_password(document)
        return document

    @model_validator(mode="after")
    def _password_with_username(self) -> Self:
        if bool(self.username) != bool(self.password_file):
            raise ValueError("username and password_file are given together, or neither")
        parts = urlsplit(self.url)
        if self.username and parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise ValueError("url would carry the password for all to read; use https")
        return self


@dataclass(frozen=True, slots=True)
class AlertmanagerAccess:
    """An Alertmanager, and the job whose alerts are silenced there."""

    url: str
    job: str
    web: WebAccess


def read_alertmanager_file(file: Path) -> AlertmanagerAccess:
    """Return the access; raises `RapportError` with file, line, key and what is expected."""
    text = read_text(file, WHAT, AlertmanagerFileError)
    document = parse_toml(text, str(file), AlertmanagerFileError)
    settings = validate(_File, document, AlertmanagerFileError, secret=True)
    password = None
    if settings.password_file:
        password = secret_of_file(file.parent / settings.password_file, "password_file")
    return AlertmanagerAccess(
        url=settings.url.rstrip("/"),
        job=settings.job,
        web=WebAccess(
            ca_file=file.parent / settings.ca_file if settings.ca_file else None,
            user=settings.username or None,
            password=password,
        ),
    )
