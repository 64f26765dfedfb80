"""The policy: all weights, half-lives, caps and thresholds, as frozen models."""

from rapport_schemas.faces import lazy

__all__ = ["Policy", "PolicyError", "RateTable", "Section", "format_amount", "parse_policy"]
__getattr__ = lazy(
    __name__,
    {
        "Policy": "model",
        "PolicyError": "model",
        "RateTable": "exchange_rates",
        "Section": "base",
        "format_amount": "exchange_rates",
        "parse_policy": "model",
    },
)
