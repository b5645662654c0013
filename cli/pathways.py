"""`followthrough pathways`: check a file, publish it, and look at what is published."""

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from cli.drawn import as_text
from cli.flags import ForPrograms
from cli.running import in_office, show
from commands.office import Office, utc_now
from commands.pathway_yaml import NotAPathway, read_pathway
from commands.pathways import publish
from db.pathways import load_version, load_versions
from domain.actors import OPERATOR
from domain.drawing import draw
from domain.errors import NotFound
from domain.pathways import Pathway

app = App(name="pathways")
APathway = Annotated[Path, Parameter(help="The pathway, as .yaml.")]


@app.command
def check(file: APathway, *, json: ForPrograms = False) -> None:
    """Draw the pathway of a file: its steps, roles, deadlines and ladder. A bad file exits with 1 and says where."""
    pathway = _read(file, json)[0]
    if json:
        show({"well": True, **draw(pathway).to_json()})
    else:
        print(as_text(draw(pathway)))


@app.command(name="publish")
def publish_(file: APathway, *, json: ForPrograms = False) -> None:
    """Publish the version that a file holds. Open actions keep the version they are on."""
    pathway, text = _read(file, json)

    async def work(office: Office) -> None:
        await publish(office, OPERATOR, pathway, utc_now(), text, next_only=True)

    in_office(work)
    if json:
        show({"key": pathway.key, "version": pathway.version})
    else:
        print(
            f"{pathway.title}, version {pathway.version}, is published. New actions follow it; open ones keep theirs."
        )


@app.command(name="list")
def list_(*, json: ForPrograms = False) -> None:
    """Every pathway with its versions, and how many open actions follow each."""

    async def work(office: Office) -> list[dict[str, Any]]:
        async with office.engine.connect() as connection:
            return [version.to_json() for version in await load_versions(connection)]

    found = in_office(work)
    if json:
        show(found)
        return
    for one in found:
        print(
            f"{one['key']:<24}  version {one['version']:<3}  {one['open_actions']:>6} open"
            f"  published {one['published_at']:%-d %B %Y}"
        )


@app.command(name="show")
def show_(
    key: Annotated[str, Parameter(help="Which pathway, for example general.")],
    *,
    version: Annotated[int | None, Parameter(help="Which version; the newest where none is named.")] = None,
    json: ForPrograms = False,
) -> None:
    """Draw a published pathway: its newest version, or the one that is named."""

    async def work(office: Office) -> Pathway:
        async with office.engine.connect() as connection:
            found = await load_version(connection, key, version)
        if found is None:
            named = f"version {version} of the pathway “{key}”" if version else f"pathway “{key}”"
            raise NotFound(f"There is no {named}. See “followthrough pathways list”.")
        return found.pathway

    drawing = draw(in_office(work))
    if json:
        show(drawing.to_json())
    else:
        print(as_text(drawing))


def _read(file: APathway, as_json: bool) -> tuple[Pathway, str]:
    """The pathway of a file with its text; ends here, with every fault named, where it is none."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as fault:
        sys.exit(f"followthrough: {file}: {fault.strerror}.")
    except UnicodeDecodeError:
        sys.exit(f"followthrough: {file}: This is no text in UTF-8. Save it as plain text.")
    try:
        return read_pathway(text), text
    except NotAPathway as wrong:
        if as_json:
            show(
                {"well": False, "faults": [{"line": f.line, "place": f.place, "words": f.words} for f in wrong.faults]}
            )
        else:
            print(f"followthrough: {file} is not a pathway yet:\n{wrong}", file=sys.stderr)
        sys.exit(1)
