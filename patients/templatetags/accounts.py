"""Words about accounts that a template works out."""

from django import template

register = template.Library()

# The first that is found: most browsers name older ones too.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "a Mac"),
    ("Linux", "Linux"),
)


@register.filter
def browser(told: str) -> str:
    """Which browser on what, as the browser itself told: "Firefox on Windows"."""
    name = next((word for mark, word in BROWSERS if mark in told), "")
    system = next((word for mark, word in SYSTEMS if mark in told), "")
    return " on ".join(word for word in (name, system) if word) or told[:40] or "not told"
