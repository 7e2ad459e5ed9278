"""Who may open what: every URL of the application, for every role, signed out and signed in.

The list of URLs comes from the URLconf. A URL without a row in ``ACCESS`` fails, so a new page has
to say who it is for before it can be merged.
"""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from patients.rules.roles import CAPABILITIES, May, Role
from tests import make

EVERYBODY = set(Role)
CLINICIANS = {Role.PHYSIOTHERAPIST, Role.EXERCISE_PHYSIOLOGIST, Role.PRACTICE_LEAD}
EDITORS = {Role.EXERCISE_PHYSIOLOGIST, Role.PRACTICE_LEAD}
LOCKSMITHS = {Role.PHYSIOTHERAPIST, Role.PRACTICE_LEAD}
LEAD = {Role.PRACTICE_LEAD}
PUBLIC = None

READ = {"GET", "HEAD"}
READ_WRITE = {"GET", "HEAD", "POST"}
WRITE = {"POST"}

# URL name: who may use it, with which methods. ``PUBLIC`` needs no sign-in; ACCOUNT pages belong to
# allauth, which answers for their methods, and are the signed-in user's own.
ACCOUNT = "account"
ACCESS: dict[str, tuple[set[Role] | str | None, set[str]]] = {
    "healthz": (PUBLIC, READ),
    "readyz": (PUBLIC, READ),
    "favicon": (PUBLIC, READ),
    "welcome": (EVERYBODY, READ),
    "account_login": (PUBLIC, READ_WRITE),
    "account_logout": (ACCOUNT, READ_WRITE),
    "account_reauthenticate": (ACCOUNT, READ_WRITE),
    "account_change_password": (ACCOUNT, READ_WRITE),
    "account_invitation": (PUBLIC, READ_WRITE),
    "usersessions_list": (ACCOUNT, READ_WRITE),
    "mfa_authenticate": (PUBLIC, READ_WRITE),
    "mfa_reauthenticate": (ACCOUNT, READ_WRITE),
    "mfa_index": (ACCOUNT, READ),
    "mfa_activate_totp": (ACCOUNT, READ_WRITE),
    "mfa_deactivate_totp": (ACCOUNT, READ_WRITE),
    "mfa_generate_recovery_codes": (ACCOUNT, READ_WRITE),
    "mfa_view_recovery_codes": (ACCOUNT, READ),
    "mfa_download_recovery_codes": (ACCOUNT, READ),
    "mfa_list_webauthn": (ACCOUNT, READ),
    "mfa_add_webauthn": (ACCOUNT, READ_WRITE),
    "mfa_reauthenticate_webauthn": (ACCOUNT, READ_WRITE),
    "mfa_remove_webauthn": (ACCOUNT, READ_WRITE),
    "mfa_edit_webauthn": (ACCOUNT, READ_WRITE),
    "patients:list": (EVERYBODY, READ_WRITE),
    "patients:search": (EVERYBODY, WRITE),
    "patients:new": (EVERYBODY, READ_WRITE),
    "patients:detail": (EVERYBODY, READ),
    "patients:edit": (EVERYBODY, READ_WRITE),
    "patients:episode_new": (CLINICIANS, READ_WRITE),
    "patients:users": (LEAD, READ),
    "patients:user_new": (LEAD, READ_WRITE),
    "patients:user": (LEAD, READ_WRITE),
    "patients:link": (LEAD, WRITE),
    "patients:status": (LEAD, READ),
    "assessments:new": (CLINICIANS, READ_WRITE),
    "assessments:findings": (CLINICIANS, WRITE),
    "assessments:autosave_new": (CLINICIANS, WRITE),
    "assessments:autosave": (CLINICIANS, WRITE),
    "assessments:discard": (CLINICIANS, READ_WRITE),
    "assessments:amend": (CLINICIANS, READ_WRITE),
    "assessments:compare": (CLINICIANS, READ),
    "assessments:detail": (CLINICIANS, READ_WRITE),
    "assessments:sign": (CLINICIANS, WRITE),
    "assessments:test_new": (CLINICIANS, READ_WRITE),
    "assessments:lock_clear": (LOCKSMITHS, READ_WRITE),
    "assessments:provocation": (CLINICIANS, READ),
    "assessments:load": (CLINICIANS, READ),
    "assessments:runs_add": (CLINICIANS, WRITE),
    "assessments:load_event_new": (CLINICIANS, READ_WRITE),
    "assessments:load_strike": (CLINICIANS, READ_WRITE),
    "assessments:load_import": (CLINICIANS, READ_WRITE),
    "assessments:import_detail": (CLINICIANS, READ),
    "assessments:import_read": (CLINICIANS, WRITE),
    "assessments:import_keep": (CLINICIANS, WRITE),
    "assessments:import_drop": (CLINICIANS, WRITE),
    "assessments:import_undo": (CLINICIANS, WRITE),
    "assessments:outcomes": (CLINICIANS, READ),
    "assessments:visa_new": (CLINICIANS, READ_WRITE),
    "assessments:visa_points": (CLINICIANS, WRITE),
    "assessments:visa": (CLINICIANS, READ),
    "assessments:visa_strike": (CLINICIANS, WRITE),
    "assessments:score_new": (CLINICIANS, READ_WRITE),
    "assessments:score_strike": (CLINICIANS, READ_WRITE),
    "programmes:caseload": (EVERYBODY, READ),
    "programmes:episode": (CLINICIANS, READ),
    "programmes:discharge": (CLINICIANS, READ_WRITE),
    "programmes:reopen": (CLINICIANS, READ_WRITE),
    "programmes:programme": (CLINICIANS, READ_WRITE),
    "programmes:edit": (EDITORS, READ_WRITE),
    "programmes:running": (CLINICIANS, READ),
    "programmes:training_days": (CLINICIANS, WRITE),
    "programmes:gate": (CLINICIANS, WRITE),
    "programmes:flare": (CLINICIANS, WRITE),
    "programmes:compare": (CLINICIANS, READ),
    "programmes:version": (CLINICIANS, READ),
    "programmes:unlock": (CLINICIANS, READ_WRITE),
    "programmes:restore": (EDITORS, WRITE),
    "programmes:copy": (EDITORS, READ_WRITE),
    "programmes:template_keep": (EDITORS, WRITE),
    "programmes:templates": (CLINICIANS, READ),
    "programmes:template_retire": (EDITORS, WRITE),
    "programmes:session_new": (CLINICIANS, READ_WRITE),
    "programmes:visit_raises": (CLINICIANS, WRITE),
    "programmes:visit_visa": (CLINICIANS, WRITE),
    "programmes:session": (CLINICIANS, READ),
    "programmes:morning": (CLINICIANS, WRITE),
    "programmes:decide": (CLINICIANS, WRITE),
    "programmes:correct": (CLINICIANS, READ_WRITE),
    "programmes:told_later": (CLINICIANS, WRITE),
    "programmes:diary": (CLINICIANS, READ_WRITE),
    "programmes:diary_sheet": (CLINICIANS, READ_WRITE),
    "programmes:outcomes": (LEAD, READ_WRITE),
    "programmes:outcomes_report": (LEAD, READ_WRITE),
    "programmes:outcomes_csv": (LEAD, READ),
    "programmes:outcomes_pdf": (LEAD, READ),
    "programmes:defaults": (LEAD, READ_WRITE),
    "programmes:audit": (LEAD, READ_WRITE),
    "programmes:audit_csv": (LEAD, READ),
    "programmes:history": (LEAD, READ),
    "programmes:library": (CLINICIANS, READ),
    "programmes:exercise_new": (EDITORS, READ_WRITE),
    "programmes:exercise": (EDITORS, READ_WRITE),
    "programmes:weights": (EDITORS, WRITE),
    "programmes:picture": (CLINICIANS, READ),
    "programmes:looks": (EDITORS, READ),
    "programmes:handout_new": (EVERYBODY, READ_WRITE),
    "programmes:handout": (EVERYBODY, READ),
    "programmes:handout_page": (EVERYBODY, READ),
    "programmes:handout_shown": (EVERYBODY, READ),
    "programmes:handout_again": (EVERYBODY, WRITE),
    "programmes:papers_new": (CLINICIANS, READ_WRITE),
    "programmes:papers": (EVERYBODY, READ),
    "programmes:papers_next": (EVERYBODY, WRITE),
    "programmes:papers_pdf": (EVERYBODY, READ),
    "programmes:letter_new": (CLINICIANS, WRITE),
    "programmes:referral_new": (CLINICIANS, WRITE),
    "programmes:letter": (CLINICIANS, READ_WRITE),
    "programmes:letter_pdf": (CLINICIANS, READ),
}
# Pages that lead a role on to another page instead.
LED_ON: dict[tuple[str, Role | None], str] = {
    ("programmes:caseload", Role.RECEPTION): "patients:list"
}
OURS = sorted(name for name, (who, _) in ACCESS.items() if isinstance(who, set))
# TRACE is refused everywhere (tests/test_headers.py).
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def walk(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every URL pattern with its full name."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inside = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from walk(pattern, inside)
        else:
            yield f"{namespace}{pattern.name}", pattern


PATTERNS = dict(walk(get_resolver()))


def address(name: str, code: object = None) -> str:
    """The address of a page, with ``code`` where it takes one."""
    converters = PATTERNS[name].pattern.converters
    values = {key: (code or uuid4()) if key == "code" else 1 for key in converters}
    return reverse(name, kwargs=values)


def test_every_url_has_a_row() -> None:
    assert set(PATTERNS) == set(ACCESS)


@pytest.mark.parametrize("name", OURS)
@pytest.mark.django_db
def test_signed_out_leads_to_the_login(client: Client, name: str) -> None:
    for method in METHODS:
        response = client.generic(method, address(name))
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", OURS)
@pytest.mark.django_db
def test_signed_out_inside_htmx_is_401_and_never_the_login_page(client: Client, name: str) -> None:
    response = client.get(address(name), headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert response["HX-Trigger"] == "session-expired"
    assert response.content == b""


@pytest.mark.parametrize("role", [*Role, None], ids=lambda role: role.value if role else "no role")
@pytest.mark.django_db
def test_each_role_reaches_its_pages_and_no_other(client: Client, role: Role | None) -> None:
    make.sign_in(client, make.make_user(role))
    for name in OURS:
        who, allowed = ACCESS[name]
        assert isinstance(who, set)
        takes_code = "code" in PATTERNS[name].pattern.converters
        for method in METHODS:
            answer = client.generic(method, address(name))
            status = answer.status_code
            if (name, role) in LED_ON and method in allowed:
                assert (status, answer["Location"]) == (302, reverse(LED_ON[name, role]))
            elif role not in who:
                assert status == 403, (name, method)
            elif method not in allowed:
                assert status == 405, (name, method)
            elif takes_code:
                assert status == 404, (name, method)
            else:
                assert status in (200, 422), (name, method)


@pytest.mark.django_db
def test_a_refused_role_is_told_whom_the_page_is_for(client: Client) -> None:
    client.force_login(make.make_user(Role.RECEPTION))
    response = client.get(reverse("programmes:library"))
    assert response.status_code == 403
    assert "physiotherapist, exercise physiologist, practice lead" in response.content.decode()


@pytest.mark.django_db
def test_a_lost_role_is_lost_with_the_next_request(client: Client) -> None:
    user = make.make_user(Role.PHYSIOTHERAPIST)
    client.force_login(user)
    assert client.get(reverse("programmes:caseload")).status_code == 200
    user.groups.clear()
    assert client.get(reverse("programmes:caseload")).status_code == 403
    user.is_active = False
    user.save(update_fields=["is_active"])
    assert client.get(reverse("programmes:caseload")).status_code == 302


def test_the_matrix_of_capabilities_is_the_one_of_the_product() -> None:
    assert May.CLEAR_LOCK not in CAPABILITIES[Role.EXERCISE_PHYSIOLOGIST]
    assert May.EDIT_PLAN not in CAPABILITIES[Role.PHYSIOTHERAPIST]
    assert May.READ_CLINICAL not in CAPABILITIES[Role.RECEPTION]
    assert CAPABILITIES[Role.PRACTICE_LEAD] == set(May)


@pytest.mark.parametrize("name", ["account_signup", "admin:index", "account_reset_password"])
def test_there_is_no_way_in_by_the_side(name: str) -> None:
    assert name not in PATTERNS


@pytest.mark.django_db
def test_private_pages_are_never_stored(client: Client) -> None:
    for role in (None, Role.PHYSIOTHERAPIST):
        if role:
            client.force_login(make.make_user(role))
        for name in ("account_login", "programmes:caseload", "patients:list"):
            response = client.get(reverse(name))
            assert response["Cache-Control"] == "no-store"
            assert "HX-Request" in response["Vary"]


@pytest.mark.django_db
def test_every_answer_has_the_strict_policy(client: Client) -> None:
    client.force_login(make.make_user())
    for path in ("/", "/patients/", "/nowhere/", f"/episodes/{uuid4()}/"):
        policy = client.get(path)["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "nonce" not in policy


@pytest.mark.django_db
def test_an_idle_session_ends(client: Client, settings: object, time_machine: object) -> None:
    client.force_login(make.make_user())
    assert client.get("/").status_code == 200
    time_machine.move_to("2026-11-22 12:00", tick=False)  # type: ignore[attr-defined]
    session = client.session
    session["seen"] = int(__import__("time").time()) - 31 * 60
    session.save()
    assert client.get("/").status_code == 302
