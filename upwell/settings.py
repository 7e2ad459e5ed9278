"""Settings: one file, production by default.

Everything the environment decides is read here, first. ``UPWELL_DEMO=1`` (set by ``make
run``, by the tests, and by ``manage.py`` for commands that ask no database) means a practice on
this machine only: plain http, no second factor, invented patients. Without it, a missing
``SECRET_KEY`` or ``ALLOWED_HOSTS`` stops the start, as does any other that would leave the practice
open (upwell/start.py). Every variable may name a file instead, as ``SECRET_KEY_FILE`` does.
"""

import os
from pathlib import Path

import fontpkg_atkinson_hyperlegible
import pghistory
from csp.constants import NONE, SELF
from environs import FileAwareEnv

from upwell.start import is_set, reasons_not_to, refuse

env = FileAwareEnv(strip_whitespace=True)
BASE_DIR = Path(__file__).resolve().parent.parent

DEMO = env.bool("UPWELL_DEMO", not is_set("DATABASE_URL", os.environ))
if reasons := reasons_not_to(env, demo=DEMO):
    refuse(reasons)
# The demo key protects invented patients on loopback; it is public on purpose.
SECRET_KEY = env.str("SECRET_KEY", "demo-only-" + "0" * 50) if DEMO else env.str("SECRET_KEY")
# Keys of before: what they signed or encrypted is still read, until it is signed or encrypted anew.
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
ALLOWED_HOSTS = (
    ["localhost", "127.0.0.1", "[::1]", "testserver"] if DEMO else env.list("ALLOWED_HOSTS")
)
# manage.py puts the embedded server's address here; commands without a database never connect.
# It has commands connect as the owner of the tables; web processes never do.
AS_OWNER = env.bool("UPWELL_AS_OWNER", False)
DATABASES = {
    "default": env.dj_db_url("UPWELL_OWNER_DATABASE_URL")
    if AS_OWNER
    else env.dj_db_url("DATABASE_URL", "postgresql:///upwell")
}
TIME_ZONE = env.str("UPWELL_TIME_ZONE", "Australia/Melbourne")
SESSION_IDLE_SECONDS = env.int("UPWELL_SESSION_IDLE_SECONDS", 30 * 60)
# Whether the usual papers are laid out as soon as a plan is issued or a step taken up.
PAPERS_AHEAD = env.bool("UPWELL_PAPERS_AHEAD", True)
# Processes that draw papers, of each web process: 1 or 2; 0 draws in the web process itself.
PDF_WORKERS = env.int("UPWELL_PDF_WORKERS", 1)
# Backups: the public key they are encrypted to (age1…), and the folder they go to.
BACKUP_RECIPIENT = env.str("UPWELL_BACKUP_RECIPIENT", "")
BACKUP_FOLDER = env.str("UPWELL_BACKUP_FOLDER", "") or str(BASE_DIR / "var" / "backups")
# The account that reads everything; the practice's own unless given.
BACKUP_DATABASE_URL = env.str("UPWELL_BACKUP_DATABASE_URL", "")
PRACTICE_NAME = env.str("UPWELL_PRACTICE_NAME", "Upwell Health Collective")
PRACTICE_CONTACT = env.str("UPWELL_PRACTICE_CONTACT", "Camberwell, (03) 5550 0123" if DEMO else "")

DEBUG = False
ROOT_URLCONF = "upwell.urls"
WSGI_APPLICATION = "upwell.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATABASES["default"] |= {
    # A page is one transaction: what it says is saved was committed before it was said.
    "ATOMIC_REQUESTS": True,
    # Persistent connections, not a pool: they recover at once after a database outage.
    "CONN_MAX_AGE": 600,
    "CONN_HEALTH_CHECKS": True,
    # Behind a pooler by transaction a cursor of the server's would be left on another connection.
    "DISABLE_SERVER_SIDE_CURSORS": env.bool("UPWELL_POOLED", False),
}

# A server that is gone without a word is noticed within ten seconds, not in two hours.
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    **DATABASES["default"].get("OPTIONS", {}),
}
# Seconds one request waits for the database, all its waits together (upwell/patience.py).
DATABASE_PATIENCE_S = env.float("UPWELL_DATABASE_PATIENCE_S", 7.0)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "template_partials",
    "csp",
    "pgtrigger",
    "pghistory",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "upwell",
    "patients",
    "assessments",
    "programmes",
]

