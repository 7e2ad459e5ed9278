"""Sessions with their mornings after, decisions and corrections."""

from programmes.corrections_shown import CorrectionShown, corrections_of
from programmes.export.record import Record
from programmes.export.values import Block
from programmes.export.words import (
    NOT_RECORDED,
    day_words,
    done_by,
    moment_words,
    table_of,
    value_words,
)
from programmes.models import Correction, Decision, MorningAfter, Programme, Session
from programmes.rules.performed import lines


def sessions_block(record: Record, programme: Programme) -> Block:
    """Every session as it is believed now, with its morning after and its decision."""
    rows = sorted(
        record.of(Session, programme=programme), key=lambda row: (row.happened_on, row.pk)
    )
    mornings = {row.session_id: row for row in record.of(MorningAfter)}
    decisions = {row.session_id: row for row in record.of(Decision)}
    return Block(
        title="Sessions and decisions",
        note="Pain is 0 to 10." if rows else "",
        tables=(
            table_of(
                "Sessions",
                "Session, and who logged it | Planned and done | Pain and stiffness | Next morning "
                "| Decision",
                (
                    (
                        _held(row),
                        _done(row),
                        _symptoms(row),
                        _morning(mornings.get(row.pk)),
                        _decision(decisions.get(row.pk)),
                    )
                    for row in rows
                ),
            ),
            table_of(
                "Corrections of sessions",
                "Session of | What was told before, and since | Why | By",
                (
                    (
                        day_words(row.happened_on),
                        _corrected(shown),
                        shown.row.reason,
                        done_by(shown.row.corrected_by, shown.row.corrected_at),
                    )
                    for row in rows
                    for shown in corrections_of(
                        record.of(Correction, session=row), decisions.get(row.pk)
                    ).shown
                ),
            ),
        ),
    )


def _held(row: Session) -> str:
    said = [
        day_words(row.happened_on),
        row.get_source_display(),
        f"version {row.version.number}, {row.step}",
        f"logged by {done_by(row.logged_by, row.recorded_at)}",
    ]
    if row.struck_at:
        said.append(f"struck out, {moment_words(row.struck_at)}")
    return "\n".join(said)


def _done(row: Session) -> str:
    said = []
    for line in lines(row.targets, row.done):
        leg = f" ({line.side})" if line.side else ""
        done = f"; done: {line.done}" if line.done else ""
        said.append(f"{line.name}{leg}: {line.dose}{done}")
    if row.completed_pct is not None:
        said.append(f"{row.completed_pct} % done")
    if row.note:
        said.append(f"Note: {row.note}")
    return "\n".join(said)


def _symptoms(row: Session) -> str:
    pairs = (
        ("before", row.pain_before, ""),
        ("during", row.pain_during, ""),
        ("after", row.pain_after, ""),
        ("stiffness", row.stiffness_min, " min"),
        ("warm or swollen", row.new_warm_or_swollen, ""),
    )
    return "\n".join(f"{label}: {value_words(value, unit)}" for label, value, unit in pairs)


def _morning(row: MorningAfter | None) -> str:
    if row is None:
        return NOT_RECORDED
    return f"pain: {value_words(row.pain)}\nstiffness: {value_words(row.stiffness_min, ' min')}"


def _decision(row: Decision | None) -> str:
    if row is None:
        return "not decided"
    said = f"{row.get_outcome_display()}. {row.because} Rule {row.rule}."
    if row.overridden:
        said = (
            f"{row.get_outcome_display()}, otherwise than proposed "
            f"({row.get_proposed_display().lower()}: {row.because} Rule {row.rule})."
        )
    reason = f" {row.reason}" if row.reason else ""
    stays = row.from_step_id == row.to_step_id
    where = f"Stays at {row.to_step}." if stays else f"From {row.from_step} to {row.to_step}."
    return f"{said}{reason} {where}\n{done_by(row.decided_by, row.decided_at)}"


def _corrected(shown: CorrectionShown) -> str:
    said = [f"{each.label}: {each.before} → {each.now}" for each in shown.changes]
    if shown.row.strikes:
        said.append("The session is struck out.")
    if shown.would:
        said.append(shown.would)
    return "\n".join(said)
