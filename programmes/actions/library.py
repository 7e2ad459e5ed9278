"""Writing what the practice adds to the library: its own exercises, and the weights it owns."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils.text import slugify

from patients.actions import EditedMeanwhile, once
from patients.models import User
from programmes.models import OwnedWeight, PracticeExercise
from programmes.rules.library import EXERCISES, Exercise, catalogue, pose_to_json, practice_exercise
from programmes.rules.library.practice import OWN_PREFIX
from programmes.selectors.library import as_exercise, usual_to_json
from upwell.clock import now
from upwell.http import Refused

SLUG_LENGTH = 50


@transaction.atomic
def add_exercise(*, form_token: UUID, by: User, **said: Any) -> PracticeExercise:
    """A new exercise of the practice's own; the same form sent again gives the same row.

    ``said`` is what ``practice_exercise`` wants but its key and catalogue. Raises ``ValueError``
    naming the field, and ``Refused`` when the form came before with other answers.
    """
    own = practice_exercise(key=_free_key(said["name"]), among=_known(), **said)
    columns = _columns(own)

    def create(marks: dict[str, Any]) -> PracticeExercise:
        _check_name(own.name, PracticeExercise.objects.exclude(form_token=form_token))
        return PracticeExercise.objects.create(
            key=own.key, made_by=by, changed_by=by, **columns, **marks
        )

    return once(PracticeExercise, form_token=form_token, content=columns, create=create)


@transaction.atomic
def change_exercise(
    stored: PracticeExercise, *, version: int, by: User, **said: Any
) -> PracticeExercise:
    """The exercise with other words or numbers. Plans issued before keep what they had.

    Raises ``EditedMeanwhile`` if ``version`` is no longer the newest, and ``ValueError`` like
    ``add_exercise``.
    """
    own = practice_exercise(key=stored.key, among=_known(), **said)
    _check_name(own.name, PracticeExercise.objects.exclude(pk=stored.pk))
    changed = PracticeExercise.objects.filter(pk=stored.pk, version=version).update(
        version=F("version") + 1, changed_by=by, changed_at=now(), **_columns(own)
    )
    saved = PracticeExercise.objects.get(pk=stored.pk)
    if not changed:
        raise EditedMeanwhile(saved)
    return saved


@transaction.atomic
def retire_exercise(stored: PracticeExercise, *, out: bool, by: User) -> PracticeExercise:
    """Takes the exercise out of the library, or a retired one back in; twice changes nothing more.

    Raises ``Refused`` when another exercise has its name by now.
    """
    locked = PracticeExercise.objects.select_for_update().get(pk=stored.pk)
    if (locked.retired_at is not None) == out:
        return locked
    if not out:
        try:
            _check_name(locked.name, PracticeExercise.objects.exclude(pk=locked.pk))
        except ValueError:
            raise Refused(
                f"Another exercise is called {locked.name} by now. Rename one of them first."
            ) from None
    locked.retired_at = now() if out else None
    locked.changed_by, locked.changed_at = by, now()
    locked.version += 1
    locked.save(update_fields=["retired_at", "changed_by", "changed_at", "version"])
    return locked


@transaction.atomic
def add_weight(*, kind: str, kg: Decimal, label: str, by: User) -> OwnedWeight:
    """A weight the practice owns; saying it twice changes nothing."""
    known = {"kind": kind, "kg": kg, "label": label, "gone_at": None}
    try:
        with transaction.atomic():
            return OwnedWeight.objects.create(**known, added_by=by)
    except IntegrityError:
        found = OwnedWeight.objects.filter(**known).first()
        if found is None:
            raise Refused("This weight can't be stored.") from None
        return found


@transaction.atomic
def drop_weight(*, weight_id: int) -> None:
    """The practice no longer owns this; its history stays. An unknown one is no error."""
    OwnedWeight.objects.filter(pk=weight_id, gone_at=None).update(gone_at=now())


def _known() -> Mapping[str, Exercise]:
    own = PracticeExercise.objects.filter(retired_at=None)
    return catalogue((as_exercise(each) for each in own), EXERCISES)


def _check_name(name: str, others: QuerySet[PracticeExercise]) -> None:
    built_in = {each.name.casefold() for each in EXERCISES.values()}
    if name.casefold() in built_in or others.filter(retired_at=None, name__iexact=name).exists():
        raise ValueError("name: another exercise has this name")


def _free_key(name: str) -> str:
    """A key nobody has, also no retired exercise, because old plans know theirs by it."""
    wanted = OWN_PREFIX + (slugify(name)[:SLUG_LENGTH].strip("-") or "exercise")
    taken = set(
        PracticeExercise.objects.filter(key__startswith=wanted).values_list("key", flat=True)
    )
    number, key = 2, wanted
    while key in taken:
        key, number = f"{wanted}-{number}", number + 1
    return key


def _columns(own: Exercise) -> dict[str, Any]:
    return {
        "name": own.name,
        "stage": own.stage.value,
        "matrix_row": own.row.value,
        "knee": own.knee.value,
        "contraction": own.contraction.value,
        "range": own.range.value,
        "equipment": [each.value for each in own.equipment],
        "usual": usual_to_json(own.usual),
        "start": pose_to_json(own.start),
        "end": pose_to_json(own.end),
        "instructions": list(own.instructions),
        "regression": own.regression or "",
        "at_home": own.at_home,
    }
