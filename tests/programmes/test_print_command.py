"""`manage.py handout`: the same papers as the browser's, without one."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients.actions import edit_patient
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


def test_a_step_counts_from_one(programme: Programme, tmp_path: Path) -> None:
    version = in_force(programme)
    steps = list(version.steps.order_by("order"))
    number = next(place for place, each in enumerate(steps, 1) if each.stage == "isotonic") + 1
    run(version.code, step=number, output=str(tmp_path / "a.pdf"))
    assert Handout.objects.get().step == steps[number - 1]
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
    said = capsys.readouterr().err
    assert f"{in_force(locked).code}: A red flag is open" in said
    assert "1 printed, 1 refused" in said
    assert str(locked.episode.patient) not in said


@pytest.mark.parametrize(
    ("args", "options", "says", "status"),
    [
        pytest.param([], {}, "Give the code of a version", 2, id="nothing"),
        pytest.param(["{code}"], {"all": "x"}, "Give the code of a version", 2, id="both"),
        pytest.param(["plan"], {}, "no code of a version", 2, id="no code"),
        pytest.param([str(uuid4())], {}, "No issued version has this code.", 2, id="unknown"),
        pytest.param(["{code}"], {"step": 99}, "This version has steps 1 to", 2, id="step"),
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
