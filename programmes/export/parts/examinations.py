"""Examinations with their answers, and what was judged by them."""

from assessments.forms.examination import ExaminationForm, initial_values
from assessments.models import Assessment, Classification, Lock, VisaA
from assessments.wording import words_of as wording_of
from patients.models import Episode
from programmes.export.record import Record
from programmes.export.values import Block
from programmes.export.words import day_words, done_by, facts_of, moment_words, signed_by, table_of

PARTS = ("8A", "8B", "8C")


def assessment_block(record: Record, row: Assessment) -> Block:
    """One examination with its answers, in the words of its page."""
    visa = [each for each in record.of(VisaA) if each.assessment_id == row.pk]
    form = ExaminationForm(
        initial=initial_values(row),
        episode=row.episode,
        words=wording_of(visa[0] if visa else None),
    )
    state = {
        "draft": f"A draft, not signed. Last saved {moment_words(row.saved_at)}.",
        "signed": f"Signed by {signed_by(row.signed_by, row.signed_at)}.",
        "void": f"Discarded by {signed_by(row.void_by, row.void_at)}: {row.void_reason}",
    }[row.status]
    if row.superseded:
        state += " Amended since: it is kept as it was signed, and counts no more."
    if row.amends:
        state += f" Amends the one of {day_words(row.amends.examined_on)}: {row.amendment_reason}"
    empty: list[str] = []
    tables = []
    for section, answers in form.answers():
        said = [(label, words) for label, words in answers if words]
        # Of the last item of the VISA-A one part of three is asked.
        empty += [
            label
            for label, words in answers
            if not words
            and not (label[:2] in PARTS and any(other[:2] in PARTS for other, _ in said))
        ]
        tables.append(table_of(section.title, "", said))
    return Block(
        title=f"Assessment of {day_words(row.examined_on)}",
        note=state,
        facts=facts_of(
            ("Begun", signed_by(row.created_by, row.created_at)),
            ("Not recorded", "; ".join(empty)),
        ),
        tables=tuple(tables),
    )


def judged_block(record: Record, episode: Episode) -> Block:
    """What the tendon was taken to be, and what stopped the programme."""
    return Block(
        title="Classifications and red flags",
        tables=(
            table_of(
                "Classifications",
                "From | Location | Phase | Pathway | Suggested by the rules | Reason | Set by",
                (
                    (
                        day_words(row.set_on),
                        row.get_location_display(),
                        row.get_phase_display(),
                        row.get_pathway_display(),
                        _suggested(row),
                        row.reason,
                        done_by(row.set_by, row.set_at),
                    )
                    for row in record.of(Classification, episode=episode)
                ),
            ),
            table_of(
                "Red flags",
                "Raised | Flag | What it says | What to do | Cleared",
                (
                    (
                        done_by(row.raised_by, row.raised_at),
                        f"{row.flag}, {row.level.lower()}",
                        row.says,
                        row.what_to_do,
                        f"{done_by(row.cleared_by, row.cleared_at)}: {row.reason}"
                        + (" (the answer was taken back)" if row.withdrawn else "")
                        if row.cleared_at
                        else "open",
                    )
                    for row in record.of(Lock, episode=episode)
                ),
            ),
        ),
    )


def _suggested(row: Classification) -> str:
    phase = row.get_suggested_phase_display() or "no phase"
    return f"{row.get_suggested_location_display()}, {phase}"
