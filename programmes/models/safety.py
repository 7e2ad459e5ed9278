"""What the database itself refuses: an issued plan with something this tendon must not do.

The matrix of the rules is written into the triggers, so a change of the matrix is a migration.
"""

import pgtrigger

from assessments.rules.contraindications import NO_CORTISONE, RECENT_CORTISONE
from assessments.rules.terms import MatrixRow

_CELLS = ", ".join(
    f"('{row.value}', '{NO_CORTISONE[row]}', '{RECENT_CORTISONE[row]}')" for row in MatrixRow
)
# The first of a phase's two columns, midportion and insertional, counted from 1.
_FIRST_COLUMN = """CASE
        WHEN plan.phase IN ('reactive', 'reactive_on_degenerative') THEN 1
        WHEN plan.phase IN ('disrepair', 'indeterminate_early') THEN 3
        ELSE 5 END"""


def item_never_contraindicated() -> pgtrigger.Trigger:
    """Refuses an item the matrix forbids for the tendon its version was made for.

    The two unlocks pass where they apply and a clinician has signed one for this episode since the
    tendon was last classified. What stands in the row of holds must be one.
    """
    return pgtrigger.Trigger(
        name="never_contraindicated",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        declare=[
            ("plan", "RECORD"),
            ("cells", "TEXT"),
            ("first", "INTEGER"),
            ("pressed", "BOOLEAN"),
        ],
        func=f"""
            SELECT version.phase, version.location, version.cortisone, step.stage, step.rung,
                   programme.episode_id
            INTO plan
            FROM programmes_step step
            JOIN programmes_version version ON version.id = step.version_id
            JOIN programmes_programme programme ON programme.id = version.programme_id
            WHERE step.id = NEW.step_id;
            SELECT CASE WHEN plan.cortisone = 'recent' THEN matrix.recent ELSE matrix.other END
            INTO cells
            FROM (VALUES {_CELLS}) AS matrix(row, other, recent)
            WHERE matrix.row = NEW.matrix_row;
            IF cells IS NULL THEN
                RETURN NEW;  -- a row the matrix doesn't know: the constraint refuses it
            END IF;
            first := {_FIRST_COLUMN};
            pressed := plan.location IN ('insertional', 'mixed');
            IF NEW.matrix_row = 'isometric_mid_range'
                AND (NEW.dose ->> 'hold_s' IS NULL OR NEW.dose ->> 'range' = 'below_neutral')
            THEN
                RAISE EXCEPTION '% is no hold', NEW.name USING ERRCODE = 'restrict_violation';
            END IF;
            IF plan.location IN ('midportion', 'insertional', 'mixed')
                AND NOT (plan.location <> 'insertional' AND substr(cells, first, 1) = 'X')
                AND NOT (pressed AND substr(cells, first + 1, 1) = 'X')
                AND (pressed AND NEW.dose ->> 'range' = 'below_neutral') IS NOT TRUE
            THEN
                RETURN NEW;
            END IF;
            IF first > 1 AND plan.cortisone <> 'recent' AND plan.stage = 'full_return'
                AND (
                    (NEW.unlock = 'U1' AND NEW.matrix_row = 'step_deficit_heel_drop'
                        AND plan.location = 'insertional')
                    OR (NEW.unlock = 'U2' AND NEW.matrix_row = 'uphill_running' AND pressed
                        AND plan.rung IN ('F3', 'F4'))
                )
                AND EXISTS (
                    SELECT 1 FROM programmes_unlock signed
                    WHERE signed.episode_id = plan.episode_id AND signed.code = NEW.unlock
                        AND NOT EXISTS (
                            SELECT 1 FROM assessments_classification later
                            WHERE later.episode_id = plan.episode_id
                                AND later.set_at > signed.signed_at
                        )
                )
            THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION '% is contraindicated for this tendon', NEW.name
                USING ERRCODE = 'restrict_violation';
        """,
    )


def issued_for_this_tendon() -> pgtrigger.Trigger:
    """Refuses to issue while a red flag is open, for another tendon than classified, or too early.

    An irritable tendon, or recent cortisone, takes the isometric stage only.
    """
    return pgtrigger.Trigger(
        name="issued_for_this_tendon",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        condition=pgtrigger.Q(new__status="issued"),
        declare=[("tendon", "RECORD"), ("of_episode", "BIGINT")],
        func="""
            SELECT episode_id INTO of_episode
            FROM programmes_programme WHERE id = NEW.programme_id;
            IF EXISTS (
                SELECT 1 FROM assessments_lock
                WHERE episode_id = of_episode AND cleared_at IS NULL
            ) THEN
                RAISE EXCEPTION 'nothing is issued while a red flag is open'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            SELECT classified.location, classified.phase, classified.pathway INTO tendon
            FROM assessments_classification classified
            JOIN assessments_assessment examined ON examined.id = classified.assessment_id
            WHERE classified.episode_id = of_episode
                AND NOT (examined.superseded AND classified.set_at <= examined.signed_at)
            ORDER BY classified.set_on DESC, classified.set_at DESC, classified.id DESC
            LIMIT 1;
            IF tendon.location IS DISTINCT FROM NEW.location
                OR tendon.phase IS DISTINCT FROM NEW.phase
            THEN
                RAISE EXCEPTION 'a version is issued for the tendon as it is classified'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            IF (tendon.pathway = 'settle' OR NEW.cortisone = 'recent') AND EXISTS (
                SELECT 1 FROM programmes_step
                WHERE version_id = NEW.id AND stage <> 'isometric'
            ) THEN
                RAISE EXCEPTION 'only the isometric stage is issued for this tendon now'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        """,
    )
