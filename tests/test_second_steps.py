"""Second steps are kept encrypted: the database, or a backup of it, opens no account."""

import json
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.apps import apps
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from patients.models import User
from patients.rules.roles import Role
from tests import make
from tests.test_accounts import do
from tests.test_sign_in import NOW, code_now, enter, is_in, with_app
from upwell import second_steps

pytestmark = pytest.mark.django_db

NEWER = "a-newer-key-of-this-practice-0123456789-abcdefghijklmnop"
AUTHENTICATE = "mfa_authenticate"


@pytest.fixture
def user() -> User:
    return make.make_user(email="paul@example.org")


@pytest.fixture(autouse=True)
def the_same_half_minute(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def kept(user: User) -> dict[str, str]:
    """What is in the table for each of a person's second steps, as text."""
    steps = Authenticator.objects.filter(user=user)
    return {each.type: json.dumps(each.data) for each in steps}


def as_before(user: User, secret: str, seed: str) -> None:
    """Second steps as a version without encryption kept them."""
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": secret})
    Authenticator.objects.create(
        user=user,
        type=Authenticator.Type.RECOVERY_CODES,
        data={"seed": seed, "used_mask": 1, "viewed_at": 1.5},
    )


def sign_in(code: str) -> Any:
    """What the page of the second step answers to this code, after the right password."""
    visitor = Client()
    cache.clear()  # a code that was used is refused for half a minute
    assert enter(visitor)["Location"] == reverse(AUTHENTICATE)
    answer = visitor.post(reverse(AUTHENTICATE), {"code": code})
    assert is_in(visitor) is (answer.status_code == 302)
    return answer


def test_what_is_kept_does_not_hold_the_secret(user: User) -> None:
    secret = with_app(user)
    codes = RecoveryCodes.activate(user)
    steps = kept(user)
    assert set(steps) == {"totp", "recovery_codes"}
    assert secret not in steps["totp"]
    seed = second_steps.unlock(codes.instance.data["seed"])
    assert len(seed) == 80
    assert seed not in steps["recovery_codes"]
    for step in steps.values():
        assert second_steps.MARK in step
        assert not [code for code in codes.generate_codes() if code in step]
    # The same secret twice is not the same twice.
    assert second_steps.lock(secret) != second_steps.lock(secret)
    assert sign_in(code_now(secret)).status_code == 302
    assert sign_in(codes.generate_codes()[0]).status_code == 302


def test_what_was_kept_unencrypted_works_on_and_is_encrypted_when_used(user: User) -> None:
    secret, seed = generate_totp_secret(), RecoveryCodes.generate_seed()
    as_before(user, secret, seed)
    other = make.make_user(email="nina@example.org")
    as_before(other, secret, seed)
    assert sign_in(code_now(secret)).status_code == 302
    held = " ".join(kept(user).values())
    assert secret not in held
    assert seed not in held
    codes = Authenticator.objects.get(user=user, type="recovery_codes")
    assert (codes.data["used_mask"], codes.data["viewed_at"]) == (1, 1.5)
    assert sign_in(code_now(secret)).status_code == 302
    # Nobody else's was touched.
    assert secret in kept(other)["totp"]


def test_a_new_key_takes_over_while_the_old_one_still_opens(user: User, settings: Settings) -> None:
    old = settings.SECRET_KEY
    secret = with_app(user)
    RecoveryCodes.activate(user)
    before = kept(user)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEWER, [old]
    assert sign_in(code_now(secret)).status_code == 302
    assert all(kept(user)[kind] != data for kind, data in before.items())
    settings.SECRET_KEY_FALLBACKS = []
    assert sign_in(code_now(secret)).status_code == 302
    settings.SECRET_KEY = old
    assert sign_in(code_now(secret)).status_code == 422


def test_a_second_step_nobody_can_read_is_said_and_has_a_way_out(
    client: Client, user: User, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    secret = with_app(user)
    recovery = RecoveryCodes.activate(user).generate_codes()
    settings.SECRET_KEY = NEWER
    for code in (code_now(secret), "000000", recovery[0]):
        answer = sign_in(code)
        assert answer.status_code == 422
        assert "Ask the practice lead to remove it" in answer.text
        assert secret not in answer.text
    assert "was SECRET_KEY changed?" in caplog.text
    assert secret not in caplog.text
    # Somebody who is in already reads the same sentence where the codes would be.
    client.force_login(user)
    assert "remove it" in client.get(reverse("mfa_index")).text
    # The lead removes it, with a link to set up a new one.
    make.sign_in(client, make.make_user(Role.PRACTICE_LEAD))
    answer = do(client, user, "remove_second_step", form_token=str(uuid4()))
    assert "/accounts/invitation/" in answer.text
    assert kept(user) == {}


def test_the_command_encrypts_all_and_tells_what_it_cannot_read(
    user: User, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    secret, seed = generate_totp_secret(), RecoveryCodes.generate_seed()
    as_before(user, secret, seed)
    TOTP.activate(make.make_user(email="nina@example.org"), generate_totp_secret())
    call_command("second_steps")
    assert capsys.readouterr().out == "Encrypted anew: 2.\n"
    step = Authenticator.objects.get(user=user, type="totp")
    assert second_steps.unlock(step.data["secret"]) == secret
    call_command("second_steps")
    assert capsys.readouterr().out == "Encrypted anew: 0.\n"
    before = kept(user)
    settings.SECRET_KEY = NEWER
    with pytest.raises(CommandError, match=r"^3 can't be read"):
        call_command("second_steps")
    assert kept(user) == before


def test_the_command_lets_a_lead_in_whom_nobody_else_can(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lead = make.make_user(Role.PRACTICE_LEAD, email="lead@example.org")
    with_app(lead)
    call_command("second_steps", remove="Lead@example.org")
    said = capsys.readouterr().out
    assert lead.display_name in said
    assert kept(lead) == {}
    page = Client().get(said.split()[-1])
    assert page.status_code == 200
    assert "password" in page.text
    events = apps.get_model("patients", "UserEvent")._default_manager
    event = events.get(pgh_obj=lead, pgh_label="second_step_removed")
    assert event.pgh_context == {"command": "second_steps"}
    for email, words in (
        ("lead@example.org", "no second step"),
        ("nobody@example.org", "Nobody has"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("second_steps", remove=email)


@pytest.mark.parametrize("spoiled", ["fernet:", "fernet:gAAAAA", "fernet:" + "A" * 120, "fernet:é"])
def test_what_somebody_spoiled_in_the_table_opens_nothing(user: User, spoiled: str) -> None:
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": spoiled})
    assert sign_in("000000").status_code == 422
