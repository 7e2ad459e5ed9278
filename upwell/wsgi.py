"""WSGI entry for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upwell.settings")
# Settings take no DATABASE_URL for the demo, so that tools need none; a server must say it.
if not {"DATABASE_URL", "UPWELL_DEMO"} & os.environ.keys():
    raise SystemExit("Set DATABASE_URL for a practice, or start the demo with: make run")
application = get_wsgi_application()

# After Django, whose settings it reads: the day's first paper finds its worker ready.
from upwell.pdf import warm  # noqa: E402

warm()
