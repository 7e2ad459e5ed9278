"""The decision card in words: what a proposal, its numbers and its criteria look like on a page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assessments.rules.bounds import Number
from assessments.rules.finding import Tone
from assessments.rules.sources import SOURCES
from programmes.criteria import criterion_rows
from programmes.forms.correcting import TOLD_LATER_ID
from programmes.models import Decision, Session, Step
from programmes.rules.decision import (
    ENERGY_STORAGE,
    Context,
    SessionFacts,
    facts_from_json,
    required_ok,
)
from programmes.rules.defaults import ProgrammeDefaults
from programmes.rules.position import IRRITABLE_AGAIN
from programmes.rules.terms import Outcome
from programmes.rules.words import counted, plain
from programmes.selectors.decisions import TO_A_STEP_THAT_SUITS, DecisionCard
from programmes.selectors.standing import Standing

OUTCOME_WORDS = {
    Outcome.PROGRESS: ("Proposed: progress one step", Tone.OK),
    Outcome.HOLD: ("Proposed: stay at this step", Tone.NEUTRAL),
    Outcome.REGRESS: ("Proposed: step back", Tone.CAUTION),
    Outcome.REFER: ("Proposed: refer, loading waits", Tone.STOP),
    Outcome.PENDING: ("Waiting", Tone.MISSING),
}
INPUT_WORDS = {
    "session": "a session",
    "pain_before": "pain before",
    "pain_during": "pain during",
    "pain_after": "pain after",
    "pain_24h": "pain the next morning",
    "stiff_base": "stiffness on the day",
    "stiff_next": "stiffness the next morning",
    "completed_pct": "how much was done",
    "stage": "the stage",
    "sessions_at_step": "sessions at this step",
    "new_warm_or_swollen": "newly warm or swollen",
}
# The field of the form on the same page where what is missing is entered.
_ENTERED = {
    "pain_before": "pain_before_0",
    "pain_during": "pain_during_0",
    "pain_after": "pain_after_0",
    "pain_24h": "morning_pain_0",
    "stiff_base": "stiffness_min",
    "stiff_next": "morning_stiffness_min",
    "completed_pct": "completed_pct",
    "new_warm_or_swollen": "new_warm_or_swollen_0",
}
_OF_THE_MORNING = {"pain_24h", "stiff_next"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number a rule read, in words, with its limit beside it.

    ``state`` is "over" beyond the limit, "missing" for what nobody recorded, blank else.
    """

    name: str
    value: str
    limit: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What the rules read and nobody recorded; ``url`` is where it is entered, blank if nowhere.

    ``note`` says when it can be entered, where that isn't now, or that nothing waits for it.
    """

    words: str
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """One exercise of the next step; ``before`` is the dose it has today where it is another."""

    name: str
    words: str
    before: str = ""
    is_new: bool = False


def card_words(card: DecisionCard, session: Session) -> dict[str, Any]:
    """What the template needs beside the card itself."""
    words, tone = OUTCOME_WORDS[card.proposal.outcome]
    if card.proposal.outcome is Outcome.HOLD and (card.passed_over or card.not_offered):
        # Staying would be at a step this tendon must not do.
        suits = f"Proposed: {TO_A_STEP_THAT_SUITS.lower()}"
        words, tone = suits if card.passed_over else "Proposed: no step up", Tone.CAUTION
    doses, left_out = _doses(card.here, card.to_step)
    return {
        "outcome_words": words,
        "tone": tone.value,
        "figures": figures(card.inputs, card.defaults, rest=card.rest),
        "of_a_day": card.most_of_a_day if card.n_ok_before and card.most_of_a_day > 1 else 0,
        "old": _old(card, session),
        "missing": _missing(card, session),
        "later_opens": hasattr(session, "morning") or session.happened_on >= card.standing.on,
        "sources": [SOURCES[key] for key in card.proposal.sources],
        "criteria": criterion_rows(card.criteria, card.standing.episode),
        "confirm": _confirm(card),
        "doses": doses,
        "left_out": left_out,
        "paper": _paper(card.standing, card.steps, card.to_step),
    }


def step_words(step: Step) -> str:
    """A step inside a sentence: "isotonic step 2"."""
    return f"{step.get_stage_display().lower()} step {step.number}"


def _old(card: DecisionCard, session: Session) -> str:
    """How long ago it was, where sessions were held since; blank for the newest one."""
    if not card.since:
        return ""
    days = (card.standing.on - session.happened_on).days
    ago = f"{counted(days // 7, 'week')} ago" if days >= 14 else f"{counted(days, 'day')} ago"
    return f"{ago if days else 'Today'}; {counted(card.since, 'session')} since."


def _confirm(card: DecisionCard) -> str:
    """What the button that confirms says, blank where nothing can be confirmed now."""
    outcome, to, here = card.proposal.outcome, step_words(card.to_step), step_words(card.here)
    if outcome is Outcome.PENDING:
        return ""
    if outcome is Outcome.REFER:
        return "Refer: loading waits"
    if card.moved:
        said = OUTCOME_WORDS[outcome][0].removeprefix("Proposed: ")
        return f"Put on record: {said}"
    if card.proposal.rule == IRRITABLE_AGAIN:
        to = to if card.to_step.stage == "isometric" and not card.not_offered else "isometric"
        return f"Settle the tendon: back to {to}"
    if card.not_offered:
        return ""
    if card.to_step.pk == card.here.pk:
        return f"Stay at {here}"
    if outcome is Outcome.PROGRESS:
        return f"Progress to {to}"
    return f"Step back to {to}" if outcome is Outcome.REGRESS else f"Go back to {to}"


def _missing(card: DecisionCard, session: Session) -> tuple[Missing, ...]:
    told, come = hasattr(session, "morning"), session.happened_on < card.standing.on
    found = []
    for name in card.proposal.missing:
        words = INPUT_WORDS[name]
        if name in _OF_THE_MORNING and not told:
            url, note = ("#morning", "") if come else ("", "comes tomorrow")
            found.append(Missing(words=words, url=url, note=note))
        else:
            found.append(Missing(words=words, url=_entered(card, name)))
    if session.new_warm_or_swollen is None:
        # It holds nothing up, and yet it is no "no".
        name = "new_warm_or_swollen"
        note = "not asked, so the rule does not know of it"
        found.append(Missing(words=INPUT_WORDS[name], url=_entered(card, name), note=note))
    return tuple(found)


def _entered(card: DecisionCard, name: str) -> str:
    """Where on the page it is entered, blank where it can't be."""
    place = _ENTERED.get(name)
    return f"#{TOLD_LATER_ID}{place}" if place and card.standing.episode.is_open else ""


