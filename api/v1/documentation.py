"""The API's page for people, made from its own description: no script, nothing from elsewhere."""

import json
from typing import Any

from fastapi import APIRouter, Request, Response

from api.pages.showing import show
from api.v1.problems import CODES, MEDIA_TYPE

router = APIRouter(include_in_schema=False)
METHODS = ("get", "post")


@router.get("/docs")
async def documentation(request: Request) -> Response:
    """Every route with its fields, answers and examples."""
    document: dict[str, Any] = request.app.openapi()
    schemas = document["components"]["schemas"]
    routes = [
        _route(path, method, operation, schemas)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
    ]
    groups = list(dict.fromkeys(route["group"] for route in routes))
    return show(
        request,
        "api_docs.jinja",
        here="/api/v1/docs",
        paragraphs=[part.split("`") for part in document["info"]["description"].split("\n\n")],
        version=document["info"]["version"],
        groups=[(group, [route for route in routes if route["group"] == group]) for group in groups],
        codes=[{"code": code, "status": s, "title": t, "words": w} for code, (s, t, w) in CODES.items()],
    )


def _route(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    sent = _resolved(body, schemas) if body else {}
    needed = set(sent.get("required", ()))
    parameters = [
        _field(one["name"], one["schema"] | one, one.get("required", False), schemas) for one in _parameters(operation)
    ]
    return {
        "id": operation["operationId"],
        "group": operation["tags"][0],
        "method": method.upper(),
        "path": "/api/v1" + path,
        "summary": operation["summary"],
        "description": operation.get("description", "").split("\n\n"),
        "parameters": parameters,
        "fields": [_field(name, one, name in needed, schemas) for name, one in sent.get("properties", {}).items()],
        "example": json.dumps(sent["example"], indent=2, ensure_ascii=False) if "example" in sent else None,
        "answer": _answer(operation, schemas),
        "statuses": [{"status": s, "words": a["description"]} for s, a in sorted(operation["responses"].items())],
    }


def _parameters(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return operation.get("parameters", [])


def _answer(operation: dict[str, Any], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    good = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    schema = _resolved(good["content"]["application/json"]["schema"], schemas)
    assert MEDIA_TYPE not in good["content"]
    return [_field(name, one, True, schemas) for name, one in schema.get("properties", {}).items()]


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return schemas[schema["$ref"].rpartition("/")[2]]
    return schema


def _field(name: str, schema: dict[str, Any], needed: bool, schemas: dict[str, Any]) -> dict[str, Any]:
    words = schema.get("description", "").replace("`", "")
    return {"name": name, "needed": needed, "kind": _kind(schema, schemas), "words": words}


def _kind(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    """What a field holds, in a word or two."""
    if "$ref" in schema:
        meant = _resolved(schema, schemas)
        return _kind(meant, schemas) if "enum" in meant else str(meant["title"]).removesuffix("Out").lower()
    if "anyOf" in schema:
        return " or ".join(_kind(one, schemas) for one in schema["anyOf"] if one.get("type") != "null")
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}), schemas)}"
    kind = str(schema.get("format") or schema.get("type", "object"))
    return {"string": "text", "boolean": "true or false", "uuid": "id", "date-time": "time"}.get(kind, kind)
