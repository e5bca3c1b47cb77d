"""Settings. Every difference between machines comes from the environment; docs/operations.md lists it.

`PORTAL_MODE` is `production` unless something says `demo`: whoever forgets it gets the safe one.
"""

from datetime import date
from pathlib import Path

import environ
from csp.constants import NONE, SELF

from guanyinge.acts import ACTS  # noqa: F401 what the activity log calls what was done

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))

PORTAL_MODE = env.str("PORTAL_MODE", default="production")
DEMO = PORTAL_MODE == "demo"
# The demo's pinned date: replaces the date of business time, never the time of day (office/clock.py).
PORTAL_TODAY = date.fromisoformat(env.str("PORTAL_TODAY")) if env.str("PORTAL_TODAY", default="") else None
PORTAL_NAME = "目标任务平台"
DEMO_NOTICE = "演示数据，进度为虚构" if DEMO else ""

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY", default="")
# Keys of before: what was signed or sealed under them is still read, nothing new is.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Seals what the database must not give away (office/sealing.py); without one, keys that follow from SECRET_KEY do.
FIELD_KEY = env.str("FIELD_KEY", default="")
FIELD_KEY_FALLBACKS = env.list("FIELD_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"] if DEMO else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# From where the back office opens, as networks (CIDR); from everywhere where none is named.
ADMIN_ALLOWED_CIDRS = env.list("ADMIN_ALLOWED_CIDRS", default=[])
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

INSTALLED_APPS = [
    "guanyinge.apps.GuanyingeConfig",
    "dashboards",
    "economy",
    "projects",
    "livelihood",
    "safety",
    "party",
    "supervision",
    "plans",
    "notices",
    "office",
    "guanyinge.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "import_export",
    "drf_spectacular",
]

MIDDLEWARE = [
    "office.middleware.HeadersMiddleware",
    "office.middleware.OriginMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "office.http.KnownMethodsMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "office.middleware.BackOfficeMiddleware",
    "office.middleware.PrivatePagesMiddleware",
    "office.middleware.PasswordChangeMiddleware",
    "office.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "guanyinge.urls"
WSGI_APPLICATION = "guanyinge.wsgi.application"

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
                "guanyinge.context.portal",
            ],
        },
    }
]

# Databases -----------------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'portal.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Without WAL and IMMEDIATE, writers that first read fail with "database is locked" under load.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People --------------------------------------------------------------------------------------

AUTH_USER_MODEL = "office.User"
AUTHENTICATION_BACKENDS = ["office.backends.OfficeBackend"]
LOGIN_URL = "office:signin"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "office:signin"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "office.passwords.LengthValidator"},
    {"NAME": "office.passwords.ClassesValidator"},
    {"NAME": "office.passwords.CommonValidator"},
    {"NAME": "office.passwords.HistoryValidator"},
]
# `dengbao`: length, classes, history, 90 days; `long`: 15 characters and no last day (office/passwords.py).
PASSWORD_RULES = env.str("PASSWORD_RULES", default="dengbao")

# A code from the phone beside the password: for whoever sets it up, and compulsory for these. The demo does without.
SECOND_FACTOR = not DEMO
SECOND_FACTOR_ROLES = ["administrator", "security_administrator", "auditor", "plan_office"]

# What a role may do in the back office, as patterns of Django's permissions (`plans.change_target`).
# Which rows, and whether a row may still be changed, the models' admins and services say.
BACK_OFFICE = {
    "plan_office": {
        "notices.view_feedback",
        "plans.*",
        "supervision.view_order",
        "supervision.view_ordertask",
        "supervision.view_move",
        "supervision.view_movefile",
        "supervision.view_listsetting",
        "dashboards.view_screen",
        "dashboards.view_bulletin",
        "dashboards.view_edition",
        "economy.*",
        "projects.*",
        "livelihood.*",
        "safety.*",
        "party.*",
    },
    "administrator": {
        "office.*_unit",
        "office.*_user",
        "office.*_workday",
        "office.*_post",
        "office.*_apitoken",
        "notices.*_notice",
        "notices.*_delivery",
        "notices.*_channelaccount",
        "notices.*_webhook",
        "notices.view_announcement",
        "django_celery_beat.*",
        "office.view_tries",
        "office.change_tries",
    },
    "security_administrator": {
        "office.*_post",
        "office.*_apitoken",
        "office.view_tries",
        "office.change_tries",
    },
    "auditor": {"office.view_activity"},
}

# Where the head of the activity log is written down day by day; best another machine's disk.
ACTIVITY_HEADS = Path(env.str("ACTIVITY_HEADS", default=str(VAR_DIR / "activity-heads")))

# Cookies, headers ----------------------------------------------------------------------------

SESSION_ENGINE = "office.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEMO
if not DEMO:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Language, time, files -----------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True  # for Django's own words; ours are literals
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
IMPORT_MAX_BYTES = 20 * 1024 * 1024
# Evidence: a file, all files of a month's report, how many. The proxy limits a request as a whole.
EVIDENCE_MAX_BYTES = 20 * 1024 * 1024
EVIDENCE_MAX_TOTAL = 200 * 1024 * 1024
EVIDENCE_MAX_FILES = 20

