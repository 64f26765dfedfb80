"""Renderers of the pages on contracts and on the policy."""

from rapport_schemas.faces import lazy

__all__ = [
    "contract_section",
    "contract_summaries",
    "contracts_page",
    "policy_page",
]
__getattr__ = lazy(
    __name__,
    {
        "contract_section": "contracts",
        "contract_summaries": "contracts",
        "contracts_page": "contracts",
        "policy_page": "policy",
    },
)
