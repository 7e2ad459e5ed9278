"""`manage.py handout`: the same papers as the browser's, without one."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.rules.terms import Stage
from patients.actions import edit_patient
from patients.rules.terms import Side
from programmes import actions
from programmes.models import Handout, Printing, Programme, Version
from tests import make

pytestmark = pytest.mark.django_db


def in_force(programme: Programme) -> Version:
    version = Version.objects.in_force(programme)
    assert version is not None
    return version


@pytest.fixture
def programme() -> Programme:
    return make.make_programme()


def run(*args: Any, **options: Any) -> None:
    call_command("handout", *(str(each) for each in args), **options)


def test_it_prints_what_the_browser_prints(
    programme: Programme, tmp_path: Path, client: Client
) -> None:
    version, out = in_force(programme), tmp_path / "a.pdf"
    client.force_login(programme.episode.opened_by)
    answer = client.post(
        reverse("programmes:handout_new", args=[version.code]), {"form_token": str(uuid4())}
    )
    run(version.code, output=str(out))
    assert out.read_bytes() == client.get(answer["Location"]).content
    assert Handout.objects.count() == 1


def test_twice_is_the_same_bytes_and_recorded_as_by_command(
    programme: Programme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run(in_force(programme).code)
    paper = Handout.objects.get()
    path = tmp_path / f"plan-{paper.paper_code}.pdf"
    first = path.read_bytes()
    assert first.startswith(b"%PDF")
    run(in_force(programme).code)
    assert path.read_bytes() == first
    assert list(Printing.objects.values_list("printed_by", flat=True)) == [None, None]
    page = Client()
    page.force_login(programme.episode.opened_by)
    address = reverse("programmes:handout_new", args=[in_force(programme).code])
    assert "printed by command" in page.get(address).text


def test_standard_output_is_the_paper_alone(
    programme: Programme, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    run(in_force(programme).code, output="-")
    assert capfdbinary.readouterr().out == actions.as_pdf(Handout.objects.get())


def test_the_choices_are_the_patients_unless_given(programme: Programme, tmp_path: Path) -> None:
    patient = programme.episode.patient
    edit_patient(patient, version=patient.version, language="it", large_print=True)
    run(in_force(programme).code, output=str(tmp_path / "a.pdf"))
    own = Handout.objects.get()
    assert (own.options["language"], own.options["edition"]) == ("it", "large")
    run(in_force(programme).code, output=str(tmp_path / "b.pdf"), language="en")
    assert Handout.objects.exclude(pk=own.pk).get().options["language"] == "en"


def test_a_step_counts_from_one(
    programme: Programme, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    version = in_force(programme)
    steps = list(version.steps.order_by("order"))
    number = next(place for place, each in enumerate(steps, 1) if each.stage == "isotonic") + 1
    out = str(tmp_path / "a.pdf")
    with pytest.raises(CommandError, match="Isotonic, step 2 is not reached yet") as error:
        run(version.code, step=number, output=out)
    assert error.value.returncode == 1
    assert not Handout.objects.exists()
    run(version.code, step=number, output=out, ahead=True)
    assert Handout.objects.get().step == steps[number - 1]
    # As the screens count, which is the same paper.
    run(version.code, stage="isotonic", step=2, output=out, ahead=True)
    assert Handout.objects.get().step == steps[number - 1]
    assert "isotonic, step 2" in capsys.readouterr().err
    programme.refresh_from_db()
    assert programme.current_step != steps[number - 1]


def test_all_of_them_go_into_a_folder_and_the_refused_are_named(
    programme: Programme, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    locked = make.make_programme()
    make.make_signed_assessment(
        locked.episode, examined_on=timezone.localdate(), bone=["focal_bone_tenderness"]
    )
    with pytest.raises(SystemExit) as ended:
        run(all=str(tmp_path / "papers"))
    assert ended.value.code == 1
    assert len(list((tmp_path / "papers").iterdir())) == 1
    out, said = capsys.readouterr()
    (paper,) = Handout.objects.all()
    assert out == f"{paper.paper_code} {programme.episode.patient.record_number}\n"
    assert "in the patients' hands" in said
    assert f"{in_force(locked).code}: A red flag is open" in said
    assert "1 printed, 1 refused" in said
    assert str(locked.episode.patient) not in said


def test_a_sheet_for_both_legs_is_one_file(tmp_path: Path) -> None:
    patient = make.make_patient()
    for side in (Side.LEFT, Side.RIGHT):
        make.make_programme(make.make_episode(patient, side=side))
    run(all=str(tmp_path / "papers"))
    assert len(list((tmp_path / "papers").iterdir())) == 1
    assert Printing.objects.count() == 2  # one for each leg


def test_a_step_passed_is_printed_without_a_question(tmp_path: Path) -> None:
    programme = make.make_programme(at=(Stage.ISOTONIC, 2))
    run(in_force(programme).code, stage="isotonic", step=1, output=str(tmp_path / "a.pdf"))
    assert Handout.objects.get().step.number == 1


@pytest.mark.parametrize(
    ("args", "options", "says", "status"),
    [
        pytest.param([], {}, "Give the code of a version", 2, id="nothing"),
        pytest.param(["{code}"], {"all": "x"}, "Give the code of a version", 2, id="both"),
        pytest.param(["plan"], {}, "no code of a version", 2, id="no code"),
        pytest.param([str(uuid4())], {}, "No issued version has this code.", 2, id="unknown"),
        pytest.param(["{code}"], {"step": 99}, "This version has steps 1 to", 2, id="step"),
        pytest.param(
            ["{code}"], {"step": 99, "stage": "isotonic"}, "isotonic steps 1 to", 2, id="of stage"
        ),
        pytest.param(["{code}"], {"stage": "isotonic"}, "Give the step", 2, id="only a stage"),
        pytest.param(["{code}"], {"step": 0}, "This version has steps 1 to", 2, id="step 0"),
        pytest.param(
            ["{code}"], {"output": "/nowhere/a.pdf"}, "No such file or directory", 2, id="folder"
        ),
    ],
)
def test_what_is_wrong_is_one_line(
    programme: Programme, args: list[str], options: dict[str, Any], says: str, status: int
) -> None:
    code = in_force(programme).code
    with pytest.raises(CommandError, match=says) as error:
        run(*(each.format(code=code) for each in args), **options)
    assert error.value.returncode == status
    assert "\n" not in str(error.value)


def test_under_a_red_flag_nothing_is_printed(programme: Programme, tmp_path: Path) -> None:
    make.make_signed_assessment(
        programme.episode, examined_on=timezone.localdate(), bone=["focal_bone_tenderness"]
    )
    with pytest.raises(CommandError, match="red flag") as error:
        run(in_force(programme).code, output=str(tmp_path / "a.pdf"))
    assert error.value.returncode == 1
    assert not Handout.objects.exists()
