"""The practice lead's pages about accounts, and the page a link leads to."""

from collections.abc import Callable, Mapping
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from patients import staff
from patients.access import AppRequest, confirmed, needs
from patients.actions import EditedMeanwhile
from patients.models import Invitation, User
from patients.rules.roles import May
from patients.staff_forms import InvitationForm, LinkForm, PasswordForm, UserForm
from upwell.accounts import enter_by_link
from upwell.forms import differences
from upwell.http import Refused, go_to


@needs(May.LEAD)
@require_safe
def user_list(request: AppRequest) -> HttpResponse:
    """Who works here, which links wait, and whose account has ended."""
    context = {
        "people": staff.people(active=True),
        "ended": staff.people(active=False),
        "links": [(link, staff.why_unusable(link)) for link in staff.waiting_links()],
        "form_token": uuid4(),
    }
    return render(request, "patients/users.html", context)


@needs(May.LEAD)
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def user_new(request: AppRequest) -> HttpResponse:
    """Invite somebody: the answer is a link, shown this once."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            link = staff.invite(
                email=said["email"],
                role=said["role"],
                form_token=said["form_token"],
                by=request.user,
                **form.person(),
            )
        except Refused as refused:
            form.add_error("email", str(refused))
        else:
            return _show_link(request, link, said["form_token"])
    status = 422 if form.is_bound else 200
    return render(request, "patients/users_new.html", {"form": form}, status=status)


@needs(May.LEAD)
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def user(request: AppRequest, code: UUID) -> HttpResponse:
    """One account: its details and roles, and what can be done with it."""
    person = staff.user_with(code)
    if person is None:
        raise Http404
    if deed := DEEDS.get(request.POST.get("do", "")):
        return deed(request, person)
    form = UserForm(request.POST or None, initial=UserForm.initial_of(person))
    status, theirs = (422 if form.is_bound else 200), None
    if request.method == "POST" and form.is_valid():
        said = {"seen": form.seen_known, "roles": form.cleaned_data["roles"], **form.person()}
        try:
            staff.change(person, keep=_own(request), **said)
        except EditedMeanwhile as conflict:
            status, theirs = 409, conflict.theirs
        except Refused as refused:
            form.add_error("roles", str(refused))
        else:
            messages.success(request, "Saved.")
            return go_to(request, "patients:users")
    context = {**_shown(request, person, theirs), "form": form}
    if theirs:
        context["differences"] = differences(form, UserForm.initial_of(theirs))
    return render(request, "patients/users_detail.html", context, status=status)


@needs(May.LEAD)
@require_POST
@confirmed
def link(request: AppRequest, code: UUID) -> HttpResponse:
    """Withdraw a link, or make a new one in its place."""
    found = staff.link_with(code)
    if found is None:
        raise Http404
    if request.POST.get("do") == "withdraw":
        staff.withdraw(found)
        messages.success(request, "The link is withdrawn.")
        return go_to(request, "patients:users")
    token = _token(request)
    return _show_link(request, staff.renew(found, form_token=token, by=request.user), token)


@login_not_required
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Where a link leads: a password of one's own, once."""
    found = staff.link_of(token)
    problem = staff.why_unusable(found) if found else "This link is not one of ours."
    if found is None or problem:
        status = 410 if found else 404
        return render(request, "account/link_dead.html", {"problem": problem}, status=status)
    form = PasswordForm(request.POST or None, link=found)
    if request.method == "POST" and form.is_valid():
        try:
            person = staff.accept(found, password=form.cleaned_data["password"])
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return enter_by_link(request, person)
    status = 422 if form.is_bound else 200
    return render(request, "account/link.html", {"form": form, "link": found}, status=status)


# --- what can be done with an account ----------------------------------------------------------
def _end(request: AppRequest, person: User) -> HttpResponse:
    if request.POST.get("sure") != "on":
        form = UserForm(initial=UserForm.initial_of(person))
        context = {**_shown(request, person, None), "form": form, "unsure": True}
        return render(request, "patients/users_detail.html", context, status=422)
    staff.end(person, keep=_own(request))
    left = staff.open_episodes_of(person)
    bear = f" {left} open episode{' still bears' if left == 1 else 's still bear'} this name."
    said = "The account has ended. What was signed with it stays."
    messages.success(request, f"{said}{bear if left else ''}")
    return go_to(request, "patients:users")


def _restore(request: AppRequest, person: User) -> HttpResponse:
    staff.restore(person)
    messages.success(request, "The account is restored.")
    return go_to(request, "patients:user", person.code)


def _sign_out(request: AppRequest, person: User) -> HttpResponse:
    staff.sign_out(person, keep=_own(request))
    messages.success(request, "Signed out everywhere.")
    return go_to(request, "patients:user", person.code)


def _new_password(request: AppRequest, person: User) -> HttpResponse:
    token = _token(request)
    return _show_link(
        request, staff.password_link(person, form_token=token, by=request.user), token
    )


def _remove_second_step(request: AppRequest, person: User) -> HttpResponse:
    token = _token(request)
    made = staff.remove_second_step(person, form_token=token, by=request.user)
    return _show_link(request, made, token)


DEEDS: Mapping[str, Callable[[AppRequest, User], HttpResponse]] = {
    "end": _end,
    "restore": _restore,
    "sign_out": _sign_out,
    "new_password": _new_password,
    "remove_second_step": _remove_second_step,
}


def _own(request: AppRequest) -> str:
    """The key of the lead's own session, which goes on when it is their own account."""
    return request.session.session_key or ""


def _token(request: AppRequest) -> UUID:
    """The mark of this press of the button; raises ``Refused`` for a page without one."""
    form = LinkForm(request.POST)
    if not form.is_valid():
        raise Refused("This page is out of date. Reload it and try again.")
    token: UUID = form.cleaned_data["form_token"]
    return token


def _shown(request: AppRequest, person: User, theirs: User | None) -> dict[str, object]:
    return {
        "person": staff.person(person),
        "is_me": person == request.user,
        "theirs": theirs,
        "seen": staff.seen_of(theirs or person),
        "open_episodes": staff.open_episodes_of(person),
        "form_token": uuid4(),
    }


def _show_link(request: AppRequest, link: Invitation, form_token: UUID) -> HttpResponse:
    """The one page that shows a link; the same form sent again shows the same one."""
    secret = staff.secret_of(form_token)
    to = request.build_absolute_uri(reverse("account_invitation", args=[secret]))
    asked_anew = link.user is not None and not staff.has_second_step(link.user)
    context = {
        "link": link,
        "address": to,
        "problem": staff.why_unusable(link),
        "asked_anew": asked_anew,
    }
    return render(request, "patients/users_link.html", context)
