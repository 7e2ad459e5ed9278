"""WSGI entry for gunicorn."""

import os
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from upwell.logs import keep_words_out
from upwell.start import NO_DATABASE, is_set, refuse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upwell.settings")
# Settings take no DATABASE_URL for the demo, so that tools need none; a server must say it.
if not is_set("DATABASE_URL", os.environ) and not is_set("UPWELL_DEMO", os.environ):
    refuse([NO_DATABASE])
application = get_wsgi_application()
if not settings.DEMO and not (Path(settings.STATIC_ROOT) / "staticfiles.json").is_file():
    # Every page would fail at its first picture, the page that says so too.
    refuse(["The static files are missing. Run: manage.py collectstatic --noinput"])
keep_words_out(of_everything=True)

# After Django, whose settings they read: no practice is served from a database that may lose what
# was saved, and the day's first paper finds its worker ready.
from upwell.checks import reasons_not_to_serve  # noqa: E402
from upwell.patience import limit  # noqa: E402
from upwell.pdf import warm  # noqa: E402

if reasons := reasons_not_to_serve():
    refuse(reasons)
limit()
warm()
