"""Django settings. SQLite by default (WAL, synchronous FULL, IMMEDIATE); PostgreSQL by TONGXIN_DATABASE_URL."""

import os
from importlib.metadata import version
from pathlib import Path
from tempfile import gettempdir
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from tongxin.web.configuration import Configuration

CONFIGURATION = Configuration()
PACKAGE = Path(__file__).resolve().parent.parent
TONGXIN_HOME = CONFIGURATION.home.resolve()
TONGXIN_HOME.mkdir(parents=True, exist_ok=True)
TONGXIN_PROFILES = CONFIGURATION.profiles
TONGXIN_FIGURES_SECONDS = CONFIGURATION.figures_seconds
TONGXIN_QUEUE = CONFIGURATION.queue
TONGXIN_VERSION = version("tongxin")

SECRET_KEY = CONFIGURATION.secret_key()
DEBUG = CONFIGURATION.debug
ALLOWED_HOSTS = [host.strip() for host in CONFIGURATION.allowed_hosts.split(",") if host.strip()]
CSRF_TRUSTED_ORIGINS = [origin.strip() for origin in CONFIGURATION.trusted_origins.split(",") if origin.strip()]

ROOMS = (
    "base",
    "community",
    "incidents",
    "workforce",
    "dispatch",
    "sampling",
    "tracing",
    "residents",
    "situation",
    "hq",
    "web",
)
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
    *[f"tongxin.{room}" for room in ROOMS],
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tongxin.web.middleware.PolicyMiddleware",
    "tongxin.web.middleware.DeviceMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "tongxin.web.urls"
FORM_RENDERER = "tongxin.web.form_renderer.FormRenderer"
WSGI_APPLICATION = "tongxin.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "tongxin.web.context.page",
            ],
        },
    }
]


def _sqlite() -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": TONGXIN_HOME / "tongxin.sqlite3",
        "CONN_MAX_AGE": None,
        # A real file, not memory: threads in tests then lock as they do in operation. One a process.
        "TEST": {"NAME": str(Path(gettempdir()) / f"tongxin-test-{os.getpid()}.sqlite3")},
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
                "PRAGMA cache_size=-16000;PRAGMA temp_store=MEMORY;PRAGMA mmap_size=134217728;"
            ),
        },
    }


def _postgresql(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ImproperlyConfigured("TONGXIN_DATABASE_URL must begin with postgresql://")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": parts.port or "",
        "OPTIONS": {**dict(parse_qsl(parts.query))},
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": _postgresql(CONFIGURATION.database_url) if CONFIGURATION.database_url else _sqlite()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "base.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {
    "login": "tongxin.web.login.LoginForm",
    "change_password": "tongxin.web.login.ChangePasswordForm",
    "reauthenticate": "tongxin.web.login.ReauthenticateForm",
}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_ADAPTER = "tongxin.web.login.AccountAdapter"
ACCOUNT_RATE_LIMITS = {"login_failed": None, "login": None}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "web:home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
MFA_FORMS = {
    "authenticate": "tongxin.web.login.CodeForm",
    "reauthenticate": "tongxin.web.login.CodeAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# A shift in the field is long, and logging in with goggles on is not possible: sessions last 14 hours.
SESSION_COOKIE_AGE = 14 * 3600
SESSION_SAVE_EVERY_REQUEST = False

# Lockout by login and device, see base/lockout.py: one NAT must not lock a whole compound out.
AXES_HANDLER = "tongxin.base.lockout.LockoutHandler"
AXES_LOCKOUT_CALLABLE = "tongxin.web.login.locked_out"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_VERBOSE = False

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIGURATION.secure
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = CONFIGURATION.secure
LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "tongxin.web.csrf.failed"
SECURE_SSL_REDIRECT = CONFIGURATION.secure
# A watchdog asks on the machine itself, behind the proxy that speaks HTTPS.
SECURE_REDIRECT_EXEMPT = [r"^health$"]
SECURE_HSTS_SECONDS = 31_536_000 if CONFIGURATION.secure else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIGURATION.secure else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = CONFIGURATION.time_zone
LOCALE_PATHS = [PACKAGE / room / "locale" for room in ROOMS]
FORMAT_MODULE_PATH = ["tongxin.web.formats"]

STATIC_URL = "static/"
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"tongxin": {"level": "INFO"}, "django.request": {"level": "ERROR"}},
}
SILENCED_SYSTEM_CHECKS = ["axes.W006"]  # its parameters are not used, see AXES_HANDLER
