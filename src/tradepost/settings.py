"""Everything that can be set, read from the environment. Nonsense stops the start with a sentence.

`.env.example` lists every variable; nothing else configures an installation.
"""

import logging
import os
import re
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit
from zoneinfo import available_timezones

import django_stubs_ext
import phonenumbers
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from tradepost import __version__

django_stubs_ext.monkeypatch()  # lets `ModelAdmin[User]` and other types of the stubs be written without quotes

ISO_4217 = set(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY "
    "COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR "
    "ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK "
    "MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF "
    "SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU "
    "UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG".split()
)
MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def text(name: str, default: str = "", *, choices: set[str] | None = None) -> str:
    """The variable without surrounding space; an empty one counts as not set."""
    value = os.environ.get(name, "").strip() or default
    if choices is not None and value not in choices:
        known = ", ".join([*sorted(choices)[:6], *(["…"] if len(choices) > 6 else [])])
        raise ImproperlyConfigured(f"{name}={value!r} is not known here; it may be one of {known}")
    return value


def flag(name: str) -> bool:
    """1 or 0, nothing else."""
    return text(name, "0", choices={"0", "1"}) == "1"


def words(name: str) -> list[str]:
    """A list separated by commas."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def origin(name: str, value: str) -> str:
    """An address such as https://shop.example.com, without a path."""
    value = value.rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        raise ImproperlyConfigured(f"{name}={value!r} is no address like https://shop.example.com")
    return value


def web_address(name: str) -> str:
    """An origin, or nothing."""
    value = text(name)
    return origin(name, value) if value else ""


def web_addresses(name: str) -> list[str]:
    """A list of origins, separated by commas."""
    return [origin(name, value) for value in words(name)]


def mail_server(name: str) -> SplitResult:
    """A server such as smtp+tls://user:password@mail.example.com:587, or nothing."""
    value = text(name)
    parts = urlsplit(value)
    try:
        sane = not value or (parts.scheme in MAIL_PORTS and parts.hostname and (parts.port is None or parts.port))
    except ValueError:
        sane = False
    if not sane:
        raise ImproperlyConfigured(f"{name} is no mail server like smtp+tls://user:password@mail.example.com:587")
    return parts


def number(name: str, default: int, most: int) -> int:
    """A whole number from 0."""
    value = text(name, str(default))
    if not (value.isascii() and value.isdecimal() and int(value) <= most):
        raise ImproperlyConfigured(f"{name}={value!r} is no number from 0 to {most}")
    return int(value)


def rate(name: str, default: str) -> str | None:
    """How many requests in which time (`6000/minute`), or None for `off`."""
    value = text(name, default)
    if value == "off":
        return None
    if not re.fullmatch(r"[1-9]\d*/(second|minute|hour|day)", value):
        raise ImproperlyConfigured(f"{name}={value!r} is neither off nor a rate like 6000/minute")
    return value


def home() -> Path:
    """The folder of this installation, for its owner alone."""
    folder = Path(text("TRADEPOST_HOME", "tradepost-data")).expanduser().absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"TRADEPOST_HOME={folder} cannot be used: {error.strerror}") from error
    return folder


def secret_key(folder: Path) -> str:
    """`SECRET_KEY`, or one made once and kept in the home folder; of two that start together, one makes it."""
    if given := text("SECRET_KEY"):
        return given
    file = folder / "secret-key"
    if not file.exists():
        draft = folder / f".secret-key-{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64))
        try:
            file.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text().strip()


def sqlite(path: Path) -> dict[str, dict[str, Any]]:
    """The embedded database: one writer at a time by BEGIN IMMEDIATE, readers undisturbed by WAL."""
    pragmas = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON; "
        # 64 MiB each: in the default 2 MiB of cache and 4 MiB of log a year of postings no longer fits its indexes.
        "PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=16384"
    )
    engine = {"ENGINE": "django.db.backends.sqlite3", "CONN_MAX_AGE": None}
    writer = {"timeout": 30, "transaction_mode": "IMMEDIATE", "init_command": pragmas}
    reader = {"timeout": 30, "transaction_mode": "DEFERRED", "init_command": "PRAGMA query_only=ON"}
    return {
        "default": {**engine, "NAME": str(path), "OPTIONS": writer},
        "snapshot": {**engine, "NAME": f"file:{quote(str(path))}?mode=ro", "OPTIONS": reader},
    }


