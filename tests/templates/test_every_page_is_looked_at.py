"""No page is left out of the browser: each route that shows one is looked at, or named here with why not."""

from tests.api.test_every_route_is_walked import ROUTES, reached
from tests.templates.looked_at import OWNER_PAGES, PAGES

NO_PAGE = {
    # It leads on, and two give a file.
    *("GET /", "GET /evidence/{evidence_id}", "GET /people.csv"),
}
IN_A_STORY = {
    # Looked at in test_pages_in_chromium.py on the way through a story, since each is its writer's own.
    *("GET /define/{draft_id}", "GET /define/{draft_id}/{page}", "GET /import/{key}", "GET /imports/{batch_id}"),
    "GET /people/import/{key}",
}


def test_every_page_is_looked_at_or_named() -> None:
    every = {f"GET {route.path}" for route in ROUTES if "GET" in (route.methods or ())}
    paths = [path for _, path in PAGES] + [f"/steps/{{{step}-step}}{path}" for step, path in OWNER_PAGES]
    looked_at = {reached("GET", path) for path in paths}
    named = NO_PAGE | IN_A_STORY
    assert every - looked_at - named == set(), "not looked at: add it to tests/templates/looked_at.py"
    assert named - every == set(), "there is no such page any more"
    assert named & looked_at == set(), "looked at by now, so it need not be named"
