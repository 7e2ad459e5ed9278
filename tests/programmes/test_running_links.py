"""Where each criterion of a stage exit leads: to the field in which it is recorded."""

from copy import deepcopy

import pytest
from django.test import Client

from assessments import actions as assessment_actions
from assessments.rules.terms import Phase, Stage
from patients.rules.terms import Side
from programmes.models import Programme
from tests import make
from tests.conftest import MadeOnce
from tests.programmes.test_running import DAYS_AGO, ago, rows

pytestmark = pytest.mark.django_db


def without_measurements(side: Side) -> Programme:
    """A patient since two months of whom nothing is measured, irritable since today."""
    nothing = {f"{each}_{what}": None for each in Side for what in ("repetitions", "pain")}
    programme = make.make_programme(
        make.make_episode(side=side, on=ago(DAYS_AGO)),
        on=ago(DAYS_AGO),
        **{**make.MIDPORTION, **nothing, "examined_on": ago(DAYS_AGO), "sl_heel_raise_pain": 6},
    )
    episode = programme.episode
    assessment_actions.reclassify(
        episode.classifications.in_force().get(),
        phase=Phase.REACTIVE,
        reason="Warm.",
        on=ago(0),
        by=episode.opened_by,
    )
    return programme


@pytest.fixture(scope="module", autouse=True)
def unmeasured(made_once: MadeOnce[dict[Side, Programme]]) -> dict[Side, Programme]:
    return made_once(lambda: {side: without_measurements(side) for side in Side})


@pytest.mark.parametrize(
    ("name", "stage", "number"),
    [
        ("sl_pain_lt5", Stage.ISOMETRIC, 1),
        ("ok3", Stage.ISOMETRIC, 1),
        ("dl10_hop_pain_lt5", Stage.ISOTONIC, 2),
        ("weeks_ge6", Stage.ISOTONIC, 2),
        ("not_reactive", Stage.PLYOMETRIC, 5),
        ("reps_ge25", Stage.PLYOMETRIC, 5),
        ("raises_pain0", Stage.PLYOMETRIC, 5),
        ("lsi_ge90", Stage.PLYOMETRIC, 5),
        ("walk30_pain0", Stage.PLYOMETRIC, 5),
        ("strength_attested", Stage.PLYOMETRIC, 5),
        ("sl10_hop_pain_le2", Stage.PLYOMETRIC, 5),
        ("pain_le2", Stage.RUN_WALK, 10),
        ("settled", Stage.RUN_WALK, 10),
        ("visa_ge90", Stage.FULL_RETURN, 4),
    ],
)
@pytest.mark.parametrize("side", Side, ids=str)
def test_links_lead_to_fields_that_exist(
    client: Client,
    unmeasured: dict[Side, Programme],
    name: str,
    stage: Stage,
    number: int,
    side: Side,
) -> None:
    programme = deepcopy(unmeasured[side])
    episode = programme.episode
    programme.current_step = programme.versions.get().steps.get(stage=stage, number=number)
    programme.save(update_fields=["current_step"])
    client.force_login(episode.opened_by)
    to, _, anchor = rows(programme)[name].url.partition("#")
    response = client.get(to)
    assert response.status_code == 200
    assert not anchor or f'id="{anchor}"' in response.text
