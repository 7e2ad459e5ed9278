"""The criteria of a stage exit as a page shows them: state, value, day, source, where to record."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from assessments.rules.finding import Tone
from assessments.rules.sources import SOURCES, Source
from patients.models import Episode
from programmes.rules.exits import Criterion
from programmes.rules.terms import CriterionState

STATE_WORDS = {
    CriterionState.MET: ("Met", Tone.OK),
    CriterionState.NOT_MET: ("Not met", Tone.CAUTION),
    CriterionState.NOT_MEASURED: ("Not measured", Tone.MISSING),
    CriterionState.NOT_APPLICABLE: ("Not applicable", Tone.NEUTRAL),
}
_TESTS, _EXAMINE = "assessments:test_new", "assessments:new"
_VISA, _SESSION = "assessments:visa_new", "programmes:session_new"
# Where the value of a criterion is recorded: the page, the field on it, of a row of buttons the
# first ("{side}" is the affected side), and what the link says.
_RECORDED = {
    "sl_pain_lt5": (_TESTS, "sl_raise_pain_0", "Record the raise"),
    "sl_pain_lt4": (_TESTS, "sl_raise_pain_0", "Record the raise"),
    "dl10_hop_pain_lt5": (_TESTS, "dl_hop_pain_0", "Record the hops"),
    "sl10_hop_pain_le2": (_TESTS, "sl_hop_pain_0", "Record the hops"),
    "lsi_ge90": (_TESTS, "left_repetitions", "Record a heel-raise test"),
    "reps_ge25": (_TESTS, "{side}_repetitions", "Record a heel-raise test"),
    "reps_ge_norm": (_TESTS, "{side}_repetitions", "Record a heel-raise test"),
    "reps_ge_norm_bilateral": (_TESTS, "{side}_repetitions", "Record a heel-raise test"),
    "raises_pain0": (_TESTS, "{side}_pain_0", "Record a heel-raise test"),
    "walk30_pain0": (_TESTS, "walk_min", "Record the walk"),
    "strength_attested": (_TESTS, "strength_adequate_0", "Judge the strength"),
    "not_reactive": (_EXAMINE, "", "Examine the tendon"),
    "csi_not_recent": (_EXAMINE, "", "Examine the tendon"),
    "ok3": (_SESSION, "", "Log a session"),
    "weeks_ge6": (_SESSION, "", "Log a session"),
    "l10_ok3": (_SESSION, "", "Log a session"),
    "pain_le2": (_SESSION, "pain_during_0", "Log a session"),
    "settled": (_SESSION, "pain_before_0", "Log a session"),
    "full_training_4wk": (_SESSION, "", "Log a session"),
    "no_rising_week": (_SESSION, "", "Log a session"),
    "visa_ge90": (_VISA, "", "Record a VISA-A"),
    "visa_q1_q6_ge54": (_VISA, "", "Record a VISA-A"),
}
RECORDED_KEYS = frozenset(_RECORDED)
"""Every criterion there is a place to record for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionRow:
    """One criterion in words. ``url`` and ``link`` lead to where its value is recorded, blank for
    one that is met or does not apply, and on a closed episode."""

    key: str
    says: str
    word: str
    tone: str
    value: str
    on: date | None
    needed: str
    source: Source
    url: str
    link: str


def criterion_rows(criteria: Iterable[Criterion], episode: Episode) -> tuple[CriterionRow, ...]:
    """The criteria of an exit for this episode, in their order."""
    return tuple(_row(each, episode) for each in criteria)


def _row(criterion: Criterion, episode: Episode) -> CriterionRow:
    word, tone = STATE_WORDS[criterion.state]
    url, link = "", ""
    if criterion.failed and episode.is_open:
        page, field, link = _RECORDED[criterion.key]
        anchor = f"#id_{field.format(side=episode.side)}" if field else ""
        url = reverse(page, args=[episode.code]) + anchor
    return CriterionRow(
        key=criterion.key,
        says=criterion.says,
        word=word,
        tone=tone.value,
        # The state says already that nothing was measured, or that it does not apply.
        value="" if criterion.value in ("not measured", "not applicable") else criterion.value,
        on=criterion.on,
        needed=criterion.needed,
        source=SOURCES[criterion.source],
        url=url,
        link=link,
    )
