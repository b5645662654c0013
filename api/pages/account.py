"""Signing in and out, and choosing a password from a link."""

from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.background import BackgroundTask

from api.errors import status_of
from api.identity import forget_session, remember_session, session_token
from api.office import front_of
from api.pages.reading import read_form, typed_in
from api.pages.showing import show
from commands.office import utc_now
from commands.password_links import ask_for_password_link
from commands.sign_in import TRIES_WITHIN, TooManyTries, WrongPassword, choose_password, sign_in, sign_out
from db.links import address_invited
from domain.errors import Invalid
from notifications.links import token_hash

router = APIRouter()


def local(address: str | None) -> str:
    """Where to go after signing in: a path of ours, and nowhere else."""
    parts = urlsplit(address or "")
    is_ours = address is not None and address.startswith("/") and not address.startswith(("//", "/\\"))
    return parts.path if is_ours and not parts.netloc and not parts.scheme else "/"


@router.get("/sign-in")
async def sign_in_page(request: Request, next: str = "/") -> Response:
    """The form."""
    return _page(request, {}, None, next)


def _page(
    request: Request, typed: dict[str, str], errors: dict[str, str] | None, following: str, status: int = 200
) -> Response:
    return show(
        request,
        "sign_in.jinja",
        status=status,
        title="Sign in",
        action="/sign-in",
        with_email=True,
        address=None,
        hint=None,
        button="Sign in",
        next=local(following),
        typed=typed,
        errors=errors,
    )


@router.post("/sign-in")
async def sign_in_post(request: Request) -> Response:
    """Check the password; the address stays typed when it was wrong."""
    front, typed = front_of(request), typed_in(await read_form(request))
    place = request.client.host if request.client else ""
    try:
        signed_in = await sign_in(front.office, typed.get("email", ""), typed.get("password", ""), place, utc_now())
    except (WrongPassword, TooManyTries) as refusal:
        refused = _page(request, typed, {"email": str(refusal)}, typed.get("next", "/"), status_of(refusal))
        if isinstance(refusal, TooManyTries):
            refused.headers["Retry-After"] = str(int(TRIES_WITHIN.total_seconds()))
        return refused
    response = RedirectResponse(local(typed.get("next")), 303)
    remember_session(response, front, signed_in)
    return response


@router.get("/password")
async def password_page(request: Request) -> Response:
    """Ask for a link to choose a password with."""
    return _ask(request)


def _ask(request: Request, errors: dict[str, str] | None = None, asked: str | None = None) -> Response:
    return show(request, "password.jinja", errors=errors, asked=asked)


@router.post("/password")
async def password_post(request: Request) -> Response:
    """Mail the link. What is answered, and how soon, does not tell whether anybody has the address."""
    email = typed_in(await read_form(request)).get("email", "").strip()
    if not email:
        return _ask(request, {"email": "Give the e-mail address that your mail from Followthrough comes to."})
    response = _ask(request, asked=email)
    response.background = BackgroundTask(ask_for_password_link, front_of(request).office, email, utc_now())
    return response


@router.post("/sign-out")
async def sign_out_post(request: Request) -> Response:
    """End the session here and in the database."""
    front, token = front_of(request), session_token(request)
    if token:
        await sign_out(front.office, token)
    response = RedirectResponse("/sign-in", 303)
    forget_session(response, front)
    return response


@router.api_route("/welcome/{token}", methods=["GET", "HEAD"])
async def welcome(request: Request, token: str) -> Response:
    """Choose a password. Looking changes nothing; whether the link still works is found on sending."""
    return await _welcome(request, token, None)


async def _welcome(request: Request, token: str, errors: dict[str, str] | None) -> Response:
    async with front_of(request).office.engine.connect() as connection:
        address = await address_invited(connection, token_hash(token), utc_now())
    return show(
        request,
        "sign_in.jinja",
        title="Choose your password",
        action=f"/welcome/{token}",
        with_email=False,
        address=address,
        hint="At least 12 characters. Three or four words that you can remember do well.",
        button="Choose and sign in",
        next=None,
        errors=errors,
    )


@router.post("/welcome/{token}")
async def welcome_post(request: Request, token: str) -> Response:
    """Set the password and sign in."""
    front, typed = front_of(request), typed_in(await read_form(request))
    try:
        signed_in = await choose_password(front.office, token, typed.get("password", ""), utc_now())
    except Invalid as wrong:
        return await _welcome(request, token, wrong.fields)
    response = RedirectResponse("/", 303)
    remember_session(response, front, signed_in)
    return response