# Mail ----------------------------------------------------------------------------------------

if env.str("EMAIL_URL", default=""):
    EMAIL_CONFIG = env.email("EMAIL_URL")
    vars().update(EMAIL_CONFIG)
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="portal@localhost")
# Other channels: hosts beside those of WeCom and DingTalk (the SMS gateway; `host` or `host:port`), inner
# networks where connections may go, and a file of CAs instead of the public ones.
NOTICE_HOSTS = env.list("NOTICE_HOSTS", default=[])
NOTICE_NETWORKS = env.list("NOTICE_NETWORKS", default=[])
NOTICE_CA_FILE = env.str("NOTICE_CA_FILE", default="")
# Links in messages are absolute and never made from a request's Host header.
PORTAL_BASE_URL = env.str("PORTAL_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")

# Jobs ----------------------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="")
CELERY_TIMEZONE = TIME_ZONE
CELERY_ENABLE_UTC = True
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
# acks_late alone acknowledges, and so loses, a task whose process was killed.
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 300
CELERY_TASK_TIME_LIMIT = 360
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A worker that is told to end at once still gives its task so long, and hands the rest back to the broker.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10.0
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # however long Redis is away
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    "office-tick": {"task": "office.tasks.tick", "schedule": 3600.0},
    "notices-tick": {"task": "notices.tasks.tick", "schedule": 300.0},
    "notices-sweep": {"task": "notices.tasks.sweep", "schedule": 60.0},
    "plans-tick": {"task": "plans.tasks.tick", "schedule": 300.0},
    # Somebody watches a progress bar. A page never waits for the broker: the batch lies in the database.
    "plans-imports": {"task": "plans.tasks.run_imports", "schedule": 5.0},
    "dashboards-bulletins": {"task": "dashboards.tasks.run_bulletins", "schedule": 5.0},
}
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    # Far above the time limit of a task: a shorter one runs a task again while it is still running. Kombu and Celery
    # read it in three places, and the shortest counts. No task has an ETA, which would have to be shorter than it.
    CELERY_VISIBILITY_TIMEOUT = env.int("BROKER_VISIBILITY_TIMEOUT", default=3600)
    CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": CELERY_VISIBILITY_TIMEOUT}
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "visibility_timeout": CELERY_VISIBILITY_TIMEOUT,
        # How often what was not acknowledged in time is looked for: every so many seconds, each so many-th time.
        "unacked_restore_interval": env.int("BROKER_RESTORE_INTERVAL", default=10),
        "unacked_restore_throttle": env.int("BROKER_RESTORE_THROTTLE", default=10),
        # Longer than Redis may stall: where an acknowledgement times out, Celery keeps its place taken, and a worker
        # with one place never takes a task again. No page waits for Redis.
        "socket_timeout": 60,
        "socket_connect_timeout": 2,
    }
else:
    _BROKER_DIR = VAR_DIR / "broker"
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT = "guanyinge.broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_BROKER_DIR / "queue"),
        "data_folder_out": str(_BROKER_DIR / "queue"),
        "control_folder": str(_BROKER_DIR / "control"),
        "polling_interval": 0.1,
    }

# API -----------------------------------------------------------------------------------------

# Requests a minute: of one token or person, and of an address that gave neither. Each web process counts for itself.
API_RATE = env.int("API_RATE", default=600)
API_RATE_ANONYMOUS = env.int("API_RATE_ANONYMOUS", default=60)
# The framework's defaults let anybody in, offer a page of its own and count nothing; none of them is left.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "office.api.authentication.TokenAuthentication",
        "office.api.authentication.PageAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["office.api.authentication.ScopePermission"],
    "DEFAULT_THROTTLE_CLASSES": ["office.api.throttling.Rates"],
    "DEFAULT_RENDERER_CLASSES": ["office.api.parsers.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["office.api.parsers.StrictJsonParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "office.api.parsers.OneAnswer",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "office.api.schema.PortalSchema",
    "EXCEPTION_HANDLER": "office.api.problems.handle",
    "URL_FORMAT_OVERRIDE": None,
    "NUM_PROXIES": TRUSTED_PROXIES,
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{PORTAL_NAME}接口",
    "VERSION": "1",
    "DESCRIPTION": "用法和例子见 docs/api.md。权限与网页相同：看不到的内容答 404，看得到而不能办的答 403。",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["office.api.authentication.ScopePermission"],
    "PATH_CONVERTER_OVERRIDES": {
        "key": {"type": "integer", "minimum": 1, "maximum": 10**18 - 1},
        "month": {"type": "string", "pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])$"},
        "slug": {"type": "string", "pattern": "^[-a-zA-Z0-9_]{1,60}$"},
    },
    "POSTPROCESSING_HOOKS": ["office.api.schema.finish"],
    "SORT_OPERATIONS": False,
}

# Logs ----------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}

IMPORT_EXPORT_USE_TRANSACTIONS = True
