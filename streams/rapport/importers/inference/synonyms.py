"""Synonyms of column names in English, Dutch and German exports, as keys, the best first."""

from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


CLIENT: Final = _words(
    "client business-unit u-business-unit businessunit klant bedrijfsonderdeel "
    "organisatieonderdeel department afdeling abteilung directorate directie direktion faculty "
    "faculteit fakultat division divisie bereich organization organisation organisatie "
    "custom-field-organizations cost-centre cost-center kostenplaats kostenstelle "
    "cost-centre-description cac2 budget-holder budgethouder service-area expense-area branch "
    "vestiging location locatie standort company bedrijf firma body-name service team"
)
IDS: Final[dict[str, tuple[str, ...]]] = {
    "tickets": _words(
        "number issue-key ticket-id ticket-number incident-number incident-id call-number key id "
        "nummer meldingnummer incidentnummer ticketnummer vorgangsnummer ticket case-number case-id"
    ),
    "purchases": _words(
        "purchase-id order-number po-number purchase-order invoice-number document-number "
        "transaction-id ordernummer inkoopnummer bestelnummer factuurnummer bestellnummer "
        "rechnungsnummer belegnummer id nummer"
    ),
    "surveys": _words(
        "responseid response-id answer-id respondent-id comment-id antwoord-id antwort-id id"
    ),
}
TICKET: Final[dict[str, tuple[str, ...]]] = {
    "opened_at": _words(
        "opened-at opened created-at created sys-created-on creation-date date-created call-date "
        "reported-at reported open-date aanmaakdatum datum-aangemeld aangemaakt gemeld-op "
        "meldingsdatum erstellt erstellt-am erfasst eroffnet-am angelegt-am"
    ),
    "resolved_at": _words(
        "resolved-at resolved solved-at closed-at closed completion-date date-completed "
        "closure-date date-closed resolution-date afgemeld datum-afgemeld datum-gereed gereed-op "
        "opgelost-op gesloten-op gelost gelost-am geschlossen-am abgeschlossen-am erledigt-am"
    ),
    "updated_at": _words(
        "updated-at updated sys-updated-on sys-updated-at modification-date last-modified "
        "wijzigingsdatum gewijzigd geandert-am aktualisiert"
    ),
    "priority": _words("priority prioriteit prioritat urgency urgentie dringlichkeit"),
    "kind": _words(
        "ticket-type issue-type call-type task-type soort-melding soort type-melding vorgangstyp "
        "ticketart type"
    ),
    "reassignments": _words("reassignment-count reassignments doorzettingen weiterleitungen"),
    "reopened": _words("reopen-count reopens reopened heropend wiedereroffnet"),
}
SLA: Final = _words(
    "made-sla sla-met within-sla sla-achieved in-time on-time binnen-sla sla-gehaald op-tijd "
    "sla-eingehalten fristgerecht"
)
DUE: Final = _words(
    "due-date due target-date sla-target-date streefdatum sla-streefdatum deadline "
    "falligkeitsdatum zieldatum"
)
PURCHASE: Final[dict[str, tuple[str, ...]]] = {
    "purchased_on": _words(
        "purchase-date purchased-on order-date invoice-date payment-date date-paid paid-date "
        "trans-date transaction-date posting-date date aankoopdatum besteldatum factuurdatum "
        "boekdatum betaaldatum datum kaufdatum bestelldatum rechnungsdatum buchungsdatum"
    ),
    "supplier": _words(
        "supplier supplier-name vendor vendor-name merchant merchant-name beneficiary payee "
        "beneficiary-name payee-name creditor-name leverancier leveranciersnaam crediteur "
        "lieferant lieferantenname kreditor"
    ),
    "category": _words(
        "category expense-type merchant-category procurement-category expenditure-category "
        "purpose-of-spend account-description cac1-desc categorie kostensoort omschrijving "
        "kategorie warengruppe kostenart beschreibung description"
    ),
}
AMOUNT: Final = _words(
    "amount net-amount gross-amount total price cost value amount-paid payment-amount "
    "billing-gross-amt bedrag nettobedrag totaalbedrag prijs kosten betrag nettobetrag summe preis"
)
CURRENCY: Final = _words("currency currency-code valuta munt wahrung waehrung")
SURVEY: Final[dict[str, tuple[str, ...]]] = {
    "answered_at": _words(
        "recordeddate submitdate completion-time date-submitted submitted-at answered-at enddate "
        "end-time timestamp date voltooiingstijd tijdstempel ingevuld-op datum zeitstempel "
        "abgeschlossen-am"
    ),
}
QUESTIONS: Final[dict[str, tuple[str, ...]]] = {
    "recommend": _words("recommend aanbevel aanraden empfehl nps friends-and-family score"),
    "clarity": ("clear", "clarity", "duidelijk", "klar"),
    "communication": ("communic", "kommunik", "informed", "geinformeerd"),
    "delivery": ("deliver", "promise", "levert", "belooft", "belofte", "liefer", "hält"),
    "relationship": ("relation", "relatie", "beziehung", "partner", "samenwerking"),
    "trust": ("trust", "vertrouw", "vertrau", "satisf", "tevreden", "zufrieden"),
}
"""The contract's questions -> parts of words in the names of their columns."""
PRIORITY_WORDS: Final[dict[str, str]] = {
    **dict.fromkeys(
        _words("critical kritiek kritisch urgent blocker highest hoogste hochste"), "P1"
    ),
    **dict.fromkeys(_words("high hoog hoch major dringend"), "P2"),
    **dict.fromkeys(_words("medium moderate normal normaal gemiddeld mittel standaard"), "P3"),
    **dict.fromkeys(_words("low laag niedrig minor lowest trivial planning planned gering"), "P4"),
}
SYMBOLS: Final = {"£": "GBP", "€": "EUR", "$": "USD", "¥": "JPY"}
_TABLES: Final = (IDS, TICKET, PURCHASE, SURVEY)
NAMES_OF_HEADERS: Final = frozenset(
    {*CLIENT, *SLA, *DUE, *AMOUNT, *CURRENCY}
    | {name for table in _TABLES for names in table.values() for name in names}
)
"""Every synonym: the row of a file with the most of them is its header."""
