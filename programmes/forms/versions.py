"""What may be asked about versions: where to copy a plan to, and under which name to keep it."""

from uuid import uuid4

from django import forms


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
