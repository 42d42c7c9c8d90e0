"""The settings, read once from the environment; only app.py and the doors may look."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path


class Mode(StrEnum):
    """How the service runs."""

    DEMO = "demo"
    PRODUCTION = "production"
    TEST = "test"


class KeySource(StrEnum):
    """Where the root key is kept."""

    FILE = "file"
    ENVIRONMENT = "environment"
    KEYRING = "keyring"
    KIT = "kit"
    VAULT = "vault"
    PKCS11 = "pkcs11"


class BadSettings(Exception):
    """The environment does not make a service; the message names the variable."""


@dataclass(frozen=True, repr=False)
class RootSettings:
    """Where the root key is kept, and how to get at it there. Only what the source in use needs has to be set."""

    source: KeySource
    file: Path
    value: str | None
    keyring_entry: str
    kit_file: Path | None
    kit_passphrase_file: Path | None
    vault_addr: str | None
    vault_mount: str
    vault_key: str
    vault_token_file: Path | None
    pkcs11_module: Path | None
    pkcs11_token: str | None
    pkcs11_key: str
    pkcs11_pin_file: Path | None


# What must be set for each source that is not the default.
NEEDED = {
    KeySource.ENVIRONMENT: {"value": "CSE_TRACKER_ROOT_KEY"},
    KeySource.KIT: {"kit_file": "CSE_TRACKER_KIT_FILE", "kit_passphrase_file": "CSE_TRACKER_KIT_PASSPHRASE_FILE"},
    KeySource.VAULT: {"vault_addr": "CSE_TRACKER_VAULT_ADDR", "vault_token_file": "CSE_TRACKER_VAULT_TOKEN_FILE"},
    KeySource.PKCS11: {
        "pkcs11_module": "CSE_TRACKER_PKCS11_MODULE",
        "pkcs11_token": "CSE_TRACKER_PKCS11_TOKEN",
        "pkcs11_pin_file": "CSE_TRACKER_PKCS11_PIN_FILE",
    },
}


@dataclass(frozen=True, repr=False)
class Settings:
    """Every setting of the service. Holds no secret but the root key's source, and is never logged."""

    mode: Mode
    database_url: str
    data_folder: Path
    root: RootSettings
    port: int
    council_name: str
    public_url: str
    smtp_host: str | None
    smtp_port: int
    smtp_starttls: bool
    smtp_user: str | None
    smtp_password: str | None
    mail_from: str
    notify_api_key: str | None
    notify_template_id: str | None
    notify_url: str
    imap_host: str | None
    imap_port: int
    imap_tls: bool
    imap_user: str
    imap_password: str
    replies_to: str
    clock_in_process: bool
    checkpoints_file: Path
    backup_folder: Path | None
    backup_days: int
    operators_mail: str | None
    api_rate: int
    private_webhooks: bool
    idle_minutes: int = 30
    longest_session_hours: int = 10

    @property
    def demo(self) -> bool:
        """Whether the demo accounts, the demo data and mail in files are on."""
        return self.mode is not Mode.PRODUCTION


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        message = f"{name} must be a whole number from 1 to 65535, not {text!r}"
        raise BadSettings(message)
    return int(text)


def database_url(given: str | None, data_folder: Path) -> str:
    """Give SQLAlchemy's form of DATABASE_URL; SQLite in the data folder where none is given."""
    if not given:
        return f"sqlite:///{(data_folder / 'cse_tracker.sqlite').resolve()}"
    for prefix in ("postgresql+psycopg://", "postgresql://", "postgres://"):
        if given.startswith(prefix):
            return "postgresql+psycopg://" + given.removeprefix(prefix)
    if given.startswith("sqlite:///"):
        return given
    message = "DATABASE_URL must begin with sqlite:/// or postgresql://"
    raise BadSettings(message)


def _path(env: Mapping[str, str], name: str) -> Path | None:
    return Path(env[name]) if env.get(name) else None


def _root(env: Mapping[str, str], folder: Path) -> RootSettings:
    usual = KeySource.ENVIRONMENT if env.get("CSE_TRACKER_ROOT_KEY") else KeySource.FILE
    try:
        source = KeySource(env.get("CSE_TRACKER_ROOT_KEY_SOURCE") or usual)
    except ValueError:
        message = f"CSE_TRACKER_ROOT_KEY_SOURCE must be one of {', '.join(KeySource)}"
        raise BadSettings(message) from None
    root = RootSettings(
        source=source,
        file=_path(env, "CSE_TRACKER_ROOT_KEY_FILE") or folder / "keys" / "root.key",
        value=env.get("CSE_TRACKER_ROOT_KEY"),
        keyring_entry=env.get("CSE_TRACKER_KEYRING_ENTRY", "root-key"),
        kit_file=_path(env, "CSE_TRACKER_KIT_FILE"),
        kit_passphrase_file=_path(env, "CSE_TRACKER_KIT_PASSPHRASE_FILE"),
        vault_addr=env.get("CSE_TRACKER_VAULT_ADDR"),
        vault_mount=env.get("CSE_TRACKER_VAULT_MOUNT", "transit"),
        vault_key=env.get("CSE_TRACKER_VAULT_KEY", "cse-tracker-root"),
        vault_token_file=_path(env, "CSE_TRACKER_VAULT_TOKEN_FILE"),
        pkcs11_module=_path(env, "CSE_TRACKER_PKCS11_MODULE"),
        pkcs11_token=env.get("CSE_TRACKER_PKCS11_TOKEN"),
        pkcs11_key=env.get("CSE_TRACKER_PKCS11_KEY", "cse-tracker-root"),
        pkcs11_pin_file=_path(env, "CSE_TRACKER_PKCS11_PIN_FILE"),
    )
    return with_source(root, source)


