"""Who reads and who records: users, their roles and owners, trusted proxies and hosts."""

from rapport_schemas.faces import lazy

__all__ = ["Accounts", "Elsewhere", "HostCheck", "SightCheck", "TrustedProxy", "read_accounts"]
__getattr__ = lazy(
    __name__,
    {
        "Accounts": "accounts",
        "Elsewhere": "elsewhere",
        "HostCheck": "hosts",
        "SightCheck": "sight",
        "TrustedProxy": "proxy",
        "read_accounts": "accounts",
    },
)
