"""Buttons that move a patient, on whatever page they stand."""

from uuid import uuid4

from django import template

register = template.Library()


@register.simple_tag
def new_form_token() -> str:
    """A token for a form that is written without a form object: sent twice, it is done once."""
    return str(uuid4())
