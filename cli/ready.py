"""Whether what `up` started answers: it, and not something else that has its port. Standard library only."""

import base64
import contextlib
import errno
import json
import socket
import urllib.request
from typing import Any

from cli.children import Child
from flows import environment
from settings import Settings

PATIENCE = 2.0
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104
GREETING = b"followthrough.invalid"


class PortInUse(Exception):
    """Something else listens on a port that is needed."""


def check_ports(settings: Settings) -> None:
    """Raises `PortInUse`, naming the setting to change."""
    needed = [
        ("FOLLOWTHROUGH_WEB_PORT", settings.web_host, settings.web_port),
        ("FOLLOWTHROUGH_PREFECT_PORT", "127.0.0.1", settings.prefect_port),
    ]
    if settings.smtp_url is None:
        needed.append(("FOLLOWTHROUGH_CATCHER_PORT", "127.0.0.1", settings.catcher_port))
    for setting, host, port in needed:
        _check_port(setting, host, port)


def _check_port(setting: str, host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as why:
            raise PortInUse(_words(why, setting, host, port)) from None


def _words(why: OSError, setting: str, host: str, port: int) -> str:
    if isinstance(why, PermissionError):
        return f"This user may not listen on port {port}. Set {setting} to one above 1023."
    if isinstance(why, socket.gaierror) or why.errno == errno.EADDRNOTAVAIL:
        return f"This machine has no address “{host}”. Set FOLLOWTHROUGH_WEB_HOST to one it has."
    return f"Port {port} is in use. Set {setting} to another one."


def web_answers(settings: Settings, child: Child) -> bool:
    """The page server tells its process number."""
    host = "127.0.0.1" if settings.web_host in EVERYWHERE else settings.web_host
    answer = _ask(f"http://{f'[{host}]' if ':' in host else host}:{settings.web_port}/health")
    return answer is not None and answer.get("pid") == child.pid


def prefect_answers(settings: Settings) -> bool:
    """Only ours takes our credential and refuses everybody else."""
    return _ask_prefect(settings, "/admin/version") is not None


def worker_reports(settings: Settings, child: Child) -> bool:
    """A worker is at work once Prefect has heard of it: the deployments are registered before."""
    ask = {"workers": {"status": {"any_": ["ONLINE"]}}}
    found: list[dict[str, Any]] = _ask_prefect(settings, "/work_pools/followthrough/workers/filter", ask) or []
    return any(worker["name"] == f"{socket.gethostname()}:{child.pid}" for worker in found)


def catcher_answers(settings: Settings) -> bool:
    """Our mail catcher greets with a name of its own."""
    where = ("127.0.0.1", settings.catcher_port)
    with contextlib.suppress(OSError), socket.create_connection(where, timeout=PATIENCE) as opened:
        return GREETING in opened.recv(200)
    return False


def _ask_prefect(settings: Settings, path: str, body: Any = None) -> Any:
    credentials = base64.b64encode(environment.auth_string(settings).encode()).decode()
    return _ask(f"{settings.prefect_api_url}{path}", body, Authorization=f"Basic {credentials}")


def _ask(url: str, body: Any = None, **headers: str) -> Any:
    """What an address of ours answers; None while it does not."""
    sent = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, sent, {"Content-Type": "application/json"} | headers)  # noqa: S310
    # Never by way of a proxy that the environment names: this is the machine itself.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError, ValueError), direct.open(request, timeout=PATIENCE) as answer:
        return json.load(answer)
    return None
