"""What stands between a good session and the next step: a stage exit, a cap, the end of the plan.

The decision table of section 12 judges sessions; this judges whether the step it proposes exists
and may be taken. Both together are the proposal a clinician sees and a replay must reach again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace

from assessments.rules.defaults import DEFAULTS as ASSESSMENT_DEFAULTS
from assessments.rules.defaults import AssessmentDefaults
from programmes.rules.decision import Proposal, decide, facts_from_json
from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.exits import Criterion, Measurements, exit_check
from programmes.rules.terms import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What the next step up asks for.

    ``exits_needed`` names the stage exits to pass, empty inside a stage; ``lacking`` says in words
    which of their criteria are not met; ``cap`` is the reason why the next step may not be
    taken by this tendon now, blank when there is none; ``end_of_plan`` is true on the plan's last
    step.
    """

    exits_needed: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    cap: str = ""
    end_of_plan: bool = False

    @property
    def exit_needed(self) -> str:
        """The last exit to pass, which a rule is named by; blank inside a stage."""
        return self.exits_needed[-1] if self.exits_needed else ""


OPEN = Gate()


def criteria_of(
    exits: Iterable[str],
    measurements: Measurements,
    *,
    defaults: ProgrammeDefaults = DEFAULTS,
    assessment_defaults: AssessmentDefaults = ASSESSMENT_DEFAULTS,
) -> tuple[Criterion, ...]:
    """The criteria of these exits together, each once, in the order they are first asked.

    Of one that two exits ask for, the one that fails is kept.
    """
    found: dict[str, Criterion] = {}
    for name in exits:
        for each in exit_check(
            name, measurements, defaults=defaults, assessment_defaults=assessment_defaults
        ):
            if each.key not in found or (each.failed and not found[each.key].failed):
                found[each.key] = each
    return tuple(found.values())


def at_gate(proposal: Proposal, gate: Gate) -> Proposal:
    """The proposal, held back if it would step up through a gate that isn't open."""
    if proposal.outcome is not Outcome.PROGRESS:
        return proposal
    if gate.cap:
        return _held(proposal, "D8-cap", gate.cap, "own")
    if gate.lacking:
        rule = f"D8-{gate.exit_needed}"
        because = f"The sessions go well. Before the next stage: {'; '.join(gate.lacking)}."
        return _held(proposal, rule, because, "PMC8364697-T2", "own")
    if gate.end_of_plan:
        because = "The sessions go well, and this is the plan's last step: examine again."
        return _held(proposal, "D8-end", because, "own")
    return proposal


def _held(proposal: Proposal, rule: str, because: str, *sources: str) -> Proposal:
    return replace(
        proposal,
        outcome=Outcome.HOLD,
        rule=rule,
        because=because,
        sources=tuple(dict.fromkeys((*proposal.sources, *sources))),
    )


def gate_to_json(gate: Gate) -> dict[str, object]:
    """The gate for JSON."""
    return {
        **asdict(gate),
        "exit_needed": gate.exit_needed,
        "exits_needed": list(gate.exits_needed),
        "lacking": list(gate.lacking),
    }


def gate_from_json(stored: Mapping[str, object]) -> Gate:
    """What ``gate_to_json`` stored. Raises ``ValueError`` for anything else."""
    # Decisions stored before a plan could leave a stage out name one exit.
    one = str(stored.get("exit_needed", ""))
    return Gate(
        exits_needed=_words(stored, "exits_needed", (one,) if one else ()),
        lacking=_words(stored, "lacking", ()),
        cap=str(stored.get("cap", "")),
        end_of_plan=stored.get("end_of_plan") is True,
    )


def _words(stored: Mapping[str, object], name: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    """A stored list of words; ``otherwise`` where none was stored."""
    if name not in stored:
        return otherwise
    words = stored[name]
    if not isinstance(words, list):
        raise ValueError(f"{name}: must be a list")
    return tuple(str(each) for each in words)


def replay(inputs: Mapping[str, object], defaults: Mapping[str, int]) -> Proposal:
    """The proposal a stored decision was made on, worked out again from what it stored."""
    facts, context, locked = facts_from_json(inputs)
    gate = inputs.get("gate")
    proposal = decide(facts, context, locked=locked, defaults=ProgrammeDefaults.from_dict(defaults))
    return at_gate(proposal, gate_from_json(gate) if isinstance(gate, Mapping) else OPEN)
