"""What running is allowed now (clinical.md section 8.1)."""

from assessments.rules.bounds import PAIN, Number, check, check_answer
from assessments.rules.defaults import DEFAULTS, AssessmentDefaults
from assessments.rules.finding import Finding, Tone
from assessments.rules.terms import Cortisone, Pathway, RunningPermission, RunningStatus

_SOURCES = ("seed", "QXMD-07", "own")


def running_permission(
    *,
    locked: bool,
    cortisone: Cortisone,
    status: RunningStatus | None,
    pathway: Pathway | None,
    run_pain: Number | None,
    settled: bool | None,
    e3_met: bool = False,
    defaults: AssessmentDefaults = DEFAULTS,
) -> RunningPermission | None:
    """Permission by rule; ``None`` when nothing forbids running and ``status`` is not recorded.

    ``run_pain`` (0 to 10) or ``settled`` of ``None`` is not recorded and stops the running of
    somebody who never stopped, as does a value over the limit. ``pathway`` of ``None`` allows
    reduced running only. ``e3_met`` is whether the gate to running is met. Raises ``ValueError``
    for pain out of range.
    """
    check("run_pain", run_pain, PAIN)
    check_answer("run_settled", settled)
    if locked or cortisone is Cortisone.RECENT:
        return RunningPermission.STOP
    if status is None:
        return None
    if status is RunningStatus.STOPPED:
        return RunningPermission.START_LEVEL_1 if e3_met else RunningPermission.NOT_YET
    if run_pain is None or run_pain > defaults.acceptable_pain or not settled:
        return RunningPermission.STOP_UNTIL_E3
    if pathway is Pathway.LOAD:
        return RunningPermission.CONTINUE_MODIFIED
    return RunningPermission.CONTINUE_REDUCED


def running_finding(
    permission: RunningPermission | None,
    *,
    run_pain: Number | None,
    settled: bool | None,
    defaults: AssessmentDefaults = DEFAULTS,
) -> Finding:
    """The permission in words, with what it was read from."""
    if permission is None:
        return Finding(
            rule="RUN",
            says="Running not yet clear",
            because="Whether the patient still runs is not recorded.",
            sources=("seed", "own"),
            tone=Tone.MISSING,
        )
    says, because, tone = _words(permission, defaults)
    if permission is RunningPermission.STOP_UNTIL_E3 and (run_pain is None or settled is None):
        because += " Pain while running or how it settles is not recorded, which counts as not met."
    return Finding(
        rule="RUN",
        says=says,
        because=because,
        numbers=(
            ("Pain while running", "not recorded" if run_pain is None else f"{run_pain} out of 10"),
            (
                "Settled by the next morning",
                "not recorded" if settled is None else "yes" if settled else "no",
            ),
        ),
        sources=_SOURCES,
        tone=tone,
    )


def _words(permission: RunningPermission, defaults: AssessmentDefaults) -> tuple[str, str, Tone]:
    limit, share = defaults.acceptable_pain, defaults.running_reduced_percent
    return {
        RunningPermission.STOP: (
            "No running",
            "A red flag is open, or cortisone at this tendon was recent.",
            Tone.STOP,
        ),
        RunningPermission.CONTINUE_MODIFIED: (
            "Keep running, adjusted by pain",
            f"Pain while running is {limit} out of 10 or less and settles by the next morning.",
            Tone.OK,
        ),
        RunningPermission.CONTINUE_REDUCED: (
            f"Keep running, at most {share} % of usual",
            (
                "Pain while running is acceptable and settles, but the tendon is irritable or its"
                " pathway is"
                " not clear yet; existing running only, nothing new."
            ),
            Tone.CAUTION,
        ),
        RunningPermission.STOP_UNTIL_E3: (
            "Stop running until the gate is met",
            (
                f"Running is continued only with pain of {limit} out of 10 or less that settles by"
                " the next"
                " morning."
            ),
            Tone.STOP,
        ),
        RunningPermission.START_LEVEL_1: (
            "May start the run and walk ladder at level 1",
            "Running had stopped and every criterion of the gate is met.",
            Tone.OK,
        ),
        RunningPermission.NOT_YET: (
            "Not running yet",
            "Running had stopped and the gate is not met yet.",
            Tone.CAUTION,
        ),
    }[permission]
