"""The digest: one page of what changed for some clients, as text, as HTML and by mail."""

from rapport_schemas.faces import lazy

__all__ = [
    "DigestPage",
    "MailConfig",
    "MailError",
    "digest_page",
    "html_of",
    "mail_of",
    "read_mail_config",
    "send",
    "text_of",
]
__getattr__ = lazy(
    __name__,
    {
        "DigestPage": "page",
        "MailConfig": "config_file",
        "MailError": "mail",
        "digest_page": "page",
        "html_of": "html",
        "mail_of": "mail",
        "read_mail_config": "config_file",
        "send": "mail",
        "text_of": "text",
    },
)