def _doses(here: Step, to: Step) -> tuple[tuple[Dose, ...], tuple[str, ...]]:
    """The exercises of the next step against those of today's, and the names of those left out."""
    today = {item.exercise: item for item in here.items.all()}
    ahead = list(to.items.all())
    doses = tuple(
        Dose(
            name=item.name,
            words=item.dose_words,
            before=was.dose_words
            if (was := today.get(item.exercise)) and was.dose_words != item.dose_words
            else "",
            is_new=was is None,
        )
        for item in ahead
    )
    stays = {item.exercise for item in ahead}
    return doses, tuple(item.name for key, item in today.items() if key not in stays)


def _paper(standing: Standing, steps: Sequence[Step], to: Step) -> str:
    """What happens to the paper in the patient's hand."""
    paper = standing.paper
    if paper is None:
        return f"No paper is printed yet: print {step_words(to)}."
    code = f"Paper {paper['paper_code'][:4]} {paper['paper_code'][4:]}"
    if paper["step"] == to.pk:
        return f"{code} shows {step_words(to)}: the paper stays."
    shown = next((each for each in steps if each.pk == paper["step"]), None)
    shows = step_words(shown) if shown else f"version {paper['number']}"
    return f"{code} shows {shows}: print {step_words(to)}."


def figures_of(decision: Decision) -> tuple[Figure, ...]:
    """The numbers a decision read; none where its record can't be read."""
    try:
        return figures(decision.inputs, decision.defaults)
    except (ValueError, TypeError):
        return ()


def figures(
    inputs: Mapping[str, Any], defaults: Mapping[str, int], *, rest: tuple[int, int] | None = None
) -> tuple[Figure, ...]:
    """The numbers that mattered, from what a decision read and the settings it was made with.

    ``rest`` are the days of rest asked for before and those taken, where they are known. Raises
    ``ValueError`` for inputs no decision stores.
    """
    facts, context, locked = facts_from_json(inputs)
    settings = ProgrammeDefaults.from_dict(defaults)
    if facts is None:
        return ()
    return (
        *_alarms(facts, context, settings, locked=locked, rest=rest),
        *_of_the_session(facts, context, settings),
        *_counts(context, settings),
    )


