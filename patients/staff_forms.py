"""What may be typed about the practice's own people."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib.auth.password_validation import validate_password

from patients.models import ROLE_CHOICES, Invitation, User
from patients.staff import PERSON_FIELDS, seen_of
from upwell.forms import IN_READING_ORDER


class PersonForm(forms.Form):
    """Name, title and number, as they are printed on papers and under signed records."""

    display_name = forms.CharField(
        label="Name",
        max_length=120,
        validators=[IN_READING_ORDER],
        help_text="As it is printed on papers and under signed records.",
        error_messages={"required": "Enter the name."},
    )
    professional_title = forms.CharField(
        label="Title",
        max_length=120,
        required=False,
        help_text="For example: Physiotherapist.",
        validators=[IN_READING_ORDER],
    )
    registration_number = forms.CharField(
        label="Registration or accreditation number",
        max_length=60,
        required=False,
        validators=[IN_READING_ORDER],
    )

    def person(self) -> dict[str, str]:
        """What the actions store, once the form is valid."""
        return {name: self.cleaned_data[name] for name in PERSON_FIELDS}


class InvitationForm(PersonForm):
    """Somebody to invite: what they sign in with, and what they may do."""

    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        help_text="What this person signs in with. Nothing is sent to it.",
        error_messages={"required": "Enter the e-mail address."},
    )
    role = forms.ChoiceField(
        choices=ROLE_CHOICES,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a role."},
    )
    field_order = ("form_token", "email", *PERSON_FIELDS, "role")


class UserForm(PersonForm):
    """Details and roles of an account; ``seen`` tells what they were when the form was opened."""

    roles = forms.MultipleChoiceField(
        choices=ROLE_CHOICES,
        widget=forms.CheckboxSelectMultiple,
        help_text="Other roles count from the next request; the person signs in again.",
        error_messages={
            "required": "Choose at least one role. To keep somebody out, end the account."
        },
    )
    seen = forms.CharField(max_length=32, required=False, widget=forms.HiddenInput)
    # Sent where a conflict was shown: what these details knowingly replace.
    replaces = forms.CharField(max_length=32, required=False, widget=forms.HiddenInput)

    @property
    def seen_known(self) -> str:
        """What was typed over, or knowingly replaced."""
        return str(self.cleaned_data["replaces"] or self.cleaned_data["seen"])

    @staticmethod
    def initial_of(user: User) -> dict[str, Any]:
        """The form's values for a stored account."""
        details = {name: getattr(user, name) for name in PERSON_FIELDS}
        return {**details, "roles": [role.value for role in user.roles], "seen": seen_of(user)}


class LinkForm(forms.Form):
    """The mark of one press of a button that makes a link."""

    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class PasswordForm(forms.Form):
    """A password of one's own, typed twice or pasted."""

    password = forms.CharField(
        label="Password",
        # More than anybody types; hashing it must not take long.
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 15 letters; four or five unrelated words are good. Pasting works.",
        error_messages={"required": "Choose a password."},
    )
    again = forms.CharField(
        label="The same again",
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Type it a second time."},
    )

    def __init__(self, *args: Any, link: Invitation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.link = link

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        user = User(email=self.link.email, display_name=self.link.display_name)
        validate_password(password, user)
        return password

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"password", "again"} <= cleaned.keys() and cleaned["password"] != cleaned["again"]:
            self.add_error("again", "These are two different passwords.")
        return cleaned