MIDDLEWARE = [
    "upwell.middleware.RequestId",
    "upwell.middleware.RequestLine",
    "csp.middleware.CSPMiddleware",
    "upwell.middleware.Headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "upwell.middleware.PrivatePages",
    "upwell.middleware.Probes",
    "upwell.middleware.Crowd",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "upwell.middleware.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "upwell.middleware.IdleSession",
    "upwell.middleware.History",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "upwell.middleware.LoginRequired",
    "upwell.middleware.MfaRequired",
    "upwell.middleware.Refusals",
    "patients.in_force.RememberDefaults",
    "upwell.middleware.DatabaseAway",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "upwell.http.practice",
            ],
            "builtins": ["template_partials.templatetags.partials"],
        },
    }
]
FORM_RENDERER = "upwell.forms.UpwellRenderer"

# --- who gets in -------------------------------------------------------------------------------
AUTH_USER_MODEL = "patients.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "programmes:caseload"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "upwell.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
# How long a confirmed password or second step opens the pages about accounts and the audit file.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
# Failures count by place, and by account and place (upwell.accounts says which that is); the second
# step by account. A practice of fifty behind one address may sign in within a minute.
ACCOUNT_RATE_LIMITS = {"login_failed": "50/15m/ip,10/15m/key", "login": "100/m/ip"}
MFA_ADAPTER = "upwell.accounts.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "Upwell"
MFA_REQUIRED = not DEMO
PASSWORD_HASHERS = ["upwell.accounts.Argon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "display_name")},
    },
    {"NAME": "upwell.accounts.GuessableValidator"},
]

# allauth counts failed logins in the cache, so the cache is one all processes share.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "upwell_cache",
        # At 300, the default, made-up logins would push real counters out.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if not DEMO:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("UPWELL_SSL_REDIRECT", True)
    # Probes come from inside, by plain http.
    SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 63_072_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if host != "*"]
    ALLAUTH_TRUSTED_PROXY_COUNT = env.int("UPWELL_TRUSTED_PROXIES", 1)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Not in a cookie, which would tell of what was done to whoever reads the browser's files.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "upwell.views.csrf_failure"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        # data: is for the QR code of the second factor.
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# --- history -----------------------------------------------------------------------------------
PGHISTORY_APPEND_ONLY = True
# The default context table is updated by the trigger itself, so an application role could rewrite
# who did something; a JSON column on each event row needs no such right.
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()
PGHISTORY_OBJ_FIELD = pghistory.ObjForeignKey(db_index=True)
PGHISTORY_DEFAULT_TRACKERS = (
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
)

# --- pages and files ---------------------------------------------------------------------------
USE_TZ = True
LANGUAGE_CODE = "en-au"
USE_I18N = True
STATIC_URL = "/static/"
# Where `manage.py collectstatic` puts files, and production takes them from.
STATIC_ROOT = Path(env.str("UPWELL_STATIC_ROOT", str(BASE_DIR / "var" / "static")))
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("fonts", Path(fontpkg_atkinson_hyperlegible.__file__).parent / "files"),
]
WHITENOISE_USE_FINDERS = DEMO
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEMO
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 400
# Files are thrown away unread; the one page that takes them lets them in itself, 100 at most, and
# says so in words before Django's own limit is met.
FILE_UPLOAD_HANDLERS = ["upwell.uploads.NoFiles"]
DATA_UPLOAD_MAX_NUMBER_FILES = 101

# --- papers ------------------------------------------------------------------------------------
# Longest for one paper, by the clock and by the processor, so that with the start of a worker it is
# 20 s; papers in line at most. The last leaves a web process of 16 threads four for pages.
PDF_SECONDS = 18.0
PDF_PROCESSOR_SECONDS = 15
PDF_WAITING = 12
# Of a web process of 16 threads (upwell/serving.py): the last one tells the others to come again.
REQUESTS_AT_ONCE = env.int("UPWELL_REQUESTS_AT_ONCE", 15)

# --- what is noticed ----------------------------------------------------------------------------
# Patients whose records one account opens within an hour, before it is told (patients/watch.py): a
# clinician sees a handful, a desk that rings round a few dozen.
PATIENTS_AN_HOUR = env.int("UPWELL_PATIENTS_AN_HOUR", 100)

# --- log lines ---------------------------------------------------------------------------------
# "json" for a program to read, "line" for a person; the demo tells what went wrong, no more.
LOG_FORMAT = env.str("UPWELL_LOG_FORMAT", "line" if DEMO else "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "upwell.logs.JsonFormatter"},
        "line": {"()": "upwell.logs.LineFormatter"},
    },
    "filters": {"told_elsewhere": {"()": "upwell.logs.ToldElsewhere"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["told_elsewhere"],
        }
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Also in production nobody is sent an e-mail: Django's own handler for that is not there.
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        # ``upwell.views.csrf_failure`` says it without the address.
        "django.security.csrf": {"level": "CRITICAL"},
        "upwell.requests": {"level": "WARNING" if DEMO else "INFO"},
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
    },
}
