"""What stands between a good session and the next step: a stage exit, a cap, the end of the plan.

The decision table of section 12 judges sessions; this judges whether the step it proposes exists
and may be taken. Both together are the proposal a clinician sees and a replay must reach again.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from programmes.rules.decision import Proposal, decide, facts_from_json
from programmes.rules.defaults import ProgrammeDefaults
from programmes.rules.terms import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What the next step up asks for.

    ``exit_needed`` names the stage exit to pass, blank inside a stage; ``lacking`` says in words
    which of its criteria are not met; ``cap`` is the reason why the next step may not be
    taken by this tendon now, blank when there is none; ``end_of_plan`` is true on the plan's last
    step.
    """

    exit_needed: str = ""
    lacking: tuple[str, ...] = ()
    cap: str = ""
    end_of_plan: bool = False


OPEN = Gate()


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
    return {**asdict(gate), "lacking": list(gate.lacking)}


def gate_from_json(stored: Mapping[str, object]) -> Gate:
    """What ``gate_to_json`` stored. Raises ``ValueError`` for anything else."""
    lacking = stored.get("lacking", [])
    if not isinstance(lacking, list):
        raise ValueError("lacking: must be a list")
    return Gate(
        exit_needed=str(stored.get("exit_needed", "")),
        lacking=tuple(str(each) for each in lacking),
        cap=str(stored.get("cap", "")),
        end_of_plan=stored.get("end_of_plan") is True,
    )


def replay(inputs: Mapping[str, object], defaults: Mapping[str, int]) -> Proposal:
    """The proposal a stored decision was made on, worked out again from what it stored."""
    facts, context, locked = facts_from_json(inputs)
    gate = inputs.get("gate")
    proposal = decide(facts, context, locked=locked, defaults=ProgrammeDefaults.from_dict(defaults))
    return at_gate(proposal, gate_from_json(gate) if isinstance(gate, Mapping) else OPEN)
