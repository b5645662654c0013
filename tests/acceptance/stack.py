"""The whole product as its users have it: real processes on free ports, a mail catcher, and people with browsers."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import psutil

from commands.office import Office, england_and_wales
from db.engine import make_engine
from flows.environment import auth_string
from notifications.catcher import Caught, read_caught
from settings import Settings

ROOT = Path(__file__).parent.parent.parent
T = TypeVar("T")
HIDDEN = re.compile(r'name="(seen)" value="([0-9a-f]{64})"')


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass(slots=True)
class Stack:
    """A running Followthrough."""

    settings: Settings
    supervisor: subprocess.Popen[bytes]
    facts: dict[str, Any]
    mails: dict[str, Caught] = field(default_factory=dict[str, Caught])
    """What was caught and read so far: reading all of it anew at every look would keep a processor busy."""

    def pid_of(self, name: str) -> int:
        return int(self.facts["processes"][name])

    def in_office(self, work: Callable[[Office], Awaitable[T]]) -> T:
        """Look into the tracker, or do what an operator does."""

        async def run() -> T:
            engine = make_engine((self.settings.home / "database.url").read_text().strip(), pool_size=2)
            try:
                return await work(Office(engine, self.settings.secret_key, england_and_wales()))
            finally:
                await engine.dispose()

        return asyncio.run(run())

    def mail_to(self, address: str, words: str, within: float = 20) -> Caught:
        """The newest caught mail to somebody whose subject has these words."""
        return wait_for(lambda: self._caught(address, words), f"a mail to {address} about {words!r}", within)

    def _caught(self, address: str, words: str) -> Caught | None:
        folder = self.settings.mail_folder
        keys = sorted((path.stem for path in folder.glob("*.eml")), reverse=True)  # names sort by arrival
        for key in keys:
            if key not in self.mails and (mail := read_caught(folder, key)):
                self.mails[key] = mail
        found = (self.mails[key] for key in keys if key in self.mails)
        return next((mail for mail in found if address in mail.to and words in mail.subject), None)

    def runs(self) -> list[dict[str, Any]]:
        """Prefect's flow runs, all of them: it tells 200 at once and no more."""
        user, _, password = auth_string(self.settings).partition(":")
        url = f"{self.settings.prefect_api_url}/flow_runs/filter"
        found: list[dict[str, Any]] = []
        while True:
            ask = {"sort": "ID_DESC", "limit": 200, "offset": len(found)}
            page = httpx.post(url, json=ask, auth=(user, password), timeout=20).json()
            found += page
            if len(page) < 200:
                return found

    def run_shows(self, ref: str, state: str, within: float = 30) -> None:
        """Wait until the action's run shows this state."""
        seen: set[str] = set()

        def shown() -> bool:
            states = {run["state_name"] for run in self.runs() if run["name"] == ref}
            seen.update(states)
            return state in states

        try:
            wait_for(shown, f"the run of {ref} to show {state!r}", within)
        except AssertionError as late:
            raise AssertionError(f"{late}; it showed {seen}") from None


class Person:
    """Somebody with a browser: cookies, redirects followed, and the headers a browser sends with a form."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.browser = httpx.Client(
            base_url=stack.settings.address,
            follow_redirects=True,
            timeout=30,
            headers={"Sec-Fetch-Site": "same-origin"},
        )

    def open(self, mail: Caught) -> httpx.Response:
        """Press the link in a mail."""
        link = next(word for word in mail.text.split() if word.startswith(f"{self.stack.settings.address}/"))
        return self.browser.get(link)

    def send(self, path: str, fields: dict[str, Any], files: Any = None) -> httpx.Response:
        """Send a form, with a key of its own."""
        data = {"request_id": str(uuid4())} | fields
        return self.browser.post(path, data=data, files=files)

    def sign_in(self, link: str) -> None:
        """Choose a password by link."""
        answer = self.browser.post(link, data={"password": "correct horse battery staple"})
        assert answer.status_code == 200, answer.text


def hidden(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of a page that a decision is bound to."""
    return dict(HIDDEN.findall(page.text))


def wait_for(look: Callable[[], T | None], what: str, within: float) -> T:
    """Look again and again until there is something."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"Waited {within} s for {what}.")


def start(home: Path) -> Stack:
    """`followthrough up`, as a person starts it."""
    environment = {
        "FOLLOWTHROUGH_HOME": str(home / "data"),
        "FOLLOWTHROUGH_ORGANISATION": "Hartwell Care",
        "FOLLOWTHROUGH_WEB_PORT": str(free_port()),
        "FOLLOWTHROUGH_PREFECT_PORT": str(free_port()),
        "FOLLOWTHROUGH_CATCHER_PORT": str(free_port()),
    }
    command = [sys.executable, "-m", "cli.main", "up", "--json"]
    supervisor = subprocess.Popen(
        command, env={**os.environ, **environment}, cwd=ROOT, stdout=subprocess.PIPE, preexec_fn=_hears_ctrl_c
    )
    assert supervisor.stdout is not None
    lines: list[str] = []
    for line in supervisor.stdout:
        lines.append(line.decode())
        if lines[-1].rstrip() == "}":
            break
    settings = Settings(
        home=home / "data",
        organisation="Hartwell Care",
        web_port=int(environment["FOLLOWTHROUGH_WEB_PORT"]),
        prefect_port=int(environment["FOLLOWTHROUGH_PREFECT_PORT"]),
        catcher_port=int(environment["FOLLOWTHROUGH_CATCHER_PORT"]),
    )
    assert lines, "followthrough up said nothing; see the logs in its home"
    return Stack(settings, supervisor, json.loads("".join(lines)))


def _hears_ctrl_c() -> None:
    """As at a terminal: what a shell starts in the background would ignore it, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def stop(stack: Stack) -> None:
    """Ctrl-C; and nothing is left running."""
    children = psutil.Process(stack.supervisor.pid).children(recursive=True)
    stack.supervisor.send_signal(signal.SIGINT)
    stack.supervisor.wait(60)
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive, f"left running: {alive}"
