"""The roof: builds the Flask application, the clock and the command line out of the rooms."""

import logging
import os
import resource
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from time import monotonic

from apscheduler.schedulers.background import BackgroundScheduler
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from cse_tracker import config, paths
from cse_tracker.api import mounting
from cse_tracker.api.limits import Limits
from cse_tracker.cli.main import cli
from cse_tracker.cli.opening import Opening
from cse_tracker.identity.rules import Passwords
from cse_tracker.jobs import clock
from cse_tracker.jobs.backups import Plan
from cse_tracker.jobs.job import Tools
from cse_tracker.jobs.schedule import TIMETABLE
from cse_tracker.notifications.calling import HookCaller
from cse_tracker.notifications.hooks import react_for_systems
from cse_tracker.notifications.letters import Stationery
from cse_tracker.notifications.mailers import FileMailer, Mailer, NotifyMailer, SmtpMailer
from cse_tracker.notifications.meeting_reactions import react_to_meetings
from cse_tracker.notifications.reactions import react, react_before_decision
from cse_tracker.notifications.referred import react_to_services
from cse_tracker.notifications.replies import ImapMailbox
from cse_tracker.records.store import Store
from cse_tracker.sessions import open_sessions
from cse_tracker.vault.kit import KitRootKey
from cse_tracker.vault.local import EnvironmentRootKey, FileRootKey, read_secret
from cse_tracker.vault.root import RootKeyProvider
from cse_tracker.web import errors, pages, server
from cse_tracker.web.server import Face, Line, Tracker
from cse_tracker.web.session import make_login_manager
from cse_tracker.work.running import Running
from cse_tracker.work.timetable import LastRun

# Room for the longest text allowed, 200,000 characters, when each is an emoji: twelve bytes as forms encode it.
LARGEST_REQUEST = 4 * 1024 * 1024


@dataclass(frozen=True, repr=False)
class Service:
    """A built service: the application, its store, and what its jobs work with."""

    settings: config.Settings
    app: Tracker
    store: Store
    tools: Tools

    @property
    def running(self) -> Running:
        """What opens its units of work."""
        return self.tools.running

    @cached_property
    def web(self) -> Tracker:
        """The application with its pages, put on when first asked for: jobs and the command line need none."""
        _open_doors(self.app, self.settings)
        return self.app

    def root_key_in(self, source: config.KeySource) -> RootKeyProvider:
        """Give the provider of another source, with these settings; BadSettings where it lacks one."""
        return provider_for(config.with_source(self.settings.root, source))


def utc_now() -> datetime:
    """Read the clock: the only place that does."""
    return datetime.now(UTC)


def root_key_provider(settings: config.Settings) -> RootKeyProvider:
    """Give the source of the root key that the settings name."""
    return provider_for(settings.root)


def provider_for(root: config.RootSettings) -> RootKeyProvider:
    """Give the provider of a source. Libraries for the places that few use are brought in only when they are."""
    match root:
        case config.RootSettings(source=config.KeySource.ENVIRONMENT, value=str(value)):
            return EnvironmentRootKey(value)
        case config.RootSettings(source=config.KeySource.KEYRING):
            from cse_tracker.vault.oskeyring import KeyringRootKey  # noqa: PLC0415

            return KeyringRootKey(root.keyring_entry)
        case config.RootSettings(
            source=config.KeySource.KIT, kit_file=Path() as kit, kit_passphrase_file=Path() as words
        ):
            return KitRootKey(kit, read_secret(words, "CSE_TRACKER_KIT_PASSPHRASE_FILE"))
        case config.RootSettings(
            source=config.KeySource.VAULT, vault_addr=str(address), vault_token_file=Path() as token
        ):
            from cse_tracker.vault.transit import TransitRootKey  # noqa: PLC0415

            return TransitRootKey(address, root.vault_key, token, root.vault_mount)
        case config.RootSettings(
            source=config.KeySource.PKCS11,
            pkcs11_module=Path() as module,
            pkcs11_token=str(name),
            pkcs11_pin_file=Path() as pin,
        ):
            from cse_tracker.vault.token import TokenRootKey  # noqa: PLC0415

            return TokenRootKey(module, name, pin, root.pkcs11_key)
    return FileRootKey(root.file)


def mailer_for(settings: config.Settings) -> Mailer:
    """Give GOV.UK Notify or SMTP where one is set up, files where neither is (never in production)."""
    if settings.notify_api_key is not None and settings.notify_template_id is not None:
        return NotifyMailer(settings.notify_api_key, settings.notify_template_id, settings.notify_url)
    if settings.smtp_host is None:
        return FileMailer(settings.data_folder / "mail")
    return SmtpMailer(
        settings.smtp_host,
        settings.smtp_port,
        starttls=settings.smtp_starttls,
        user=settings.smtp_user,
        password=settings.smtp_password,
    )


def timetable_lines(now: datetime, last: Mapping[str, LastRun]) -> list[Line]:
    """Give the timetable with how each job last ran, and when it runs next."""
    return [
        Line(
            name=job.name,
            does=(job.run.__doc__ or "").partition(".")[0].partition(";")[0],
            often=job.when.words,
            last=last.get(job.name),
            next_at=clock.next_run(job, now, last[job.name].started_at if job.name in last else None),
        )
        for job in TIMETABLE
    ]