def with_source(root: RootSettings, source: KeySource) -> RootSettings:
    """Give the settings with another source; BadSettings names what that source needs and is not set."""
    missing = [name for part, name in NEEDED.get(source, {}).items() if not getattr(root, part)]
    if missing:
        message = f"{missing[0]} must be set when the root key is kept in: {source}"
        raise BadSettings(message)
    return replace(root, source=source)


def from_environment(env: Mapping[str, str]) -> Settings:
    """Read all settings; raises BadSettings naming the first variable that is wrong."""
    try:
        mode = Mode(env.get("CSE_TRACKER_MODE", Mode.DEMO))
    except ValueError:
        message = "CSE_TRACKER_MODE must be demo, test or production"
        raise BadSettings(message) from None
    folder = Path(env.get("CSE_TRACKER_DATA", "data")).resolve()
    port = _number(env, "PORT", 8000)
    settings = Settings(
        mode=mode,
        database_url=database_url(env.get("DATABASE_URL"), folder),
        data_folder=folder,
        root=_root(env, folder),
        port=port,
        council_name=env.get("CSE_TRACKER_COUNCIL", "Example Borough Council"),
        public_url=env.get("CSE_TRACKER_URL", f"http://127.0.0.1:{port}").rstrip("/"),
        smtp_host=env.get("SMTP_HOST"),
        smtp_port=_number(env, "SMTP_PORT", 25),
        smtp_starttls=env.get("SMTP_STARTTLS", "no").lower() in {"yes", "true", "1"},
        smtp_user=env.get("SMTP_USER"),
        smtp_password=env.get("SMTP_PASSWORD"),
        notify_api_key=env.get("NOTIFY_API_KEY"),
        notify_template_id=env.get("NOTIFY_TEMPLATE_ID"),
        notify_url=env.get("NOTIFY_URL", "https://api.notifications.service.gov.uk").rstrip("/"),
        mail_from=env.get("CSE_TRACKER_MAIL_FROM", "no-reply@tracker.example"),
        imap_host=env.get("IMAP_HOST"),
        imap_port=_number(env, "IMAP_PORT", 993),
        imap_tls=env.get("IMAP_TLS", "yes").lower() in {"yes", "true", "1"},
        imap_user=env.get("IMAP_USER", ""),
        imap_password=env.get("IMAP_PASSWORD", ""),
        replies_to=env.get("CSE_TRACKER_REPLIES_TO", ""),
        checkpoints_file=Path(env.get("CSE_TRACKER_CHECKPOINTS", folder / "checkpoints" / "audit.jsonl")),
        backup_folder=Path(env["CSE_TRACKER_BACKUPS"]) if env.get("CSE_TRACKER_BACKUPS") else None,
        backup_days=_number(env, "CSE_TRACKER_BACKUP_DAYS", 35),
        operators_mail=env.get("CSE_TRACKER_OPERATORS_MAIL"),
        api_rate=_number(env, "CSE_TRACKER_API_RATE", 600),
        private_webhooks=env.get("CSE_TRACKER_PRIVATE_WEBHOOKS", "no").lower() in {"yes", "true", "1"},
        clock_in_process=env.get("CSE_TRACKER_CLOCK", "yes").lower() in {"yes", "true", "1"},
    )
    _refuse_unsafe_production(settings)
    return settings


def _refuse_unsafe_production(settings: Settings) -> None:
    if settings.notify_api_key and not settings.notify_template_id:
        message = "NOTIFY_TEMPLATE_ID must be set with NOTIFY_API_KEY"
        raise BadSettings(message)
    if settings.mode is not Mode.PRODUCTION:
        return
    if not settings.smtp_host and not settings.notify_api_key:
        message = "SMTP_HOST or NOTIFY_API_KEY must be set in production: without one of them nobody hears back"
        raise BadSettings(message)
    if not settings.notify_url.startswith("https://"):
        message = "NOTIFY_URL must begin with https:// in production"
        raise BadSettings(message)
    if settings.imap_host and not (settings.imap_tls and settings.replies_to):
        message = "IMAP_TLS must be yes and CSE_TRACKER_REPLIES_TO must be set where IMAP_HOST is"
        raise BadSettings(message)
    if not settings.public_url.startswith("https://"):
        message = "CSE_TRACKER_URL must begin with https:// in production"
        raise BadSettings(message)
