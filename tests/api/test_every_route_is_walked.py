"""No page is forgotten: each route stands in the walk of who sees what, or is named here with where it is shown."""

from fastapi.routing import APIRoute
from starlette.routing import Match

from api.app import PAGES
from tests.api.test_who_sees_what import DECISIONS, OF_THE_HOME, REFUSED, WALK

ROUTES = [route for page in PAGES for route in page.router.routes if isinstance(route, APIRoute)]
WALKED = {
    "GET": [pattern for pattern, *_ in (*WALK, *DECISIONS, *((one,) for one in OF_THE_HOME))],
    "POST": [pattern for pattern, *_ in REFUSED],
}
ELSEWHERE = {
    # For whoever holds a link or is nobody yet: tests/api/test_owner_pages.py and test_signing_in.py.
    *("GET /", "GET /do/{token}", "POST /do/{token}/renew", "GET /welcome/{token}", "POST /welcome/{token}"),
    *("POST /sign-in", "POST /sign-out", "GET /password", "POST /password"),
    # For everybody where mail is caught, and for nobody elsewhere: test_caught_mail.py.
    *("GET /caught-mail", "GET /caught-mail/{key}", "POST /caught-mail/now"),
    # Their writer's or sender's alone, whoever that is: test_defining.py, test_imported.py and test_people_pages.py.
    *("GET /define/{draft_id}", "POST /define/{draft_id}", "POST /define/{draft_id}/hints"),
    *("GET /define/{draft_id}/{page}", "POST /define/{draft_id}/{page}"),
    *("GET /import/{key}", "POST /import/{key}", "GET /people/import/{key}", "POST /people/import/{key}"),
    # For what the furnished house has none of: test_people_pages.py and test_reviews.py.
    *("GET /steps/{key}/support", "POST /steps/{key}/support", "POST /reviews/{key}/answer"),
}


def reached(method: str, path: str) -> str | None:
    """The route that answers: the first that fits, as the application tries them."""
    asked = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    return next((f"{method} {route.path}" for route in ROUTES if route.matches(asked)[0] is Match.FULL), None)


def test_every_route_is_walked_or_named() -> None:
    every = {f"{method} {route.path}" for route in ROUTES for method in (route.methods or set()) - {"HEAD"}}
    walked = {reached(method, pattern) for method, patterns in WALKED.items() for pattern in patterns}
    assert every - walked - ELSEWHERE == set(), "not walked in test_who_sees_what.py"
    assert ELSEWHERE - every == set(), "there is no such route any more"
    assert ELSEWHERE & walked == set(), "walked by now, so it need not be named"
