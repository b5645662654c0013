"""Drafting the next version of a pathway. Two people may work on one draft; no save is ever lost."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import yaml

from commands.office import Office
from commands.pathway_yaml import LONGEST, Fault, NotAPathway, read_pathway
from commands.pathways import MAY_DRAFT, SHIPPED, check_may_publish, publish_in
from db.ids import new_id
from db.pathway_drafts import Save, current, end_draft, insert_draft, insert_save, load_saves, lock_draft
from db.pathways import load_version
from db.people import roles_of
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import Actor
from domain.errors import Invalid, NotAllowed, NotFound, Refused
from domain.pathways import Pathway

_KEY = re.compile(r"[a-z][a-z0-9-]{0,39}")


class ChangedMeanwhile(Refused):
    """Somebody saved this draft after you opened it. Look at what they wrote, then publish."""

    code = "changed-meanwhile"


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a save. `theirs` is the draft as it stands where somebody else had saved before."""

    revision: int | None
    theirs: Save | None = None


async def start_draft(office: Office, actor: Actor, key: str, request_id: UUID, now: datetime) -> None:
    """Begin the next version of a published pathway from its newest one. A draft that is there stays as it is."""
    async with transaction(office.engine, actor, now, request_id) as tx:
        await _check_may_draft(tx, office)
        newest = await load_version(tx.connection, key)
        if newest is None:
            raise NotFound(f"There is no pathway “{key}”.")
        text = renumbered(newest.source or as_yaml(newest.pathway), newest.pathway, newest.pathway.version + 1)
        await _start(tx, key, text, request_id)


async def start_new(office: Office, actor: Actor, key: str, title: str, request_id: UUID, now: datetime) -> None:
    """Begin a pathway that is not there yet, from the general one. Raises Invalid for a key that can't be."""
    fields: dict[str, str] = {}
    if not _KEY.fullmatch(key):
        fields["key"] = "Write a short name in small letters, digits and hyphens, for example falls-prevention."
    if not 3 <= len(title) <= 120:
        fields["title"] = "Write what people read, for example Falls prevention."
    if fields:
        raise Invalid(fields)
    async with transaction(office.engine, actor, now, request_id) as tx:
        await _check_may_draft(tx, office)
        if await load_version(tx.connection, key) is not None:
            raise Invalid({"key": f"There is a pathway “{key}” already. Draft its next version."})
        general = (SHIPPED / "general.yaml").read_text(encoding="utf-8")
        named = re.sub(r"(?m)^key:.*$", f"key: {key}", general, count=1)
        # As JSON writes it, so that a colon or a quote in a title stays part of the title.
        quoted = json.dumps(title, ensure_ascii=False)
        await _start(tx, key, re.sub(r"(?m)^title:.*$", lambda _: f"title: {quoted}", named, count=1), request_id)


async def save_draft(
    office: Office, actor: Actor, key: str, text: str, seen: int, request_id: UUID, now: datetime
) -> Saved:
    """Save a draft that was opened at revision `seen`.

    What comes after somebody else's save is kept beside it, and its writer is told: `revision` is None then.
    """
    if len(text) > LONGEST:
        raise Invalid({"text": f"This is too long for a pathway: keep it under {LONGEST:,} characters."})
    async with transaction(office.engine, actor, now, request_id) as tx:
        await _check_may_draft(tx, office)
        return await _save(tx, key, text, seen, request_id)


async def discard_draft(office: Office, actor: Actor, key: str, seen: int, now: datetime) -> None:
    """Give a draft up. What was written stays in the database, and on no page. Sent twice, it is gone once."""
    async with transaction(office.engine, actor, now) as tx:
        await _check_may_draft(tx, office)
        draft_id = await lock_draft(tx.connection, key)
        if draft_id is None:
            return
        _check_seen(current(await load_saves(tx.connection, key)), seen)
        await end_draft(tx.connection, draft_id, "discarded", now)
        tx.record(Entry("pathway draft discarded", "pathway", draft_id, words={"pathway": key}))


