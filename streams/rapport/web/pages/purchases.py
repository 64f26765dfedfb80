"""Purchases section of a client page: sentences, and the spend per consent of IT."""

from collections.abc import Iterable
from dataclasses import dataclass

from rapport.domain.clients.approvals import Approval
from rapport.domain.procurement.health import PurchaseHealth
from rapport.domain.procurement.windows import UNKNOWN
from rapport.language.language import Language
from rapport.language.narrative import describe_purchases, describe_window
from rapport.language.organisation import describe_approved


@dataclass(frozen=True, slots=True)
class PurchasesSection:
    """The purchases section of a client page."""

    window: str
    """The name of the window, the same for sentences, table and the last bar."""
    sentences: list[str]
    sanctions: list[tuple[str, str, str]]


def purchases_section(
    health: PurchaseHealth, approvals: Iterable[Approval], language: Language
) -> PurchasesSection:
    """Return the purchases section of a client."""
    return PurchasesSection(
        describe_window(health, language),
        [*_sentences(health, language), *describe_approved(health, approvals, language)],
        _sanctions(health, language),
    )


def _sentences(health: PurchaseHealth, language: Language) -> list[str]:
    sentences = [describe_purchases(health, (), language)[0]]
    if health.missing:
        unknown = ", ".join(language.input(name) for name in health.missing)
        sentences.append(language.text("missing_inputs", missing=unknown))
    sentences += [
        language.text("least_amount", currency=currency, amount=amount)
        for currency, amount in health.least_amounts
    ]
    if health.state != UNKNOWN:
        count = language.number(health.false_alerts)
        sentences.append(language.text("false_alerts", count=count, clients=health.clients))
    if health.top_suppliers:
        sentences.append(language.text("suppliers", suppliers=", ".join(health.top_suppliers)))
    for new in health.new_suppliers.named:
        amount = language.amount(new.minor, new.currency)
        sentences.append(language.text("new_supplier", supplier=new.supplier, amount=amount))
    if health.peers is not None and health.peers.outlier:
        peers = health.peers
        expected = language.number(peers.expected)
        sentences.append(
            language.text("of_peers", n=peers.observed, clients=peers.clients, expected=expected)
        )
    return sentences


def _sanctions(health: PurchaseHealth, language: Language) -> list[tuple[str, str, str]]:
    return [
        (
            language.text(sanction),
            str(count),
            ", ".join(
                language.amount(spent.minor, spent.currency)
                for spent in health.spent
                if spent.sanction == sanction
            )
            or "0",
        )
        for sanction, count in health.by_sanction
    ]
