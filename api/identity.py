"""Who is asking: a signed-in session, or the link of one step.

Opening a link changes nothing: the token is swapped for a cookie that says, under our signature,
which link it stands for and for how long. It opens that link's step and nothing else.
"""

import hmac
import time
from dataclasses import dataclass
from uuid import UUID

from fastapi import Request, Response

from api.office import Front, front_of
from commands.office import utc_now
from commands.sign_in import SignedIn, who_is
from db.people import roles_of
from db.scope import Viewer
from db.session import glance
from domain.actors import Actor
from domain.errors import Refused
from domain.vocabulary import Identified

LINK_COOKIE_FOR = 60 * 60 * 4


class NotSignedIn(Refused):
    """Sign in to see this page."""

    code = "not-signed-in"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person, with what they may see."""

    actor: Actor
    viewer: Viewer


def _name(front: Front, name: str) -> str:
    """`__Host-` binds a cookie to this host over TLS; browsers refuse the prefix on plain HTTP."""
    return f"__Host-{name}" if front.settings.is_secure else f"ft-{name}"


def _set(response: Response, front: Front, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        _name(front, name),
        value,
        max_age=seconds,
        path="/",
        secure=front.settings.is_secure,
        httponly=True,
        samesite="lax",
    )


def remember_session(response: Response, front: Front, signed_in: SignedIn) -> None:
    _set(response, front, "session", signed_in.token, int((signed_in.expires_at - utc_now()).total_seconds()))


def forget_session(response: Response, front: Front) -> None:
    response.delete_cookie(_name(front, "session"), path="/", secure=front.settings.is_secure, httponly=True)


def session_token(request: Request) -> str | None:
    return request.cookies.get(_name(front_of(request), "session"))


async def visitor(request: Request) -> Visitor:
    """The signed-in person; raises NotSignedIn for anybody else."""
    front, token = front_of(request), session_token(request)
    actor = await who_is(front.office, token, utc_now()) if token else None
    if actor is None:
        raise NotSignedIn
    async with glance(front.office.engine) as connection:
        held = await roles_of(connection, actor.known, front.office.calendar.day_of(utc_now()))
    return Visitor(actor, Viewer(actor.known, tuple(held)))


def remember_link(response: Response, front: Front, link_id: UUID, person_id: UUID, step_id: UUID) -> None:
    """Let this browser answer the link's step, as the link's person, for a few hours."""
    value = f"{link_id.hex}.{person_id.hex}.{int(time.time()) + LINK_COOKIE_FOR}"
    signature = _sign(front, value, step_id)
    _set(response, front, f"step-{step_id.hex}", f"{value}.{signature}", LINK_COOKIE_FOR)


def link_in(request: Request, step_id: UUID) -> Actor | None:
    """Whose link this browser may use for a step, by its cookie. Whether it still works the command finds."""
    front = front_of(request)
    value, _, signature = (request.cookies.get(_name(front, f"step-{step_id.hex}")) or "").rpartition(".")
    if not hmac.compare_digest(signature.encode(), _sign(front, value, step_id).encode()):
        return None
    link_id, person_id, until = value.split(".")
    if int(until) < time.time():
        return None
    return Actor(UUID(hex=person_id), Identified.LINK, link_id=UUID(hex=link_id))


def _sign(front: Front, value: str, step_id: UUID) -> str:
    message = f"link-cookie:{step_id.hex}:{value}".encode()
    return hmac.digest(front.office.secret_key, message, "sha256").hex()


async def answering(request: Request, step_id: UUID) -> Actor:
    """Whoever answers this step: the person of its link, or a signed-in one. Rights are checked by the command."""
    return link_in(request, step_id) or (await visitor(request)).actor
