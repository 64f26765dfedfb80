"""Reads the mail configuration: the mail server, and where the links of a mail lead.

The file is TOML; a relative path in it is relative to the file:

    pages = "https://rapport.example.org"   # where links lead; without it a mail has none

    [smtp]
    server = "smtp.example.org:587"
    from = "rapport@example.org"
    security = "starttls"           # or "tls" (usual at port 465), or "none" without a password
    ca_file = "ca.pem"              # only for an authority that the system does not trust
    username = "rapport"
    password_file = "smtp-password" # or password_env = "RAPPORT_SMTP_PASSWORD"
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from rapport.domain.documents.toml import parse_toml
from rapport.domain.documents.validation import validate
from rapport.domain.policy.base import Section
from rapport.runtime.network import is_loopback
from rapport.runtime.secrets import (
    Secret,
    check_private,
    refuse_password,
    secret_of_environment,
    secret_of_file,
)
from rapport.runtime.toml_file import read_text
from rapport_schemas.wire.errors import RapportError

WHAT: Final = "the mail configuration"
Address = Annotated[str, Field(pattern=r"^[^\s@<>,;:\"]+@[^\s@<>,;:\"]+$", max_length=254)]


class MailConfigError(RapportError):
    """The mail configuration is invalid."""


class _Smtp(Section, strict=True):
    server: Annotated[str, Field(pattern=r"^(\[[0-9a-fA-F:.]+\]|[^\s:\[\]]+):\d{1,5}$")]
    sender: Annotated[Address, Field(alias="from")]
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: str = ""
    username: str = ""
    password_file: str = ""
    password_env: str = ""

    @model_validator(mode="before")
    @classmethod
    def _holds_no_password(cls, document: Any) -> Any:
        refuse_password(document)
        return document

    @model_validator(mode="after")
    def _password_with_username(self) -> Self:
        if bool(self.username) != (bool(self.password_file) != bool(self.password_env)):
            raise ValueError(
                "username needs password_file or password_env, one of the two; without a username "
                "give neither"
            )
        if self.username and self.security == "none" and not is_loopback(self.host):
            raise ValueError(
                'security = "none" sends the password for all to read; use "starttls" or "tls"'
            )
        return self

    @property
    def host(self) -> str:
        """The server's name, without its port."""
        return self.server.rpartition(":")[0].strip("[]")


class _File(Section, strict=True):
    pages: Annotated[str, Field(pattern=r"^(https?://\S+)?$", max_length=1000)] = ""
    smtp: _Smtp


@dataclass(frozen=True, slots=True)
class MailConfig:
    """The mail server, and the address of the pages for readers of mails."""

    host: str
    port: int
    sender: str
    security: str
    """`starttls`, `tls` or `none`."""
    ca_file: Path | None = None
    username: str = ""
    password: Secret | None = None
    pages: str = ""


def read_mail_config(file: Path) -> MailConfig:
    """Return the configuration; raises `RapportError` with file, line, key and what is expected."""
    check_private(file, WHAT)
    document = parse_toml(read_text(file, WHAT, MailConfigError), str(file), MailConfigError)
    settings = validate(_File, document, MailConfigError, secret=True)
    smtp = settings.smtp
    return MailConfig(
        host=smtp.host,
        port=int(smtp.server.rpartition(":")[2]),
        sender=smtp.sender,
        security=smtp.security,
        ca_file=file.parent / smtp.ca_file if smtp.ca_file else None,
        username=smtp.username,
        password=_password(smtp, file),
        pages=settings.pages,
    )


def _password(smtp: _Smtp, file: Path) -> Secret | None:
    if smtp.password_env:
        return secret_of_environment(smtp.password_env, f"{file}, password_env")
    if smtp.password_file:
        return secret_of_file(file.parent / smtp.password_file, "password_file")
    return None
