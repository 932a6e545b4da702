"""All settings, one file, all from the environment.

Nothing has to be set to try the project: without DATABASE_URL and REDIS_URL it runs on the
embedded servers (fulfillment/embedded.py) with DEBUG on. As soon as DATABASE_URL is set, DEBUG
is off unless asked for, and SECRET_KEY and ALLOWED_HOSTS must be given. A missing or wrong value
stops the start with a sentence that names the variable.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from fulfillment import embedded, logs

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = embedded.var_dir()

env = environ.Env()


def _flag(name: str, default: bool) -> bool:
    """A yes-or-no variable; anything that is neither is an error, not a silent no."""
    raw = os.environ.get(name, "").strip().lower()
    if not raw:
        return default
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {raw!r}.")


def _number(name: str, default: int) -> int:
    """A whole number, zero or more."""
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    if not raw.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {raw!r}.")
    return int(raw)


def _address(name: str, schemes: set[str], example: str) -> str:
    """A URL of one of the schemes, or "" when it is not set."""
    raw = os.environ.get(name, "").strip()
    if raw and urlsplit(raw).scheme not in schemes:
        # The value may hold a password, so only its scheme is repeated.
        found = urlsplit(raw).scheme or "no scheme"
        raise ImproperlyConfigured(f"{name} must look like {example} (found: {found}).")
    return raw


# --- what the environment decides ------------------------------------------------------------

DATABASE_URL = _address(
    "DATABASE_URL", {"postgres", "postgresql"}, "postgresql://user:password@host:5432/name"
)
REDIS_URL = _address("REDIS_URL", {"redis", "rediss", "unix"}, "redis://host:6379/0")

# A database of one's own is a sign of a deployment: there DEBUG has to be asked for.
DEBUG = _flag("DEBUG", default=not DATABASE_URL)

SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured("SECRET_KEY must be set when DEBUG is off.")
    SECRET_KEY = "insecure-key-for-development-only"

ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])
if not ALLOWED_HOSTS and not DEBUG:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS must name the hosts that are served, by comma, when DEBUG is off."
    )
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- applications ----------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "django_countries",
    "django_structlog",
    "csp",
    "axes",
    "core",
    "sellers",
    "stock",
    "orders",
    "logistics",
    "marketplaces",
    "dashboard",
    "fulfillment",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "core.problems.ProblemMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "sellers.middleware.PreferencesMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "sellers.middleware.SignedOutMiddleware",
    # Deny by default: a view that is not marked as public needs somebody logged in.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "fulfillment.urls"
WSGI_APPLICATION = "fulfillment.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sellers.context_processors.people",
            ],
        },
    },
]

#: Widgets are drawn with our templates before Django's own.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- database --------------------------------------------------------------------------------

if DATABASE_URL:
    try:
        _database: dict[str, Any] = dict(environ.Env.db_url_config(DATABASE_URL))
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}") from error
    if not _database.get("NAME"):
        raise ImproperlyConfigured("DATABASE_URL does not name a database (…host:5432/name).")
else:
    _database = {
        "NAME": "fulfillment",
        "USER": embedded.DATABASE_USER,
        "HOST": str(embedded.database_host()),
        "PORT": embedded.DATABASE_PORT,
    }

# Nothing a person waits for may hang on a lock or a runaway query. A bulk job that knows better
# raises its own limit with SET LOCAL inside its transaction.
_timeouts = (
    f"-c lock_timeout={_number('DATABASE_LOCK_TIMEOUT_SECONDS', 10)}s"
    f" -c statement_timeout={_number('DATABASE_STATEMENT_TIMEOUT_SECONDS', 60)}s"
)
_options: dict[str, Any] = dict(_database.get("OPTIONS", {}))
_options["options"] = f"{_options.get('options', '')} {_timeouts}".strip()
_options.setdefault("connect_timeout", 10)
_options.setdefault("application_name", "fulfillment")
_database |= {
    "ENGINE": "django.db.backends.postgresql",
    "OPTIONS": _options,
    "CONN_MAX_AGE": _number("DATABASE_CONN_MAX_AGE_SECONDS", 60),
    "CONN_HEALTH_CHECKS": True,
    "ATOMIC_REQUESTS": False,
}
DATABASES = {"default": _database}

# --- Redis: cache, sessions' cache and broker ------------------------------------------------

_redis = REDIS_URL or embedded.redis_url()
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": _redis,
        "KEY_PREFIX": "fulfillment",
        "TIMEOUT": 300,
    }
}
# The database keeps the sessions; the cache only saves the query.
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# --- Celery ----------------------------------------------------------------------------------

CELERY_BROKER_URL = embedded.broker_url(_redis)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Seconds until an unacknowledged message of a dead worker is given to another; longer than
    # the longest task.
    "visibility_timeout": 3600,
    # Publishing must fail within seconds when the broker is away: what has to be done stands in
    # the outbox, a message only wakes a worker.
    "socket_connect_timeout": 3,
    "socket_timeout": 30,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 1800
CELERY_TASK_SOFT_TIME_LIMIT = 1740
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = _number("WORKER_PROCESSES", 2)
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
# Seconds. What is missed is caught up by the next run; two schedulers do no harm.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "deliver-outbox": {"task": "core.tasks.deliver_outbox", "schedule": 10},
    "sweep-deadlines": {"task": "orders.tasks.sweep_deadlines", "schedule": 60},
    "compact-stage-counts": {"task": "orders.tasks.compact_stage_counts", "schedule": 300},
    "watch-stock": {"task": "stock.tasks.watch_stock", "schedule": 300},
    "purge-stock-files": {"task": "stock.tasks.purge_stock_files", "schedule": 86400},
    "purge-imports": {"task": "marketplaces.tasks.purge_imports", "schedule": 86400},
    "resume-jobs": {"task": "sellers.tasks.resume_jobs", "schedule": 60},
    "purge-jobs": {"task": "sellers.tasks.purge_jobs", "schedule": 86400},
    "purge-outbox": {"task": "core.tasks.purge_outbox", "schedule": 86400},
}

# --- people ----------------------------------------------------------------------------------

AUTH_USER_MODEL = "sellers.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "sellers.backends.PersonBackend",
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Five wrong passwords for one name from one address close that pair for a quarter of an hour;
# the same name stays open to its owner elsewhere.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"  # of the login form, whatever the model calls it
AXES_USERNAME_CALLABLE = "sellers.access.login_name"
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_TEMPLATE = "sellers/locked_out.html"
AXES_VERBOSE = False
# How many proxies of one's own stand in front; 0: the peer's address is the client's.
AXES_IPWARE_PROXY_COUNT = _number("TRUSTED_PROXIES", 0) or None
AXES_IPWARE_META_PRECEDENCE_ORDER = (
    ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"] if AXES_IPWARE_PROXY_COUNT else ["REMOTE_ADDR"]
)

# --- languages and time ----------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"  # of storage and of logs; pages use the zone of the person or the shop

# --- files -----------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 60  # seconds, also in debug: a page has 38 files to ask for
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# A TrueType font with Chinese for labels and slips; empty: the first one found on this machine.
PAPER_FONT = os.environ.get("PAPER_FONT", "").strip()

IMPORT_MAX_BYTES = 100 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # request body without files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_PERMISSIONS = 0o640

# --- safety ----------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# HTTPS=0 is for a DEBUG-off trial without a certificate; the deployment check complains then.
_https = _flag("HTTPS", default=not DEBUG)
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]  # asked by the load balancer over plain HTTP
SECURE_HSTS_SECONDS = _number("HSTS_SECONDS", 31_536_000) if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_HSTS_PRELOAD = _https
if _number("TRUSTED_PROXIES", 0):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- API -------------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "sellers.api.authentication.KeyAuthentication",
        "sellers.api.authentication.PersonAuthentication",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.parsers.StrictJSONParser"],
    "DEFAULT_PERMISSION_CLASSES": ["core.permissions.HasScope"],
    "DEFAULT_SCHEMA_CLASS": "core.api_schema.Schema",
    "EXCEPTION_HANDLER": "core.problems.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Fulfilment API",
    "DESCRIPTION": (
        "Orders and stock in, shipments and events out. Ids are opaque, times are RFC 3339 in UTC, "
        'money is `{"amount": "23.42", "currency": "CNY"}` and left out without the scope '
        "`money:read`. A field or a parameter that is not known is an error. Lists answer a page "
        "at a time: follow `next_cursor`. Whatever goes wrong is answered by a problem (RFC 9457); "
        "sentences are in the language of `Accept-Language`."
    ),
    "VERSION": "1",
    "TAGS": [
        {"name": name}
        for name in (
            "Orders",
            "Shipments",
            "Stock",
            "Purchasing",
            "Stores",
            "Events",
            "Reports",
            "Jobs",
        )
    ],
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    # Choices stand where they are used, instead of becoming components with invented names.
    "POSTPROCESSING_HOOKS": [],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False},
    "REDOC_DIST": "SIDECAR",
}

# --- logs ------------------------------------------------------------------------------------

LOGGING = logs.configure(debug=DEBUG, level=os.environ.get("LOG_LEVEL", "INFO").upper())
DJANGO_STRUCTLOG_CELERY_ENABLED = False
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_USER_ID_FIELD = "pk"
