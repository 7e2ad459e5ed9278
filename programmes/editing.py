"""What pages ask of a draft: edits made, and what of them can't be made told with both values."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.http import QueryDict

from patients.models import Episode, User
from programmes import actions
from programmes.actions import Answer, DraftClash
from programmes.actions.drafts import GONE
from programmes.editor import NO_TROUBLES, Troubles, TwoValues, Unstored, place_words, value_words
from programmes.forms.drafts import REDO, AddSource, Typed, typed_changes
from programmes.models import Draft
from programmes.rules.edits import AddPlan, Desk, Edit, FillRow, NameColumn, SetCells
from programmes.rules.plan import Plan, from_flat
from programmes.selectors import drafts
from programmes.selectors.editor import desk_to_type_at, edits_since, plan_seen
from upwell.http import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What became of an edit: the draft after it, what was changed, and what clashed."""

    answer: Answer
    desk: Desk
    troubles: Troubles = NO_TROUBLES


def looked_up(what: Edit | AddSource | None, episode: Episode, *, on: date) -> Edit | None:
    """The edit with the plan it names by its source. Raises ``Refused`` when there is none."""
    if not isinstance(what, AddSource):
        return what
    plan, name = drafts.plan_from(what.source, episode=episode, desk=drafts.desk_of(episode), on=on)
    return AddPlan(plan=plan, mode=what.mode, name=name)


def make(
    draft: Draft, what: Edit | None, *, op: str, edit: str, known: int, token: UUID, by: User
) -> Made:
    """Make an edit (None undoes or redoes) for a page that had seen ``known`` edits.

    ``op`` and ``edit`` are the same as it was sent, to send once more. Cells nobody else changed
    are stored even when others of the edit clash. Raises ``Refused``.
    """
    # Only filling by a rule asks which weights the practice owns.
    desk = (drafts.desk_of if isinstance(what, FillRow) else desk_to_type_at)(draft.episode)
    try:
        if what is None:
            redo = op == REDO
            answer = actions.undo_draft(draft, known=known, token=token, by=by, redo=redo)
        else:
            answer = actions.edit_draft(
                draft, edit=what, known=known, token=token, by=by, desk=desk
            )
    except DraftClash as clash:
        _read_again(draft)
        clashes = _two_values(draft, clash, what, desk, op=op, edit=edit)
        rest = _the_rest(draft, what, clash, known=known, by=by, desk=desk)
        answer = rest or Answer(draft=draft, patch={}, others=edits_since(draft, known))
        return Made(answer=answer, desk=desk, troubles=Troubles(clashes=clashes))
    return Made(answer=answer, desk=desk)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A draft after everything typed was sent at once."""

    draft: Draft
    troubles: Troubles


def save_typed(draft: Draft, data: QueryDict, *, known: int, by: User) -> Saved:
    """Store what was typed into the boxes of a page that had seen ``known`` edits.

    What can't be stored, or lost its place, is kept in the troubles; the rest is stored. Raises
    ``Refused`` for a draft that has ended.
    """
    if draft.issued_as_id is not None or draft.discarded_at is not None:
        raise Refused("This draft was issued or put aside. Begin a new one to change the plan.")
    seen, now = plan_seen(draft, known), from_flat(draft.plan)
    typed = typed_changes(data, seen)
    edits = _still_possible(typed, now)
    clashes: dict[str, TwoValues] = {}
    for what in edits:
        op, sent = _as_sent(what)
        made = make(draft, what, op=op, edit=sent, known=known, token=uuid4(), by=by)
        clashes |= made.troubles.clashes
    _read_again(draft)
    desk = desk_to_type_at(draft.episode)
    unstored = {
        place: Unstored(where=_box_words(seen, place, desk), text=text, says=says)
        for place, (text, says) in typed.unkept.items()
    }
    return Saved(draft=draft, troubles=Troubles(clashes=clashes, unstored=unstored))


def _still_possible(typed: Typed, now: Plan) -> list[Edit]:
    """What was typed into parts of the plan that are still there; the rest can't be kept."""
    rows, columns = {each.id for each in now.rows}, {each.id for each in now.columns}
    edits: list[Edit] = []
    cells = []
    for row, column, text in typed.cells:
        if row in rows and column in columns:
            cells.append((row, column, text))
        else:
            typed.unkept[f"cell/{row}/{column}"] = (text, GONE)
    if cells:
        edits.append(SetCells(cells=tuple(cells)))
    for each in typed.names:
        if each.column in columns:
            edits.append(each)
        else:
            words = value_words({"title": each.title, "weeks": each.weeks})
            typed.unkept[f"title/{each.column}"] = (words, GONE)
    return edits


def _as_sent(what: Edit) -> tuple[str, str]:
    """An edit as the page's script would send it."""
    op = "set" if isinstance(what, SetCells) else "name_column"
    return op, json.dumps(asdict(what))


def _read_again(draft: Draft) -> None:
    draft.refresh_from_db(fields=["plan", "revision", "changed_at"])


def _the_rest(
    draft: Draft, what: Edit | None, clash: DraftClash, *, known: int, by: User, desk: Desk
) -> Answer | None:
    """The cells of an edit that nobody else changed are stored all the same."""
    if not isinstance(what, SetCells):
        return None
    cells = tuple(each for each in what.cells if f"cell/{each[0]}/{each[1]}" not in clash.places)
    if not cells:
        return None
    kept = SetCells(cells=cells)
    return actions.edit_draft(draft, edit=kept, known=known, token=uuid4(), by=by, desk=desk)


def _two_values(
    draft: Draft, clash: DraftClash, what: Edit | None, desk: Desk, *, op: str, edit: str
) -> dict[str, TwoValues]:
    """Each place two people changed with both values, by what ``Troubles.clashes`` names it."""
    now = from_flat(draft.plan)

    def told(places: Iterable[str], mine: str, sent: str) -> TwoValues:
        theirs = [clash.places[place] for place in places]
        where = dict.fromkeys(place_words(now, place, desk) for place in places)
        return TwoValues(
            where=", ".join(where),
            theirs=value_words(theirs[0][0]) if len(theirs) == 1 else "their change",
            who=", ".join(dict.fromkeys(who for _value, who in theirs)),
            mine=mine,
            op=op,
            edit=sent,
        )

    if isinstance(what, SetCells):
        mine = {f"cell/{each[0]}/{each[1]}": each for each in what.cells}
        return {
            place: told([place], value_words(cell[2]), json.dumps({"cells": [cell]}))
            for place, cell in mine.items()
            if place in clash.places
        }
    if isinstance(what, NameColumn):
        name: Any = {"title": what.title, "weeks": what.weeks}
        return {f"col/{what.column}": told([*clash.places], value_words(name), edit)}
    return {"": told([*clash.places], "your change", edit)}


def _box_words(seen: Plan, place: str, desk: Desk) -> str:
    """The box of ``Troubles.unstored`` in words, by the plan its page had shown."""
    kind, _, column = place.partition("/")
    words = {"title": "name", "weeks": "weeks"}
    if kind not in words:
        return place_words(seen, place, desk)
    return f"{place_words(seen, f'col/{column}', desk)}, {words[kind]}"
