"""The practice's own people: links to join, roles, ends, and a practice that keeps a lead."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from patients import staff
from patients.actions import constraint_of
from patients.models import Episode, Invitation, User, UserRole
from patients.rules.roles import Role
from programmes.audit import DONE
from tests import make
from tests.test_races import at_once, statuses

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, 0, 15, tzinfo=UTC)
PASSWORD = "four grey herons wading"
NEW = {
    "email": "Ines.Sample@example.org",
    "display_name": "Ines Sample",
    "professional_title": "Physiotherapist",
    "registration_number": "PHY0000000077",
    "role": Role.PHYSIOTHERAPIST.value,
}


@pytest.fixture
def lead(db: None) -> User:
    return make.make_user(Role.PRACTICE_LEAD, email="leo@example.org")


@pytest.fixture
def client(lead: User) -> Client:
    visitor = Client()
    make.sign_in(visitor, lead)
    return visitor


@pytest.fixture
def physio(db: None) -> User:
    return make.make_user(Role.PHYSIOTHERAPIST, email="paul@example.org")


def form(**said: Any) -> dict[str, Any]:
    return {**NEW, "form_token": str(uuid4()), **said}


def link_in(answer: Any) -> str:
    """The path of the link a page shows."""
    assert answer.status_code == 200
    found = re.search(r'value="http://testserver(/accounts/invitation/[0-9a-f]{64}/)"', answer.text)
    assert found, "no link on the page"
    return found[1]


def do(client: Client, user: User, deed: str, **more: str) -> Any:
    return client.post(reverse("patients:user", args=[user.code]), {"do": deed, **more})


def details(user: User, **said: Any) -> dict[str, Any]:
    """The form of an account as its page shows it."""
    shown = User.objects.get(pk=user.pk)
    return {
        "display_name": shown.display_name,
        "professional_title": shown.professional_title,
        "registration_number": shown.registration_number,
        "roles": [role.value for role in shown.roles],
        "seen": staff.seen_of(shown),
        **said,
    }


def save(client: Client, user: User, data: dict[str, Any]) -> Any:
    return client.post(reverse("patients:user", args=[user.code]), data)


def in_session(user: User) -> Client:
    """Somebody at work."""
    visitor = Client()
    visitor.force_login(user)
    assert visitor.get(reverse("patients:list")).status_code == 200
    return visitor


def is_in(visitor: Client) -> bool:
    return visitor.get(reverse("patients:list")).status_code == 200


def acts(user: User) -> list[str]:
    """What the history tells of an account."""
    events = apps.get_model("patients", "UserEvent")._default_manager.filter(pgh_obj=user)
    return list(events.order_by("pgh_id").values_list("pgh_label", flat=True))


# --- the list ----------------------------------------------------------------------------------
def test_the_list_tells_who_works_here_how_they_sign_in_and_who_has_left(
    client: Client, physio: User, lead: User
) -> None:
    gone = make.make_user(Role.RECEPTION, display_name="Gerda Gone", email="gerda@example.org")
    TOTP.activate(physio, generate_totp_secret())
    in_session(physio)
    staff.end(gone)
    page = client.get(reverse("patients:users")).text
    before, after = page.split("Ended accounts")
    assert "Paul Physio" in before
    assert "Yes: app" in before
    assert "Gerda Gone" not in before
    assert "Gerda Gone" in after
    assert "(you)" in before
    seen = staff.person(physio).last_seen
    assert seen is not None
    assert "never" in after


@pytest.mark.parametrize("has_second_step", [True, False])
def test_a_link_for_a_password_says_what_becomes_of_the_second_step(
    client: Client, physio: User, has_second_step: bool
) -> None:
    if has_second_step:
        TOTP.activate(physio, generate_totp_secret())
    page = client.get(reverse("patients:user", args=[physio.code])).text
    assert ("The second step is still asked for." in page) is has_second_step
    assert ("A second step is set up after it." in page) is not has_second_step


@pytest.mark.parametrize("field", ["display_name", "professional_title"])
def test_a_name_that_turns_letters_around_is_refused_at_the_field(
    client: Client, physio: User, field: str
) -> None:
    details = form(**{field: "Paul \u202eoisyhP"})
    answer = client.post(reverse("patients:user_new"), details)
    assert answer.status_code == 422
    assert "turns the order of the letters around" in answer.text


@pytest.mark.parametrize("name", ["patients:user_new", "patients:user"])
def test_pages_that_change_accounts_ask_who_it_is_and_lose_nothing(
    lead: User, physio: User, name: str
) -> None:
    visitor = Client()
    visitor.force_login(lead)
    args = [physio.code] if name == "patients:user" else []
    data = details(physio, display_name="Paul Newname") if args else form()
    to = reverse(name, args=args)
    asked = visitor.post(to, data)
    confirm = reverse("account_reauthenticate")
    assert (asked.status_code, asked["Location"].split("?")[0]) == (302, confirm)
    inside = visitor.post(to, data, headers={"HX-Request": "true"})
    assert inside["HX-Redirect"].split("?")[0] == confirm
    assert not Invitation.objects.exists()
    answer = visitor.post(confirm, {"password": make.PASSWORD, "next": to})
    assert answer.status_code in (200, 302)
    if args:
        physio.refresh_from_db()
        assert physio.display_name == "Paul Newname"
    else:
        link_in(answer)


def test_a_confirmation_is_asked_for_again_after_a_quarter_of_an_hour(
    lead: User, time_machine: Any
) -> None:
    time_machine.move_to(NOW, tick=False)
    visitor = Client()
    make.sign_in(visitor, lead)
    assert visitor.get(reverse("patients:user_new")).status_code == 200
    time_machine.move_to(NOW + timedelta(minutes=15, seconds=1), tick=False)
    assert visitor.get(reverse("patients:user_new")).status_code == 302


# --- links -------------------------------------------------------------------------------------
def test_somebody_joins_by_a_link_and_sets_up_a_second_step_at_once(
    client: Client, settings: Any
) -> None:
    settings.MFA_REQUIRED = True
    TOTP.activate(User.objects.get(), generate_totp_secret())
    to = link_in(client.post(reverse("patients:user_new"), form()))
    newcomer = Client()
    page = newcomer.get(to)
    assert page.status_code == 200
    assert "ines.sample@example.org" in page.text
    answer = newcomer.post(to, {"password": PASSWORD, "again": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index"))
    assert "Set up a second step" in newcomer.get(answer["Location"]).text
    # The password was set a moment ago: it isn't asked for again.
    assert newcomer.get(reverse("mfa_activate_totp")).status_code == 200
    assert newcomer.get(reverse("patients:list"))["Location"] == reverse("mfa_index")
    user = User.objects.get(email="ines.sample@example.org")
    assert user.signature == "Ines Sample, Physiotherapist, PHY0000000077"
    assert user.roles == (Role.PHYSIOTHERAPIST,)
    assert user.check_password(PASSWORD)
    assert Invitation.objects.get().user == user


def test_a_link_is_shown_once_and_only_a_digest_of_it_is_kept(client: Client) -> None:
    secret = link_in(client.post(reverse("patients:user_new"), form())).split("/")[-2]
    row = Invitation.objects.values().get()
    assert secret not in str(row)
    for name in ("patients:users", "patients:user_new"):
        assert "/accounts/invitation/" not in client.get(reverse(name)).text


def test_the_same_form_again_is_the_same_link_and_other_answers_are_refused(client: Client) -> None:
    data = form()
    first, second = (link_in(client.post(reverse("patients:user_new"), data)) for _ in range(2))
    assert first == second
    assert Invitation.objects.count() == 1
    other = client.post(reverse("patients:user_new"), {**data, "display_name": "Somebody Else"})
    assert other.status_code == 422
    assert "sent before with other answers" in other.text or "open link" in other.text


def used(client: Client, to: str) -> None:
    Client().post(to, {"password": PASSWORD, "again": PASSWORD})


def withdrawn(client: Client, to: str) -> None:
    code = Invitation.objects.get().code
    assert client.post(reverse("patients:link", args=[code]), {"do": "withdraw"}).status_code == 302


def replaced(client: Client, to: str) -> None:
    code = Invitation.objects.get().code
    data = {"do": "new", "form_token": str(uuid4())}
    assert link_in(client.post(reverse("patients:link", args=[code]), data)) != to


@pytest.mark.parametrize(
    ("spend", "says"),
    [(used, "has been used"), (withdrawn, "was withdrawn"), (replaced, "was withdrawn")],
)
def test_a_spent_link_opens_nothing(
    client: Client, spend: Callable[[Client, str], None], says: str
) -> None:
    to = link_in(client.post(reverse("patients:user_new"), form()))
    open_page = Client()
    assert open_page.get(to).status_code == 200
    spend(client, to)
    known = User.objects.count()
    for answer in (
        Client().get(to),
        open_page.post(to, {"password": "another long one here", "again": "another long one here"}),
    ):
        assert answer.status_code == 410
        assert says in answer.text
    assert User.objects.count() == known
    assert not User.objects.filter(email="x").exists()


@pytest.mark.parametrize(("hours", "status"), [(71.9, 200), (72, 410), (100, 410)])
def test_a_link_is_valid_for_72_hours(
    client: Client, time_machine: Any, hours: float, status: int
) -> None:
    time_machine.move_to(NOW, tick=False)
    make.sign_in(client, User.objects.get())
    to = link_in(client.post(reverse("patients:user_new"), form()))
    time_machine.move_to(NOW + timedelta(hours=hours), tick=False)
    assert Client().get(to).status_code == status


def test_a_made_up_link_opens_nothing() -> None:
    answer = Client().get(reverse("account_invitation", args=["0" * 64]))
    assert answer.status_code == 404
    assert "not one of ours" in answer.text


@pytest.mark.parametrize(
    ("password", "again", "says"),
    [
        ("short", "short", "15 characters"),
        ("passwordpassword", "passwordpassword", "too easy to guess"),
        ("my achilles hurts", "my achilles hurts", "achilles"),
        ("collective herons wading", "collective herons wading", "collective"),
        ("ines.sample@example.org", "ines.sample@example.org", "too similar"),
        (PASSWORD, PASSWORD + "x", "two different passwords"),
        ("", "", "Choose a password"),
    ],
)
def test_a_poor_password_is_refused_in_words(
    client: Client, password: str, again: str, says: str
) -> None:
    to = link_in(client.post(reverse("patients:user_new"), form()))
    answer = Client().post(to, {"password": password, "again": again})
    assert answer.status_code == 422
    assert says in answer.text
    assert not User.objects.filter(email=NEW["email"].lower()).exists()
    assert 'autocomplete="new-password"' in answer.text
    boxes = re.findall(r'<input type="password"[^>]*>', answer.text)
    assert len(boxes) == 2
    assert not any(" value=" in box for box in boxes)


@pytest.mark.parametrize(
    "password", ["x" * 3 + PASSWORD * 4, " spaces around it count ", "ünter den Linden 12"]
)
def test_long_passwords_spaces_and_other_letters_are_taken_as_typed(
    client: Client, password: str
) -> None:
    to = link_in(client.post(reverse("patients:user_new"), form()))
    assert Client().post(to, {"password": password, "again": password}).status_code == 302
    assert User.objects.get(email=NEW["email"].lower()).check_password(password)


@pytest.mark.parametrize("ended", [False, True])
def test_an_address_with_an_account_is_not_invited_again(
    client: Client, physio: User, ended: bool
) -> None:
    if ended:
        staff.end(physio)
    answer = client.post(reverse("patients:user_new"), form(email="PAUL@example.org"))
    assert answer.status_code == 422
    assert ("an ended account" in answer.text) == ended
    assert "Paul Physio has an" in answer.text
    assert not Invitation.objects.exists()


def test_two_links_for_one_address_make_one_account(client: Client) -> None:
    first = link_in(client.post(reverse("patients:user_new"), form()))
    refused = client.post(reverse("patients:user_new"), form())
    assert refused.status_code == 422
    assert "open link for this e-mail address" in refused.text
    link = Invitation.objects.get()
    User.objects.create_user(link.email, PASSWORD, display_name="Ines Elsewhere")
    answer = Client().post(first, {"password": PASSWORD, "again": PASSWORD})
    assert answer.status_code == 422
    assert "has an account" in answer.text


@pytest.mark.parametrize("has_second_step", [False, True])
def test_a_forgotten_password_is_set_anew_without_passing_the_second_step_by(
    client: Client, physio: User, has_second_step: bool
) -> None:
    if has_second_step:
        TOTP.activate(physio, generate_totp_secret())
    elsewhere = in_session(physio)
    to = link_in(do(client, physio, "new_password", form_token=str(uuid4())))
    assert is_in(elsewhere)
    visitor = Client()
    answer = visitor.post(to, {"password": PASSWORD, "again": PASSWORD})
    first = "mfa_authenticate" if has_second_step else "programmes:caseload"
    assert (answer.status_code, answer["Location"]) == (302, reverse(first))
    assert is_in(visitor) is not has_second_step
    assert not is_in(elsewhere)
    assert "password_set" in acts(physio)
    assert Authenticator.objects.count() == has_second_step


def test_an_ended_account_gets_no_link_and_its_open_ones_are_withdrawn(
    client: Client, physio: User
) -> None:
    to = link_in(do(client, physio, "new_password", form_token=str(uuid4())))
    staff.end(physio)
    assert Client().get(to).status_code == 410
    refused = do(client, physio, "new_password", form_token=str(uuid4()))
    assert refused.status_code == 422
    assert "has ended" in refused.text


# --- roles, ends, sessions ---------------------------------------------------------------------
def test_details_and_roles_are_changed_and_other_roles_end_the_sessions(
    client: Client, physio: User, lead: User
) -> None:
    at_work = in_session(physio)
    assert save(client, physio, details(physio, display_name="Paul Newname")).status_code == 302
    assert is_in(at_work)
    roles = [Role.RECEPTION.value, Role.EXERCISE_PHYSIOLOGIST.value]
    assert save(client, physio, details(physio, roles=roles)).status_code == 302
    assert not is_in(at_work)
    changed = User.objects.get(pk=physio.pk)
    assert set(changed.roles) == {Role.RECEPTION, Role.EXERCISE_PHYSIOLOGIST}
    events = apps.get_model("patients", "UserRoleEvent")._default_manager.filter(user=physio)
    told = [(each.pgh_label, (each.pgh_context or {}).get("user")) for each in events]
    assert told.count(("delete", lead.pk)) == 1
    assert told.count(("insert", lead.pk)) == 2


@pytest.mark.parametrize("roles", [[], ["Superuser"]])
def test_an_account_has_roles_and_only_ours(client: Client, physio: User, roles: list[str]) -> None:
    answer = save(client, physio, details(physio, roles=roles))
    assert answer.status_code == 422
    assert User.objects.get(pk=physio.pk).roles == (Role.PHYSIOTHERAPIST,)


def test_the_second_of_two_leads_saving_sees_what_the_first_saved(
    client: Client, physio: User
) -> None:
    seen = details(physio, professional_title="Senior physiotherapist")
    assert save(client, physio, details(physio, display_name="Paul First")).status_code == 302
    answer = save(client, physio, seen)
    assert answer.status_code == 409
    assert "Paul First" in answer.text
    assert "Senior physiotherapist" in answer.text
    physio.refresh_from_db()
    assert (physio.display_name, physio.professional_title) == ("Paul First", "Physiotherapist")
    now_seen = staff.seen_of(User.objects.get(pk=physio.pk))
    assert f'value="{now_seen}"' in answer.text
    assert save(client, physio, {**seen, "replaces": now_seen}).status_code == 302
    physio.refresh_from_db()
    assert physio.professional_title == "Senior physiotherapist"


STALE: dict[str, Callable[[Client, User], Any]] = {
    "ended": lambda client, user: do(client, user, "end", sure="on"),
    "signed out": lambda client, user: do(client, user, "sign_out"),
    "role": lambda client, user: save(client, user, details(user, roles=["Reception"])),
    "second step": lambda client, user: do(
        client, user, "remove_second_step", form_token=str(uuid4())
    ),
}


@pytest.mark.parametrize("change", STALE)
def test_what_a_lead_does_counts_for_the_very_next_request(
    client: Client, physio: User, change: str
) -> None:
    TOTP.activate(physio, generate_totp_secret())
    at_work = [in_session(physio) for _ in range(3)]
    assert STALE[change](client, physio).status_code in (200, 302)
    for visitor in at_work:
        answer = visitor.get(reverse("programmes:caseload"))
        assert (answer.status_code, answer["Location"].split("?")[0]) == (
            302,
            reverse("account_login"),
        )
    assert is_in(client)


def test_an_account_ends_by_two_steps_and_says_which_episodes_bear_its_name(
    client: Client, physio: User
) -> None:
    one, two, closed = (make.make_episode(by=physio) for _ in range(3))
    make.make_episode()
    Episode.objects.filter(pk=closed.pk).update(
        closed_on=closed.opened_on, closed_by=physio, outcome="returned"
    )
    page = reverse("patients:user", args=[physio.code])
    assert "<strong>2 open episodes</strong> bear this name" in client.get(page).text
    answer = do(client, physio, "end")
    assert answer.status_code == 422
    assert "Tick this first, if the account is to end." in answer.text
    assert User.objects.get(pk=physio.pk).is_active
    sent = {"do": "end", "sure": "on"}
    shown = client.post(page, sent, follow=True)
    assert shown.redirect_chain == [(reverse("patients:users"), 302)]
    said = shown.text.partition('class="message"')[2].partition("</p>")[0]
    assert "The account has ended." in said
    assert "2 open episodes still bear this name." in said
    assert not User.objects.get(pk=physio.pk).is_active
    assert {each.clinician for each in Episode.objects.filter(pk__in=[one.pk, two.pk])} == {physio}


def test_an_ended_account_is_restored_with_its_roles_and_password(
    client: Client, physio: User
) -> None:
    do(client, physio, "end", sure="on")
    entered = {"login": "paul@example.org", "password": make.PASSWORD}
    assert Client().post(reverse("account_login"), entered).status_code == 200
    do(client, physio, "restore")
    assert Client().post(reverse("account_login"), entered).status_code == 302
    assert User.objects.get(pk=physio.pk).roles == (Role.PHYSIOTHERAPIST,)


def test_a_lost_second_step_is_removed_recorded_and_asked_for_anew(
    client: Client, physio: User, settings: Any, lead: User
) -> None:
    TOTP.activate(physio, generate_totp_secret())
    TOTP.activate(lead, generate_totp_secret())
    settings.MFA_REQUIRED = True
    press = {"form_token": str(uuid4())}
    to = link_in(do(client, physio, "remove_second_step", **press))
    assert link_in(do(client, physio, "remove_second_step", **press)) == to
    assert not Authenticator.objects.filter(user=physio).exists()
    assert Authenticator.objects.filter(user=lead).exists()
    events = apps.get_model("patients", "UserEvent")._default_manager
    event = events.get(pgh_obj=physio, pgh_label="second_step_removed")
    assert event.pgh_context["user"] == lead.pk
    again = {"form_token": str(uuid4())}
    assert do(client, physio, "remove_second_step", **again).status_code == 422
    assert set(acts(physio)) <= DONE.keys()
    assert "lost its second step" in client.get(reverse("programmes:audit")).text
    # The old password, perhaps saved on what was lost, is no way in.
    visitor = Client()
    entered = {"login": physio.email, "password": make.PASSWORD}
    assert visitor.post(reverse("account_login"), entered).status_code == 200
    assert visitor.post(to, {"password": PASSWORD, "again": PASSWORD}).status_code == 302
    assert visitor.get("/")["Location"] == reverse("mfa_index")


def test_a_lead_removes_no_second_step_of_their_own_here(client: Client, lead: User) -> None:
    TOTP.activate(lead, generate_totp_secret())
    refused = do(client, lead, "remove_second_step", form_token=str(uuid4()))
    assert refused.status_code == 422
    assert Authenticator.objects.filter(user=lead).exists()
    assert User.objects.get(pk=lead.pk).has_usable_password()


@pytest.mark.parametrize("way", ["ended", "role"])
def test_links_of_a_lead_who_is_none_any_more_open_nothing(
    client: Client, lead: User, way: str
) -> None:
    make.make_user(Role.PRACTICE_LEAD)
    invited = form(role=Role.PRACTICE_LEAD.value)
    to = link_in(client.post(reverse("patients:user_new"), invited))
    assert Client().get(to).status_code == 200
    if way == "ended":
        staff.end(lead)
    else:
        person = {name: getattr(lead, name) for name in staff.PERSON_FIELDS}
        staff.change(lead, seen=staff.seen_of(lead), roles=["Reception"], **person)
    assert Client().get(to).status_code == 410


def test_an_address_longer_than_its_column_is_refused_at_the_field(client: Client) -> None:
    long = "a" * 60 + "@" + ".".join(["b" * 60] * 3) + ".example.org"
    answer = client.post(reverse("patients:user_new"), form(email=long))
    assert answer.status_code == 422
    assert long in answer.text


# --- the last lead -----------------------------------------------------------------------------
def take_role(client: Client, user: User) -> Any:
    return save(client, user, details(user, roles=[Role.PHYSIOTHERAPIST.value]))


def take_account(client: Client, user: User) -> Any:
    return do(client, user, "end", sure="on")


@pytest.mark.parametrize("take", [take_role, take_account])
def test_the_last_practice_lead_cant_be_taken_away(
    client: Client, lead: User, take: Callable[[Client, User], Any]
) -> None:
    ended = make.make_user(Role.PRACTICE_LEAD)
    staff.end(ended)
    answer = take(client, lead)
    assert answer.status_code == 422
    assert "the only practice lead who can sign in" in answer.text
    still = User.objects.get(pk=lead.pk)
    assert still.is_active
    assert still.roles == (Role.PRACTICE_LEAD,)
    make.make_user(Role.PRACTICE_LEAD)
    assert take(client, lead).status_code == 302


def test_the_last_lead_can_give_up_every_role_but_that_one(client: Client, lead: User) -> None:
    lead.groups.add(Group.objects.get(name=Role.PHYSIOTHERAPIST.value))
    assert save(client, lead, details(lead, roles=[Role.PRACTICE_LEAD.value])).status_code == 302
    assert User.objects.get(pk=lead.pk).roles == (Role.PRACTICE_LEAD,)


@pytest.mark.parametrize("way", ["removed", "made another"])
def test_the_database_keeps_the_last_lead_and_gives_up_other_roles(lead: User, way: str) -> None:
    ended = make.make_user(Role.PRACTICE_LEAD)
    staff.end(ended)
    lead.groups.add(Group.objects.get(name=Role.PHYSIOTHERAPIST.value))
    reception = Group.objects.get(name=Role.RECEPTION.value)
    change: dict[str, Callable[[QuerySet[UserRole]], object]] = {
        "removed": lambda held: held.delete(),
        "made another": lambda held: held.update(group=reception),
    }
    of_lead = UserRole.objects.filter(user=lead)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        change[way](of_lead.filter(group__name=Role.PRACTICE_LEAD.value))
    assert constraint_of(refused.value) == "keeps_a_lead"
    other = of_lead.filter(group__name=Role.PHYSIOTHERAPIST.value)
    change[way](other)
    assert not other.exists()
    assert of_lead.filter(group__name=Role.PRACTICE_LEAD.value).exists()


def test_a_lead_who_ends_the_own_account_is_out(client: Client, lead: User) -> None:
    make.make_user(Role.PRACTICE_LEAD)
    assert do(client, lead, "end", sure="on").status_code == 302
    assert not is_in(client)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("take", ["role", "account"])
def test_of_two_leads_who_take_it_from_each_other_at_once_one_stays(take: str) -> None:
    leads = [make.make_user(Role.PRACTICE_LEAD) for _ in range(2)]
    visitors = [Client() for _ in leads]
    for visitor, user in zip(visitors, leads, strict=True):
        make.sign_in(visitor, user)
    sendings = []
    for visitor, other in zip(visitors, reversed(leads), strict=True):
        to = reverse("patients:user", args=[other.code])
        roles = details(other, roles=[Role.RECEPTION.value])
        sendings.append((visitor, to, {"do": "end", "sure": "on"} if take == "account" else roles))
    answers = at_once(sendings)
    # The other is refused, or signed out already by the first.
    assert sorted(statuses(answers)) in ([302, 302], [302, 400], [302, 403], [302, 422])
    held = UserRole.objects.filter(group__name=Role.PRACTICE_LEAD.value, user__is_active=True)
    assert held.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_link_used_twice_at_once_makes_one_account() -> None:
    visitor = Client()
    make.sign_in(visitor, make.make_user(Role.PRACTICE_LEAD))
    to = link_in(visitor.post(reverse("patients:user_new"), form()))
    data = {"password": PASSWORD, "again": PASSWORD}
    answers = at_once([(Client(), to, data) for _ in range(4)])
    assert statuses(answers)[0] == 302
    assert set(statuses(answers)[1:]) <= {410, 422}
    assert User.objects.filter(email=NEW["email"].lower()).count() == 1


# --- the command -------------------------------------------------------------------------------
def test_the_first_account_is_made_on_the_command_line() -> None:
    out = StringIO()
    call_command("invite", "first@example.org", "--name", "Fiona First", stdout=out)
    found = re.search(r"http://127.0.0.1:8000(/accounts/invitation/[0-9a-f]{64}/)", out.getvalue())
    assert found
    answer = Client().post(found[1], {"password": PASSWORD, "again": PASSWORD})
    assert answer.status_code == 302
    assert User.objects.get().roles == (Role.PRACTICE_LEAD,)


@pytest.mark.parametrize(
    ("email", "role", "says"),
    [
        ("leo@example.org", Role.PRACTICE_LEAD.value, "has an account"),
        ("nonsense", Role.PRACTICE_LEAD.value, "no e-mail address"),
        ("new@example.org", "Superuser", "invalid choice"),
    ],
)
def test_the_command_refuses_in_words(lead: User, email: str, role: str, says: str) -> None:
    with pytest.raises(CommandError, match=says):
        call_command("invite", email, "--name", "Nora New", "--role", role)
    assert not Invitation.objects.exists()
