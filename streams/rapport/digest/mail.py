"""Sends a digest by mail, as text and as HTML, over a connection whose certificate is checked."""

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Final

from rapport.digest.config_file import MailConfig
from rapport.digest.html import html_of
from rapport.digest.page import DigestPage
from rapport.digest.text import text_of
from rapport.runtime.tls import client_context
from rapport_schemas.wire.errors import RapportError

TIMEOUT_SECONDS: Final = 30


class MailError(RapportError):
    """A mail was not delivered to the mail server."""


def mail_of(page: DigestPage, sender: str, to: Sequence[str], at: datetime) -> EmailMessage:
    """Return the mail with a page; `at` is its date."""
    mail = EmailMessage()
    mail["Subject"] = " ".join(page.subject.split())
    mail["From"] = Address("Rapport", addr_spec=sender)
    mail["To"] = [Address(addr_spec=one) for one in to]
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = make_msgid("rapport", sender.rpartition("@")[2])
    # RFC 3834: programs that answer mails, such as out-of-office replies, leave this one alone.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text_of(page))
    mail.add_alternative(html_of(page), subtype="html")
    return mail


def send(mail: EmailMessage, config: MailConfig) -> None:
    """Give a mail to the server; raises `MailError` with the step that failed and what to do."""
    where = f"{config.host}:{config.port}"
    try:
        with _connection(config) as server:
            if config.password is not None:
                # A secret prints as stars, and smtplib formats what it is given.
                server.login(config.username, "".join(config.password))
            refused = server.send_message(mail)
    except ssl.SSLCertVerificationError as error:
        raise MailError(
            f"the certificate of {where} is not trusted ({error.verify_message}); name its "
            "authority with ca_file, and the server as the certificate does"
        ) from error
    except smtplib.SMTPAuthenticationError as error:
        raise MailError(
            f"{where} refuses the user {config.username!r} or the password ({_said(error)})"
        ) from error
    except smtplib.SMTPRecipientsRefused as error:
        raise MailError(
            f"{where} refuses every recipient: {_refusals(error.recipients)}"
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise MailError(f"{where} cannot do what is asked: {error}") from error
    except smtplib.SMTPResponseException as error:
        raise MailError(f"{where} refuses the mail: {_said(error)}") from error
    except UnicodeEncodeError as error:
        raise MailError("the user and the password for a mail server are ASCII text") from error
    except (OSError, smtplib.SMTPException) as error:
        raise MailError(
            f"no mail server answers at {where} as expected ({error}); check server and security"
        ) from error
    if refused:
        raise MailError(f"sent, but {where} refuses {_refusals(refused)}")


@contextmanager
def _connection(config: MailConfig) -> Iterator[smtplib.SMTP]:
    context = client_context(config.ca_file)
    if config.security == "tls":
        with smtplib.SMTP_SSL(
            config.host, config.port, timeout=TIMEOUT_SECONDS, context=context
        ) as server:
            yield server
        return
    with smtplib.SMTP(config.host, config.port, timeout=TIMEOUT_SECONDS) as server:
        if config.security == "starttls":
            server.starttls(context=context)
        yield server


def _said(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_text(error.smtp_error)}"


def _refusals(recipients: dict[str, tuple[int, bytes]]) -> str:
    return ", ".join(
        f"{address} ({code} {_text(said)})" for address, (code, said) in recipients.items()
    )


def _text(said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return " ".join(text.split())