def postgres(name: str, user: str, password: str, hosts: str, query: dict[str, str]) -> dict[str, dict[str, Any]]:
    """PostgreSQL through a pool a process; several hosts, separated by commas, are tried in turn by libpq."""
    from psycopg import IsolationLevel

    pairs = [host.partition(":") if not host.startswith("[") else (host, "", "") for host in hosts.split(",")]
    server = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "HOST": ",".join(unquote(host).strip("[]") for host, _, _ in pairs),
        "PORT": ",".join(port or "5432" for _, _, port in pairs) if hosts else "",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
    }
    common = {"connect_timeout": "10", "application_name": "tradepost", **query}
    # A random read costs little more than the next one on any disk of today; the server's own guess is that of a
    # turning one, and reads a whole journal to find a thousand keys. To compile a statement takes longer than any runs.
    given = f"-c random_page_cost=1.1 -c jit=off {query.get('options', '')}"
    writer = {**common, "options": f"{given} -c lock_timeout=10s"}
    reader = {**common, "options": f"{given} -c default_transaction_read_only=on"}
    return {
        "default": {**server, "OPTIONS": {**writer, "pool": {"min_size": 0, "max_size": 20, "timeout": 10}}},
        "snapshot": {
            **server,
            "OPTIONS": {
                **reader,
                "isolation_level": IsolationLevel.REPEATABLE_READ,
                "pool": {"min_size": 0, "max_size": 5, "timeout": 10},
            },
        },
    }


def databases(url: str, folder: Path) -> dict[str, dict[str, Any]]:
    """`default`, and `snapshot`: the same database, read-only, for what must be seen as of one moment."""
    if not url:
        return sqlite(folder / "tradepost.sqlite3")
    parts = urlsplit(url)
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    path = unquote(parts.path.removeprefix("/"))
    if parts.scheme == "sqlite" and path and not parts.netloc:
        return sqlite(Path(path).absolute())
    if parts.scheme in {"postgres", "postgresql"} and path:
        return postgres(path, unquote(user), unquote(password), hosts, dict(parse_qsl(parts.query)))
    raise ImproperlyConfigured(
        f"DATABASE_URL with {parts.scheme or 'no'} scheme cannot be used; "
        "write postgres://user:password@host:5432/name or sqlite:////folder/file.sqlite3"
    )


# This installation

TRADEPOST_HOME = home()
TRADEPOST_URL = web_address("TRADEPOST_URL")
TRADEPOST_CURRENCY = text("TRADEPOST_CURRENCY", "GBP", choices=ISO_4217)
TRADEPOST_PHONE_REGION = text("TRADEPOST_PHONE_REGION", "IR", choices=set(phonenumbers.SUPPORTED_REGIONS))
TRADEPOST_ROLE = text("TRADEPOST_ROLE", "hq", choices={"hq", "branch"})
TRADEPOST_RATE = rate("TRADEPOST_RATE", "6000/minute")
TRADEPOST_VISITOR_RATE, TRADEPOST_DOOR_RATE = "600/minute", "60/minute"
TRADEPOST_PROXIES = number("TRADEPOST_PROXIES", 0, most=9)
TRADEPOST_METRICS = flag("TRADEPOST_METRICS")
TRADEPOST_WEBHOOKS_INSIDE = text("TRADEPOST_WEBHOOKS_INSIDE", "off", choices={"on", "off"}) == "on"
TRADEPOST_ALERT_MAIL_MINUTES = number("TRADEPOST_ALERT_MAIL_MINUTES", 15, most=10_080)
REDIS_URL = text("REDIS_URL")
if REDIS_URL and urlsplit(REDIS_URL).scheme not in {"redis", "rediss", "unix"}:
    raise ImproperlyConfigured(f"REDIS_URL={REDIS_URL!r} is no address like redis://host:6379/0")

DEBUG = flag("TRADEPOST_DEBUG")
SECRET_KEY = secret_key(TRADEPOST_HOME)
DATABASES = databases(text("DATABASE_URL"), TRADEPOST_HOME)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "tradepost.urls"
WSGI_APPLICATION = "tradepost.wsgi.application"
USE_TZ = True
TIME_ZONE = text("TRADEPOST_TIME_ZONE", "UTC", choices=available_timezones())
LANGUAGE_CODE = "en-gb"

# Who may knock

HTTPS = TRADEPOST_URL.startswith("https://")
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
OWN_HOST = [urlsplit(TRADEPOST_URL).hostname or ""] if TRADEPOST_URL else []
ALLOWED_HOSTS = words("ALLOWED_HOSTS") or [*LOOPBACK, *OWN_HOST]
CSRF_TRUSTED_ORIGINS = [TRADEPOST_URL] if TRADEPOST_URL else []
CORS_ALLOWED_ORIGINS = web_addresses("TRADEPOST_CORS_ORIGINS")
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "idempotency-key", "prefer", "x-request-id"]
CORS_EXPOSE_HEADERS = ["idempotent-replayed", "location", "preference-applied", "retry-after", "x-request-id"]

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "tradepost.web.errors.form_expired"
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

