"""Settings: environment variables with the prefix FOLLOWTHROUGH_, or the same names in a `.env` file."""

import contextlib
import os
import re
import secrets
import tempfile
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

# What the first administrator signs in with, until they put an address of their own there.
FIRST_ADDRESS = "administrator@followthrough.invalid"
ONE_ADDRESS = re.compile(r"[^\s<>@,;]+@[^\s<>@,;]+")


class Settings(BaseSettings):
    """How this installation runs. Each field is `FOLLOWTHROUGH_` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="FOLLOWTHROUGH_", env_file=".env", extra="ignore", frozen=True)

    home: Path = Field(default=Path(".followthrough"), description="Data folder: database, files, keys, logs.")
    organisation: str = Field(default="your organisation", description="The provider's name, on pages and mails.")
    database_url: str | None = Field(
        default=None,
        description="PostgreSQL for the tracker; empty runs the embedded one in the data folder.",
    )
    prefect_database_url: str | None = Field(
        default=None,
        description="PostgreSQL for Prefect; empty uses a database `prefect` beside the tracker's.",
    )
    base_url: str | None = Field(default=None, description="Address people reach the pages at, as links show it.")
    web_host: str = Field(default="127.0.0.1", description="Address the web server listens on.")
    web_port: int = Field(default=8080, ge=1, le=65535, description="Port of the pages.")
    prefect_port: int = Field(default=4280, ge=1, le=65535, description="Port of the Prefect server, on loopback.")
    smtp_url: str | None = Field(
        default=None,
        description="smtp://, smtps:// or smtp+starttls://user:password@host:port; empty catches mail.",
    )
    mail_from: str = Field(default="actions@followthrough.example.org", description="Sender of every mail.")
    reply_to: str | None = Field(default=None, description="Where answers to mails go; empty says nobody reads them.")
    catcher_port: int = Field(default=8025, ge=1, le=65535, description="Port of the local mail catcher.")
    timezone: str = Field(default="Europe/London", description="Time zone of due dates and of people.")
    api_requests_each_minute: int = Field(
        default=600, ge=1, description="How often one API key may be used in a minute, in each web process."
    )
    webhooks_to_private_addresses: bool = Field(
        default=False, description="Whether webhooks may lead into the provider's own network."
    )
    anchor_file: Path | None = Field(
        default=None, description="Where the trail's daily checkpoint is written; best on another machine's disk."
    )
    database_connections: int = Field(
        default=5, ge=1, le=50, description="Connections to the database of each process; more wait for one."
    )
    concurrent_runs: int = Field(default=8, ge=1, le=64, description="Flow runs a worker runs at once.")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"“{value}” is not a time zone. Try Europe/London.")
        return value

    @field_validator("database_url", "prefect_database_url")
    @classmethod
    def _for_asyncpg(cls, value: str | None) -> str | None:
        """Accept addresses as PostgreSQL's own tools and most providers write them."""
        if not value:
            return None
        scheme, colon, rest = value.partition("://")
        if not colon or scheme.partition("+")[0] not in ("postgres", "postgresql"):
            raise ValueError("it must begin with postgresql://. Followthrough runs on PostgreSQL only.")
        return "postgresql+asyncpg://" + re.sub(r"([?&])sslmode=", r"\1ssl=", rest)

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: str | None) -> str | None:
        if value and not re.match(r"smtp(s|\+starttls)?://([^/]*@)?[^/@]", value):
            raise ValueError(
                "it must look like smtp://host:25, smtps://host:465 or smtp+starttls://user:password@host:587."
            )
        return value or None

    @field_validator("base_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value and not re.match(r"https?://[^/]", value):
            raise ValueError("it must begin with https:// or http://, since links in mails begin with it.")
        return value or None

    @field_validator("mail_from", "reply_to")
    @classmethod
    def _one_address(cls, value: str | None, field: ValidationInfo) -> str | None:
        if not value and field.field_name == "reply_to":
            return None
        if not ONE_ADDRESS.fullmatch(value or ""):
            raise ValueError("it must be one e-mail address and no name, for example actions@example.org.")
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def address(self) -> str:
        """The base of every link, without a slash at its end. Never taken from a request."""
        return (self.base_url or f"http://{self.web_host}:{self.web_port}").rstrip("/")

    @property
    def is_secure(self) -> bool:
        """Whether people reach the pages over TLS; cookies are marked accordingly."""
        return self.address.startswith("https://")

    @property
    def prefect_api_url(self) -> str:
        return f"http://127.0.0.1:{self.prefect_port}/api"

    def prefect_database(self, tracker: str) -> str:
        """Prefect's database: the configured one, or `prefect` beside the tracker's."""
        return self.prefect_database_url or urlsplit(tracker)._replace(path="/prefect").geturl()

    @property
    def evidence_folder(self) -> Path:
        return self.home / "evidence"

    @property
    def anchor_path(self) -> Path:
        """The file of anchors: one signed line a day, outside the database."""
        return self.anchor_file or self.home / "anchors" / "trail.jsonl"

    @property
    def mail_folder(self) -> Path:
        """Where the local mail catcher keeps what it caught."""
        return self.home / "caught-mail"

    @property
    def own_ports(self) -> frozenset[int]:
        """Ports of this installation on this machine; webhooks may not lead there."""
        return frozenset({self.web_port, self.prefect_port, self.catcher_port})

    @property
    def effective_smtp_url(self) -> str:
        """The configured server, or the local catcher."""
        return self.smtp_url or f"smtp://127.0.0.1:{self.catcher_port}"

    @cached_property
    def secret_key(self) -> bytes:
        """256 bits that link tokens are derived from; made on first use, readable by this user only."""
        path = self.home / "secret.key"
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            # Written aside and linked into place: two processes that start together see one whole key.
            with tempfile.NamedTemporaryFile(dir=self.home, prefix=".key") as file:
                file.write(secrets.token_bytes(32))
                file.flush()
                os.fsync(file.fileno())
                with contextlib.suppress(FileExistsError):
                    os.link(file.name, path)
        return path.read_bytes()
