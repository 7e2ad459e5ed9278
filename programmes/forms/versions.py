"""What may be asked about versions: where to copy a plan to, and under which name to keep it."""

from uuid import UUID, uuid4

from django import forms


class RestoreForm(forms.Form):
    """A version to begin a draft from, once however often it is sent."""

    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class CopyForm(forms.Form):
    """A search for an episode, the episode chosen, and that it was looked at."""

    q = forms.CharField(
        label="Patient to copy it to",
        help_text="Name, record number or date of birth. Open episodes are listed.",
        max_length=100,
        required=False,
        error_messages={"max_length": "Type fewer letters: a hundred are more than enough."},
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    to = forms.UUIDField(required=False)
    looked_at = forms.BooleanField(required=False)
    # Made when the episode is looked at: only what was looked at is copied, and once.
    form_token = forms.UUIDField(required=False)

    @property
    def copies(self) -> UUID | None:
        """The token of the copy this form asks for, None while it only looks."""
        token: UUID | None = self.cleaned_data.get("form_token")
        return token if self.cleaned_data.get("looked_at") else None


class KeepForm(forms.Form):
    """A name for a plan that is kept as a template of the practice."""

    name = forms.CharField(
        label="Name of the template",
        max_length=120,
        error_messages={"required": "Give the template a name."},
    )
    note = forms.CharField(
        label="Note",
        help_text="For whom it is, say. Nothing about this patient.",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    form_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