async def publish_draft(
    office: Office, actor: Actor, key: str, text: str, seen: int, request_id: UUID, now: datetime
) -> Pathway:
    """Save and publish a draft as the next version. Raises NotAPathway, or ChangedMeanwhile with nothing published."""
    async with transaction(office.engine, actor, now, request_id) as tx:
        await check_may_publish(tx, office)
        draft_id = await lock_draft(tx.connection, key)
        if draft_id is None:
            return await _published_before(tx, key, text)
        _check_seen(current(await load_saves(tx.connection, key)), seen)
        pathway = read_pathway(text)
        if pathway.key != key:
            raise NotAPathway([Fault(1, "key", f"This is a draft of “{key}”; it can’t be published as another.")])
        await _check_next(tx, pathway, text)
        await _save(tx, key, text, seen, request_id)
        await publish_in(tx, pathway, text)
        await end_draft(tx.connection, draft_id, "published", now)
        return pathway


async def _published_before(tx: Transaction, key: str, text: str) -> Pathway:
    """What this very form published when it was sent first."""
    newest = await load_version(tx.connection, key)
    if newest is None or newest.source != text:
        raise NotFound(f"There is no draft of “{key}” any more. Somebody has published or discarded it.")
    return newest.pathway


async def _check_next(tx: Transaction, pathway: Pathway, text: str) -> None:
    """The number must be the next; where somebody published meanwhile, they are told before they overwrite it."""
    newest = await load_version(tx.connection, pathway.key)
    due = newest.pathway.version + 1 if newest else 1
    if pathway.version == due:
        return
    line = next((n for n, found in enumerate(text.splitlines(), 1) if found.startswith("version:")), 1)
    words = f"The next version is {due}. Look at what version {due - 1} changed, then write {due} here."
    raise NotAPathway([Fault(line, "version", words)])


async def _start(tx: Transaction, key: str, text: str, request_id: UUID) -> None:
    draft_id = new_id()
    values = {"id": draft_id, "key": key, "started_by": tx.actor.known, "started_at": tx.now}
    if not await insert_draft(tx.connection, values):
        return
    await insert_save(tx.connection, _row(tx, draft_id, 1, text, request_id))
    tx.record(Entry("pathway draft started", "pathway", draft_id, words={"pathway": key}))


async def _save(tx: Transaction, key: str, text: str, seen: int, request_id: UUID) -> Saved:
    draft_id = await lock_draft(tx.connection, key)
    if draft_id is None:
        raise NotFound(f"There is no draft of “{key}” any more. Somebody has published or discarded it.")
    saves = await load_saves(tx.connection, key)
    now = current(saves)
    assert now is not None
    again = next((save for save in saves if save.request_id == request_id), None)
    if again is not None:
        return Saved(again.revision, None if again.revision else now)
    if now.text == text:
        return Saved(now.revision)
    revision = seen + 1 if now.revision == seen else None
    await insert_save(tx.connection, _row(tx, draft_id, revision, text, request_id))
    words = {"pathway": key, "revision": revision or "kept beside the draft"}
    tx.record(Entry("pathway draft saved", "pathway", draft_id, words=words))
    return Saved(revision, None if revision else now)


def _row(tx: Transaction, draft_id: UUID, revision: int | None, text: str, request_id: UUID) -> dict[str, object]:
    return {
        "id": new_id(),
        "draft_id": draft_id,
        "revision": revision,
        "text": text,
        "saved_by": tx.actor.known,
        "saved_at": tx.now,
        "request_id": request_id,
    }


def _check_seen(now: Save | None, seen: int) -> None:
    if now is not None and now.revision != seen:
        raise ChangedMeanwhile


async def _check_may_draft(tx: Transaction, office: Office) -> None:
    held = await roles_of(tx.connection, tx.actor.known, office.calendar.day_of(tx.now))
    if not any(role in MAY_DRAFT for role, _ in held):
        raise NotAllowed


def as_yaml(pathway: Pathway) -> str:
    """A pathway as text to edit; what says nothing is left out."""
    said = _filled(pathway.model_dump(mode="json"))
    first = {name: said.pop(name) for name in ("key", "version", "title")}
    return yaml.safe_dump(first | said, sort_keys=False, allow_unicode=True, width=100)


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        known: dict[str, Any] = {name: _filled(inner) for name, inner in value.items()}
        return {name: inner for name, inner in known.items() if inner not in (None, [], {})}
    return [_filled(inner) for inner in value] if isinstance(value, list) else value


def renumbered(text: str, pathway: Pathway, version: int) -> str:
    """The same text with another version number, comments kept."""
    changed, count = re.subn(r"(?m)^version:[ \t]*\d+", f"version: {version}", text, count=1)
    return changed if count else as_yaml(pathway.model_copy(update={"version": version}))