def _alarms(
    facts: SessionFacts,
    context: Context,
    settings: ProgrammeDefaults,
    *,
    locked: bool,
    rest: tuple[int, int] | None,
) -> Iterable[Figure]:
    """What is only worth a place where it speaks against going on."""
    if locked:
        yield Figure(name="Red flag", value="open", limit="none to go on", state="over")
    if facts.new_warm_or_swollen:
        yield Figure(name="Newly warm or swollen", value="yes", limit="no to go on", state="over")
    if not facts.recovery_ok:
        yield _rest(rest)
    if context.week_trend_rising:
        yield Figure(
            name="Rising weeks",
            value=str(context.week_trend_rising),
            limit=f"hold from {settings.rising_weeks_hold}, "
            f"step back from {settings.rising_weeks_regress}",
            state="over" if context.week_trend_rising >= settings.rising_weeks_hold else "",
        )
    if context.regress_in_14d:
        yield Figure(
            name=f"Steps back in {settings.regress_window_days} days",
            value=str(context.regress_in_14d),
            limit=f"review at {settings.regress_limit}",
        )


def _rest(days: tuple[int, int] | None) -> Figure:
    """The rest before the session, which was too short; a decision stores only that it was."""
    name = "Days of rest before"
    if days is None:
        return Figure(name=name, value="too few", limit="fewer than asked for", state="over")
    asked, taken = days
    return Figure(
        name=name,
        value=f"{max(taken, 0)} taken",
        limit=f"{counted(asked, 'day')} asked",
        state="over",
    )


def _of_the_session(
    facts: SessionFacts, context: Context, settings: ProgrammeDefaults
) -> Iterable[Figure]:
    storing = context.stage in ENERGY_STORAGE
    during = settings.energy_storage_pain if storing else settings.pain_ceiling
    ceiling = settings.pain_ceiling
    yield _figure("Pain during", facts.pain_during, f"up to {during}", over=during)
    yield _figure("Pain after", facts.pain_after, f"up to {ceiling}", over=ceiling)
    before, hold = facts.pain_before, settings.next_day_rise_hold
    if before is None:
        most: Number = settings.next_day_pain_ceiling if facts.pain_24h else 0
        limit = "before: not recorded"
    else:
        most = min(before + hold, settings.next_day_pain_ceiling)
        limit = f"up to {plain(most)}, before {plain(before)}"
    yield _figure("Pain next morning", facts.pain_24h, limit, over=most)
    base, longer = facts.stiff_base, settings.stiffness_hold_min
    limit = "that morning: not recorded"
    if base is not None:
        limit = f"up to {plain(base + longer)} min, that morning {plain(base)}"
    yield _figure(
        "Stiffness next morning",
        facts.stiff_next,
        limit,
        over=None if base is None else base + longer,
        unit=" min",
    )
    least, done = settings.completed_percent, facts.completed_pct
    if done is None:
        yield Figure(name="Done", value="not recorded", limit=f"from {least} %", state="missing")
    else:
        state = "over" if done < least else ""
        yield Figure(name="Done", value=f"{plain(done)} %", limit=f"from {least} %", state=state)


def _counts(context: Context, settings: ProgrammeDefaults) -> Iterable[Figure]:
    if context.stage is None:
        return
    needed = required_ok(context.stage, defaults=settings)
    yield Figure(
        name="Good in a row before",
        value=str(context.n_ok_before),
        limit=f"{needed} needed with this one",
    )
    if context.min_sessions is not None and context.sessions_at_step is not None:
        yield Figure(
            name="Sessions on this step",
            value=str(context.sessions_at_step),
            limit=f"at least {context.min_sessions}",
        )


def _figure(
    name: str, value: Number | None, limit: str, *, over: Number | None, unit: str = ""
) -> Figure:
    if value is None:
        return Figure(name=name, value="not recorded", limit=limit, state="missing")
    state = "over" if over is not None and value > over else ""
    return Figure(name=name, value=f"{plain(value)}{unit}", limit=limit, state=state)
