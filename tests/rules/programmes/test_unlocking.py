"""The two unlocks: what each asks for, and that there is no third."""

from datetime import date, timedelta

import pytest

from assessments.rules.terms import Location, Stage
from programmes.rules.unlocking import lacking_to_unlock, unlock_of

ON = date(2025, 3, 3)
FOUR_WEEKS = ON - timedelta(weeks=4)


@pytest.mark.parametrize(
    ("code", "location", "pain", "since", "field"),
    [
        pytest.param("U1", Location.INSERTIONAL, 2, FOUR_WEEKS, None, id="u1"),
        pytest.param("U1", Location.INSERTIONAL, 0, FOUR_WEEKS, None, id="u1 no pain"),
        pytest.param("U1", Location.INSERTIONAL, 3, FOUR_WEEKS, "dorsiflexion_pain", id="u1 pain"),
        pytest.param("U1", Location.INSERTIONAL, None, FOUR_WEEKS, "dorsiflexion_pain", id="u1 ?"),
        pytest.param("U1", Location.INSERTIONAL, 2, None, "since", id="u1 since when"),
        pytest.param(
            "U1", Location.INSERTIONAL, 2, FOUR_WEEKS + timedelta(days=1), "since", id="u1 27 days"
        ),
        pytest.param("U1", Location.MIXED, 0, FOUR_WEEKS, "code", id="u1 mixed"),
        pytest.param("U1", Location.MIDPORTION, 0, FOUR_WEEKS, "code", id="u1 midportion"),
        pytest.param("U2", Location.INSERTIONAL, None, None, None, id="u2"),
        pytest.param("U2", Location.MIXED, None, None, None, id="u2 mixed"),
        pytest.param("U2", Location.MIDPORTION, None, None, "code", id="u2 midportion"),
        pytest.param("U2", None, None, None, "code", id="u2 not classified"),
        pytest.param("U3", Location.INSERTIONAL, 0, FOUR_WEEKS, "code", id="no third"),
        pytest.param("", Location.INSERTIONAL, 0, FOUR_WEEKS, "code", id="nothing"),
    ],
)
def test_what_an_unlock_lacks(
    code: str, location: Location | None, pain: int | None, since: date | None, field: str | None
) -> None:
    lacking = lacking_to_unlock(
        code,
        location=location,
        dorsiflexion_pain=pain,
        since=since,
        on=ON,
        stage=Stage.FULL_RETURN,
        held_back="",
    )
    assert (lacking.field if lacking else None) == field


def test_there_are_two() -> None:
    assert [code for code in ("U0", "U1", "U2", "U3") if unlock_of(code)] == ["U1", "U2"]


@pytest.mark.parametrize("code", ["U1", "U2"])
@pytest.mark.parametrize("stage", [*Stage, None], ids=str)
@pytest.mark.parametrize("held_back", ["", "The tendon is irritable."])
def test_nothing_is_opened_before_full_return_or_while_irritable(
    code: str, stage: Stage | None, held_back: str
) -> None:
    lacking = lacking_to_unlock(
        code,
        location=Location.INSERTIONAL,
        dorsiflexion_pain=0,
        since=FOUR_WEEKS,
        on=ON,
        stage=stage,
        held_back=held_back,
    )
    assert (lacking is None) is (stage is Stage.FULL_RETURN and not held_back)