def mailbox_for(settings: config.Settings) -> ImapMailbox | None:
    """Give the mailbox from which calendar replies are read, where one is set up."""
    if settings.imap_host is None:
        return None
    return ImapMailbox(
        settings.imap_host, settings.imap_port, settings.imap_user, settings.imap_password, tls=settings.imap_tls
    )


def build(
    settings: config.Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    passwords: Passwords | None = None,
    mailer: Mailer | None = None,
) -> Service:
    """Build the service from its settings; opens no connection yet."""
    app = Tracker("cse_tracker", static_folder=str(paths.folder("static")), static_url_path="/static")
    db, engine = open_sessions(app, settings.database_url)
    store = Store(engine, root_key_provider(settings), paths.folder("migrations"), development_keys=settings.demo)
    reactions = (react, react_before_decision, react_to_services, react_for_systems, react_to_meetings)
    running = Running(session=db.session, keyring=store.keyring, clock=now, reactions=reactions)
    app.running, app.passwords, app.ready = running, passwords or Passwords(), store.ready
    app.face = Face(
        settings.council_name, settings.demo, timedelta(hours=settings.longest_session_hours), settings.public_url
    )
    app.jobs = timetable_lines
    _configure(app, settings, store)
    loader = FileSystemLoader(paths.folder("templates"))
    # Mails are plain text, so nothing is escaped in them.
    letters = Environment(loader=loader, undefined=StrictUndefined, autoescape=False)  # noqa: S701
    stationery = Stationery(
        settings.mail_from,
        settings.council_name,
        settings.public_url,
        letters,
        replies_to=settings.replies_to if settings.imap_host else "",
    )
    tools = _tools(settings, running, mailer, stationery)
    return Service(settings, app, store, replace(tools, backups=_backups(settings, store, running)))


def _backups(settings: config.Settings, store: Store, running: Running) -> Plan | None:
    if settings.backup_folder is None:
        return None
    return Plan(
        settings.backup_folder,
        settings.backup_days,
        store,
        settings.checkpoints_file,
        lambda url: build(
            replace(settings, database_url=config.database_url(url, settings.data_folder)), now=running.clock
        ),
        settings.operators_mail,
        settings.mail_from,
    )


def _tools(settings: config.Settings, running: Running, mailer: Mailer | None, stationery: Stationery) -> Tools:
    hooks = HookCaller(private_allowed=settings.private_webhooks or settings.demo)
    mailbox = mailbox_for(settings)
    mail = mailer or mailer_for(settings)
    return Tools(running, mail, stationery, settings.checkpoints_file, hooks, mailbox)


def _configure(app: Tracker, settings: config.Settings, store: Store) -> None:
    secure = settings.public_url.startswith("https://")
    app.config.update(
        SESSION_COOKIE_NAME="__Host-cs" if secure else "cs",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # The cookie is signed anew with each answer, so this is the idle limit; the absolute one is in the store.
        PERMANENT_SESSION_LIFETIME=timedelta(minutes=settings.idle_minutes),
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        WTF_CSRF_TIME_LIMIT=None,
        # Browsers are told to send no Referer, so a check that demands one would refuse every form.
        WTF_CSRF_SSL_STRICT=False,
    )
    if store.ready():
        # Signed under the newest key that there is at the start; cookies of the keys before it are still read.
        *older, newest = store.keyring().epochs("staff")
        app.secret_key = store.keyring().secret("staff", "cookies", version=newest.version)
        app.config["SECRET_KEY_FALLBACKS"] = [
            store.keyring().secret("staff", "cookies", version=name.version) for name in older
        ]
    app.jinja_loader = ChoiceLoader(
        [
            FileSystemLoader(paths.folder("templates")),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )


def _open_doors(app: Tracker, settings: config.Settings) -> None:
    limits = Limits(settings.api_rate, monotonic)
    app.wsgi_app = mounting.beside(app.wsgi_app, app.running, app, limits=limits)  # type: ignore[assignment, method-assign]
    if settings.public_url.startswith("https://"):
        # TLS ends at one proxy in front; without one, these headers would be anybody's to write.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    make_login_manager().init_app(app)
    CSRFProtect(app)
    pages.register(app)
    errors.register(app)
    app.before_request(server.begin)
    app.after_request(server.finish)


def start_clock(service: Service) -> BackgroundScheduler:
    """Start the clock inside this process, as the demo and small sites do."""
    scheduler = BackgroundScheduler(timezone="UTC")
    clock.start(scheduler, service.tools, service.app.app_context)
    return scheduler


def quiet_logs() -> None:
    """Log one JSON line at a time to standard error; no library may log statements or parameters."""
    line = '{"at":"%(asctime)s","from":"%(name)s","log":%(message)s}'
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format=line)
    for name in ("sqlalchemy", "alembic", "apscheduler", "waitress", "werkzeug"):
        logging.getLogger(name).setLevel(logging.ERROR)


def leave_no_core() -> None:
    """Have the operating system write no memory to a file when the process crashes: keys and opened text are in it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def command_line() -> None:
    """Run `cse-tracker`."""
    leave_no_core()
    quiet_logs()
    opening = Opening(_from_environment, start_clock, lambda url: _from_environment(DATABASE_URL=url))
    cli(obj=opening, prog_name="cse-tracker")


def _from_environment(**changes: str) -> Service:
    return build(config.from_environment({**os.environ, **changes}))
