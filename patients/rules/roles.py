"""Who may do what: the four roles and their capabilities, as one table (product.md section 2)."""

from enum import StrEnum


class Role(StrEnum):
    """Roles are groups of these names; the practice lead assigns them."""

    RECEPTION = "Reception"
    PHYSIOTHERAPIST = "Physiotherapist"
    EXERCISE_PHYSIOLOGIST = "Exercise physiologist"
    PRACTICE_LEAD = "Practice lead"


class May(StrEnum):
    """A capability: what a view asks for."""

    DEMOGRAPHICS = "demographics"
    PRINT = "print"
    READ_CLINICAL = "read_clinical"
    ASSESS = "assess"
    CLEAR_LOCK = "clear_lock"
    ACCEPT_PLAN = "accept_plan"
    EDIT_PLAN = "edit_plan"
    LOG_SESSION = "log_session"
    DECIDE = "decide"
    DISCHARGE = "discharge"
    LEAD = "lead"


_EVERYBODY = frozenset({May.DEMOGRAPHICS, May.PRINT})
_CLINICIAN = _EVERYBODY | {
    May.READ_CLINICAL,
    May.ASSESS,
    May.ACCEPT_PLAN,
    May.LOG_SESSION,
    May.DECIDE,
    May.DISCHARGE,
}

CAPABILITIES: dict[Role, frozenset[May]] = {
    Role.RECEPTION: _EVERYBODY,
    Role.PHYSIOTHERAPIST: _CLINICIAN | {May.CLEAR_LOCK},
    Role.EXERCISE_PHYSIOLOGIST: _CLINICIAN | {May.EDIT_PLAN},
    Role.PRACTICE_LEAD: frozenset(May),
}


def capabilities(group_names: frozenset[str]) -> frozenset[May]:
    """Everything a user in these groups may do; a group that is no role gives nothing."""
    roles = [role for role in Role if role.value in group_names]
    return frozenset().union(*(CAPABILITIES[role] for role in roles))
