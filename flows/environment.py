"""How every Prefect process of ours is set up. Set before Prefect is imported."""

import hmac
import os

from settings import Settings


def auth_string(settings: Settings) -> str:
    """The one credential of the Prefect server, derived from the installation's key."""
    return "followthrough:" + hmac.digest(settings.secret_key, b"prefect", "sha256").hex()[:32]


def client_environment(settings: Settings) -> dict[str, str]:
    """For whatever talks to the Prefect server. What costs and gives nothing on loopback is switched off."""
    return {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_HOME": str((settings.home / "prefect").resolve()),
        "PREFECT_API_URL": settings.prefect_api_url,
        "PREFECT_API_AUTH_STRING": auth_string(settings),
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
        "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
        # Nothing that people write may reach Prefect, its logs included.
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_CLI_PROMPT": "false",
    }


def server_environment(settings: Settings, database_url: str) -> dict[str, str]:
    """For the Prefect server: on PostgreSQL always, since on SQLite it locks up."""
    return {
        **client_environment(settings),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": database_url,
        "PREFECT_SERVER_API_AUTH_STRING": auth_string(settings),
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(settings.prefect_port),
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_EVENT_LOGGER_ENABLED": "false",
        # Its feed of events serves automations, of which there are none; runs and their states are kept elsewhere,
        # and our own record is the trail. Kept, it would cost a tenth of every wake.
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
    }


def apply(environment: dict[str, str]) -> None:
    """Make this process one of ours."""
    os.environ.update(environment)
