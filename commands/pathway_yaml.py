"""Reading a pathway from YAML: everything that is wrong is named by its line, its place and its rule."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import ValidationError

from domain.errors import Refused
from domain.fitting import DoesNotFit
from domain.pathway_words import KEY_OF_MAPPING, Loc, say_wrong
from domain.pathways import Pathway

LONGEST = 100_000
Node = yaml.Node | None


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to put right. `place` names where it is, for example “checks › sample › threshold”."""

    line: int
    place: str
    words: str

    def __str__(self) -> str:
        return f"Line {self.line}{', ' if self.place else ''}{self.place}: {self.words}"


class NotAPathway(Refused):
    """This is not a pathway yet. `faults` says line by line what to put right."""

    code = "not-a-pathway"

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


def read_pathway(text: str) -> Pathway:
    """A pathway from YAML; raises NotAPathway with everything that is wrong, in the order of its lines."""
    root, data = _parsed(text)
    faults = list(_said_twice(root, data))
    try:
        pathway = Pathway.model_validate(data)
    except ValidationError as wrong:
        places = [place for error in _told(wrong) for place in _placed(error)]
        faults += [Fault(line_of(root, loc), place_of(data, loc), words) for loc, words in _once(root, places)]
        raise NotAPathway(sorted(set(faults))) from None
    if faults:
        raise NotAPathway(sorted(faults))
    return pathway


def _parsed(text: str) -> tuple[Node, Any]:
    if len(text) > LONGEST:
        raise NotAPathway([Fault(1, "", f"This is too long for a pathway: keep it under {LONGEST:,} characters.")])
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        return root, yaml.safe_load(text)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        raise NotAPathway([Fault(mark.line + 1 if mark else 1, "", _unreadable(wrong.problem or ""))]) from None
    except yaml.reader.ReaderError as wrong:
        line = text.count("\n", 0, wrong.position) + 1
        raise NotAPathway(
            [Fault(line, "", "There is a character here that no text should have. Type it anew.")]
        ) from None
    except (RecursionError, ValueError, TypeError):
        raise NotAPathway([Fault(1, "", "This can’t be read. Start from a pathway that is there already.")]) from None


def _unreadable(problem: str) -> str:
    if "\\t" in problem:
        return "Begin the line with spaces: YAML takes no tabs there."
    hint = "Look at this line and the one before: a colon, a bracket, a quote or the indent is not right."
    return f"{hint} (The reader says: {problem}.)"


def _told(wrong: ValidationError) -> list[dict[str, Any]]:
    """The errors that say something: a list is also called too short when what is in it is wrong."""
    errors: list[dict[str, Any]] = [dict(error) for error in wrong.errors()]
    deeper = {error["loc"][:-1] for error in errors} | {error["loc"][:-2] for error in errors}
    return [error for error in errors if error["type"] != "too_short" or error["loc"] not in deeper]


def _placed(error: dict[str, Any]) -> Iterator[tuple[Loc, str]]:
    """An error with its place; a rule over several fields names the place of each part that breaks it."""
    reason = error.get("ctx", {}).get("error")
    if isinstance(reason, DoesNotFit):
        for misfit in reason.misfits:
            yield (*error["loc"], *misfit.place), misfit.words
    else:
        yield tuple(error["loc"]), say_wrong(error)


def _once(root: Node, places: list[tuple[Loc, str]]) -> list[tuple[Loc, str]]:
    """Each fault under the first of its names: an alias makes one piece of text stand in several places."""
    first: dict[tuple[int, str], tuple[Loc, str]] = {}
    for loc, words in places:
        first.setdefault((id(_found(root, loc)[1]), words), (loc, words))
    return list(first.values())


def line_of(root: Node, loc: Loc) -> int:
    """The line of a place: of its name where it has one, of what it should stand in where it is missing."""
    return _found(root, loc)[0]


def _found(root: Node, loc: Loc) -> tuple[int, Node]:
    """The line of a place, and the piece of text that stands there, or the nearest around it."""
    line, node = _first_line(root), root
    for part in loc:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = _first_line(node)
        elif isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if pair is None:
                break
            line, node = _first_line(pair[0]), pair[1]
    return line, node


def _first_line(node: Node) -> int:
    return 1 if node is None else node.start_mark.line + 1


def place_of(data: Any, loc: Loc) -> str:
    """A place in words: “checks › sample › threshold”, “ladders › low › rung 2”."""
    names: list[str] = []
    for part in loc:
        inner = _inner(data, part)
        if isinstance(part, int):
            key = inner.get("key") if isinstance(inner, dict) else None
            rung = bool(names) and names[0] == "ladders"
            names.append(f"rung {part + 1}" if rung else key if isinstance(key, str) else f"entry {part + 1}")
        elif part != KEY_OF_MAPPING:
            names.append(part)
        data = inner
    return " › ".join(names)


def _inner(data: Any, part: str | int) -> Any:
    try:
        return data[part]
    except (KeyError, IndexError, TypeError):
        return None


def _said_twice(root: Node, data: Any) -> Iterator[Fault]:
    """Names that stand twice in one mapping: YAML would silently take the last."""
    waiting: list[tuple[Node, Loc]] = [(root, ())]
    met: set[int] = set()
    while waiting:
        node, loc = waiting.pop()
        if id(node) in met:
            continue
        met.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += [(inner, (*loc, number)) for number, inner in enumerate(node.value)]
        elif isinstance(node, yaml.MappingNode):
            waiting += [(value, (*loc, str(key.value))) for key, value in node.value]
            for name, line, first in _again(node):
                words = f"This is said twice; the first time in line {first}. Keep one."
                yield Fault(line, place_of(data, (*loc, name)), words)


def _again(node: yaml.MappingNode) -> Iterator[tuple[str, int, int]]:
    """Each name that stands again, with its line and the line where it stood first."""
    first: dict[str, int] = {}
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode):
            line = _first_line(key)
            if key.value in first:
                yield key.value, line, first[key.value]
            first.setdefault(key.value, line)
