"""Concerns in words: what is wrong with a client or went well, and what IT does next.

A next step never asks for what IT cannot change itself, such as its own survey answers.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from rapport.domain.calendar import DAYS_PER_WEEK
from rapport.domain.concerns.verdict import Concern, Figure, Verdict
from rapport.domain.scoring.changeable import can_change, can_discuss
from rapport.language.language import Language
from rapport.language.narrative import SMALL

SENTENCE_CHARACTERS_MAX: Final = 120
"""The length of a reason in a row of a list."""
NAME_CHARACTERS_MAX: Final = 32
"""The length of a name of a supplier or a client in a sentence."""
SHORT_DAYS_MAX: Final = 300
"""A day before these is written with its year."""
KNOWN_DAYS: Final = 364
"""The days that are evaluated again; what was on at the first of them may have begun before."""
SENTENCES: Final = {"outside_purchases_rising": "purchases_counted"}
"""Kinds that other texts tell too -> the key of that text."""
COUNTS: Final = {
    "outside_purchases_rising": "observed",
    "far_from_peers": "observed",
    "silent": "silence_days",
    "promise_overdue": "overdue",
    "action_overdue": "overdue",
}
"""Kinds whose sentence has a singular and a plural -> the figure that chooses."""
DETAILS: Final = {
    "trust_falling": ("loss", "largest_loss"),
    "trust_low": ("loss", "largest_loss"),
    "trust_risen": ("gain", "largest_gain"),
    "stage_lost": ("criterion", "criterion_lost"),
    "engagement_fading": ("silence_days", "last_contact"),
}
"""Kinds with a second sentence -> the figure that it needs, and its text."""
NEEDED: Final = {
    "outside_purchases_rising": "suppliers",
    "trust_falling": "loss",
    "trust_under_target": "gain",
    "stage_lost": "criterion",
    "engagement_fading": "roles",
    "far_from_peers": "similar",
    "outside_spend_rising": "supplier",
}
"""Kinds whose next step names a figure -> that figure; without it the step has its plain text."""
COUNTED_STEPS: Final = ("outside_purchases_rising", "new_supplier")
"""Kinds whose next step has a singular and a plural, chosen by the number of suppliers."""


def describe_concern(
    concern: Concern, names: Mapping[str, str], language: Language
) -> tuple[str, str]:
    """Return what a concern or good news is, in at most 120 characters, and the next step.

    `names` are the clients' names by id.
    """
    slots = _slots(concern, names, language)
    return _shortened(_sentence(concern, slots, language), SENTENCE_CHARACTERS_MAX), _next_step(
        concern, slots, language
    )


def describe_since(concern: Concern, day: int, language: Language) -> str:
    """Return the day since which a concern is on; with its year if that was long before `day`."""
    return describe_first_day(concern.since, day, language)


def describe_acknowledged(concern: Concern, language: Language) -> str:
    """Return until when a concern is acknowledged, and whether its alert goes on; or nothing."""
    if concern.acknowledged_until is None:
        return ""
    return describe_until(concern.acknowledged_until, language, is_silenced=concern.is_silenced)


def describe_until(day: int, language: Language, *, is_silenced: bool) -> str:
    """Return the last day on which a concern is acknowledged, as `describe_acknowledged`."""
    text = language.text("acknowledged_until", day=language.short_day(day))
    return text if is_silenced else f"{text}, {language.text('not_silenced')}"


def describe_first_day(since: int, day: int, language: Language) -> str:
    """Return the day since which something is on, as `describe_since`."""
    if day - since >= KNOWN_DAYS:
        return language.text("long_ago")
    if day - since > SHORT_DAYS_MAX:
        return language.day(since)
    return language.short_day(since)


def describe_verdict(
    verdict: Verdict, day: int, names: Mapping[str, str], language: Language
) -> list[str]:
    """Return the state of a client on a day, and each concern and good news with its next step.

    `names` are the clients' names by id.
    """
    lines = [f"{language.text('state')}: {language.states[verdict.state]}"]
    concerns = (*verdict.concerns, *verdict.news)
    for concern in concerns:
        sentence, next_step = describe_concern(concern, names, language)
        since = language.text("since_day", day=describe_since(concern, day, language))
        most = f", {language.text('for_most')}" if concern.is_shared else ""
        acknowledged = describe_acknowledged(concern, language)
        most += f", {acknowledged}" if acknowledged else ""
        lines += [
            f"  {sentence} ({since}{most})",
            f"    {language.text('what_next')}: {next_step}",
        ]
    return lines


def describe_shared_concern(
    kind: str, subject: str, clients: int, total: int, language: Language
) -> str:
    """Return what most clients have in common, said once for the fleet."""
    every = "all" if clients == total else "most"
    source = language.sources[subject] if subject else ""
    return language.text(f"shared_{kind}_{every}", clients=clients, total=total, source=source)


def _sentence(concern: Concern, slots: Mapping[str, Any], language: Language) -> str:
    figures, kind = concern.figures, concern.kind
    key, count = SENTENCES.get(kind, f"concern_{kind}"), COUNTS.get(kind)
    if kind == "signs_contradict":
        key = f"{key}_{figures['pattern']}"
    elif kind == "trust_low" and _number(figures["trust"]) >= _number(figures["mark"]):
        key = f"{key}_held"
    counted = {} if count is None else {"n": figures[count]}
    sentence = language.text(key, **counted, **slots)
    figure, detail = DETAILS.get(kind, (None, ""))
    if figure is None or not figures.get(figure):
        return sentence
    days = {"n": figures[figure]} if isinstance(figures[figure], int) else {}
    return f"{sentence} {language.text(detail, **days, **slots)}"


def _next_step(concern: Concern, slots: Mapping[str, Any], language: Language) -> str:
    figures, key = concern.figures, f"next_{concern.kind}"
    if concern.kind == "trust_risen" and not can_change("trust", str(figures["gain"])):
        # What others say is no deed of IT.
        return language.text(f"{key}_plain", **slots)
    needed = NEEDED.get(concern.kind)
    if needed is not None and not (figures.get(needed) and _is_a_step(concern)):
        return language.text(f"{key}_plain", **slots)
    if concern.kind in COUNTED_STEPS:
        return language.text(key, n=len(_names(figures["suppliers"])), **slots)
    if concern.kind == "signs_contradict":
        key = f"{key}_{figures['pattern']}"
    elif concern.kind == "silent":
        key = f"{key}_{concern.subject}"
    elif concern.kind == "overrated":
        key = f"{key}_{figures['against']}"
    return language.text(key, **slots)


def _is_a_step(concern: Concern) -> bool:
    """Return whether IT can act on what made trust fall; the cause itself may be anything."""
    return concern.kind != "trust_falling" or can_discuss(str(concern.figures["loss"]))


def _slots(concern: Concern, names: Mapping[str, str], language: Language) -> dict[str, Any]:
    """Return every figure as the language writes it, by the name of its slot."""
    figures = concern.figures
    slots: dict[str, Any] = {"since": language.short_day(concern.since)}
    for name, value in figures.items():
        write = _WRITERS.get(name)
        if write is not None and value is not None:
            slots[name] = write(value, language)
        if name in _PHRASES and value is not None:
            slot, phrase = _PHRASES[name]
            slots[slot] = phrase(figures, language)
    if concern.subject:
        slots["source"] = language.sources[concern.subject]
    if "probability" in figures:
        slots["rarity"] = language.rarity(_number(figures["probability"]))
        slots["certainty"] = language.certainty(_number(figures["probability"]))
    if concern.kind == "trust_under_target" and isinstance(figures["gain"], str):
        slots["action"] = language.action(figures["gain"])
    if "target" in figures:
        below = _number(figures["target"]) - _number(figures["trust"])
        slots["below"] = language.points(below)
    if "currency" in figures:
        slots |= _amounts(figures, language)
    if isinstance(similar := figures.get("similar"), str):
        slots["similar"] = _shortened(names.get(similar, similar), NAME_CHARACTERS_MAX)
    return slots


def _amounts(figures: Mapping[str, Figure], language: Language) -> dict[str, str]:
    currency = str(figures["currency"])
    return {
        name.removesuffix("_minor"): language.amount(int(_number(value)), currency)
        for name, value in figures.items()
        if name.endswith("_minor")
    }


def _window(figures: Mapping[str, Figure], language: Language) -> str:
    """Return the window of purchases: its weeks, and its last day."""
    first, last = (int(_number(figures[name])) for name in ("since_day", "until_day"))
    weeks = (last - first + 1) // DAYS_PER_WEEK
    return language.text("purchase_window", weeks=weeks, day=language.short_day(last))


def _where(figures: Mapping[str, Figure], language: Language) -> str:
    """Return how often a signal was heard in talks and found in texts."""
    told, read = (int(_number(figures[name])) for name in ("told", "in_text"))
    parts = [language.text("heard_times", n=told)] if told else []
    if read:
        parts.append(language.text("read_times", n=read))
    return ", ".join(parts)


def _loss(figures: Mapping[str, Figure], language: Language) -> str:
    """Return what lowers trust; without a judgement where it gave more, and raises it still."""
    component = str(figures["loss"])
    is_negative = _number(figures.get("loss_points", -1)) <= -SMALL / 100
    return language.loss(component) if is_negative else language.component(component)


def _number(figure: Figure) -> float:
    if not isinstance(figure, int | float):
        raise TypeError(f"expected a number, not {figure!r}")
    return figure


def _names(figure: Figure) -> tuple[str, ...]:
    if not isinstance(figure, tuple):
        raise TypeError(f"expected names, not {figure!r}")
    return figure


def _shortened(text: str, most: int) -> str:
    """Return a text with an ellipsis where it is cut.

    >>> _shortened("finance", 7), _shortened("finances", 7)
    ('finance', 'financ…')
    """
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _listed(names: Iterable[str], language: Language) -> str:
    return language.listed(_shortened(name, NAME_CHARACTERS_MAX) for name in names)


def _points(value: Figure, language: Language) -> str:
    return language.points(_number(value))


def _whole_points(value: Figure, language: Language) -> str:
    return language.short_number(_number(value) * 100, 1)


def _short(value: Figure, language: Language) -> str:
    return language.short_number(_number(value), 1)


def _component(value: Figure, language: Language) -> str:
    return language.component(str(value))


def _stage(value: Figure, language: Language) -> str:
    return language.stages[int(_number(value)) - 1]


_WRITERS: Final[Mapping[str, Callable[[Figure, Language], str]]] = {
    "now": _points,
    "past": _points,
    "trust": _points,
    "mark": _whole_points,
    "target": _whole_points,
    "gap": _points,
    "expected": _short,
    "gain": lambda component, language: language.gain(str(component)),
    "criterion": _component,
    "stage": _stage,
    "before": _stage,
    "usual_days": _short,
    "suppliers": lambda names, language: _listed(_names(names), language),
    "supplier": lambda name, _: _shortened(str(name), NAME_CHARACTERS_MAX),
    "roles": lambda roles, language: language.listed(
        language.roles[role] for role in _names(roles)
    ),
    "facets": lambda facets, language: language.listed(
        language.components[facet] for facet in _names(facets)
    ),
    "against": lambda side, language: language.sides[str(side)],
}
"""Figure -> how it is written."""

_PHRASES: Final = {
    "until_day": ("window", _window),
    "in_text": ("where", _where),
    "loss": ("loss", _loss),
}
"""Figure -> the slot that it fills together with others, and how."""