# What it is made of

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "knox",
    "axes",
    "corsheaders",
    "csp",
    "django_countries",
    "django_htmx",
    *(["django_prometheus"] if TRADEPOST_METRICS else []),
    "tradepost.audit",
    "tradepost.intake",
    "tradepost.places",
    "tradepost.people",
    "tradepost.catalog",
    "tradepost.books",
    "tradepost.funding",
    "tradepost.till",
    "tradepost.prepaid",
    "tradepost.inventory",
    "tradepost.imports",
    "tradepost.notify",
    "tradepost.web",
    "tradepost.api",
]
MIGRATION_MODULES = {"knox": None}  # its only table is swapped for people.Token

MIDDLEWARE = [
    *(["django_prometheus.middleware.PrometheusBeforeMiddleware"] if TRADEPOST_METRICS else []),
    "tradepost.middleware.ClientAddress",
    "tradepost.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    *(["django_prometheus.middleware.PrometheusAfterMiddleware"] if TRADEPOST_METRICS else []),
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

STATIC_URL = "static/"
STATIC_ROOT = TRADEPOST_HOME / "static"
MEDIA_URL = "media/"
MEDIA_ROOT = TRADEPOST_HOME / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
CACHES: dict[str, dict[str, Any]] = {
    "default": (
        {"BACKEND": "tradepost.caching.SharedCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "tradepost"}
        if REDIS_URL
        else {"BACKEND": "tradepost.caching.LocalCache"}
    )
}

# Who is who

AUTH_USER_MODEL = "people.User"
LOGIN_URL = "web:login"
LOGIN_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "tradepost.people.backends.NameOrEmailBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
PASSWORD_RESET_TIMEOUT = 3600
KNOX_TOKEN_MODEL = "people.Token"
REST_KNOX = {"AUTH_HEADER_PREFIX": "Token", "TOKEN_TTL": timedelta(days=30)}
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "tradepost.middleware.neighbourhood_of"
AXES_USERNAME_CALLABLE = "tradepost.people.backends.throttle_name"
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_CALLABLE = "tradepost.web.errors.locked_out"
AXES_VERBOSE = False
# A typed address or name is nobody's business: what is kept of a failed login is who it was for, hashed.
AXES_SENSITIVE_PARAMETERS = ["username", "login", "email", "password", "current", "otp", "ip_address"]
AXES_ENABLE_ADMIN = False

# The API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tradepost.api.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": [
        "tradepost.api.renderers.JsonRenderer",
        "tradepost.api.renderers.BrowsableRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": [
        "tradepost.api.parsers.JsonParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["tradepost.api.throttles.CallerThrottle"],
    "DEFAULT_SCHEMA_CLASS": "tradepost.api.schema.AutoSchema",
    "EXCEPTION_HANDLER": "tradepost.api.errors.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tradepost",
    "DESCRIPTION": "Shops, stock, a marketplace and prepaid credit on one set of books.",
    "VERSION": __version__,
    "LICENSE": {"name": "MIT"},
    "SCHEMA_PATH_PREFIX": "/api",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "token": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token …"},
            "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        }
    },
    "PARSER_WHITELIST": ["tradepost.api.parsers.JsonParser"],
    "PATH_CONVERTER_OVERRIDES": {"id": int},
    "ENUM_NAME_OVERRIDES": {
        "DeliveryState": "tradepost.api.webhooks.DELIVERY_STATES",
        "FundsKind": "tradepost.api.funding.KINDS",
        "FundsStatus": "tradepost.api.funding.STATES",
        "ImportKind": "tradepost.api.imports.KINDS",
        "MovementState": "tradepost.api.stock.movements.STATES",
        "StockStatus": "tradepost.api.stock.levels.NAMES",
        "WebhookState": "tradepost.api.webhooks.STATES",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "tradepost.api.schema.add_problems",
    ],
}

# Work behind the scenes

CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = TIME_ZONE
mail = mail_server("EMAIL_URL")  # without one, mails are written to standard output
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if mail.hostname else 'console'}.EmailBackend"
EMAIL_HOST, EMAIL_PORT = mail.hostname or "", mail.port or MAIL_PORTS.get(mail.scheme, 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(mail.username or ""), unquote(mail.password or "")
EMAIL_USE_TLS, EMAIL_USE_SSL = mail.scheme == "smtp+tls", mail.scheme == "smtps"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = text("EMAIL_FROM", f"tradepost@{urlsplit(TRADEPOST_URL).hostname or 'localhost'}")

# Logs: one JSON object a line on stderr, each with the id of its request

LOG_LEVEL = text("TRADEPOST_LOG_LEVEL", "INFO", choices=set(logging.getLevelNamesMapping()))
LOG_STEPS: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
structlog.configure(
    processors=[*LOG_STEPS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": LOG_STEPS,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        "django.request": {"level": "ERROR"},
        "axes": {"level": "WARNING"},
    },
}
