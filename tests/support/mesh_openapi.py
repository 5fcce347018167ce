"""firmware/mesh/openapi.yaml as a judge: is this answer one that the interface allows?"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

DOCUMENT = Path(__file__).parents[2] / "firmware" / "mesh" / "openapi.yaml"
METHODS = ("get", "put", "post", "delete")
_URI = "urn:openapi"


@cache
def document() -> dict[str, Any]:
    """The parsed document."""
    parsed: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text())
    return parsed


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """Every operation by method and path."""
    return {
        (method.upper(), path): item[method]
        for path, item in document()["paths"].items()
        for method in METHODS
        if method in item
    }


@cache
def _registry() -> Registry[Any]:
    empty: Registry[Any] = Registry()
    registry: Registry[Any] = empty.with_resource(_URI, DRAFT202012.create_resource(document()))
    return registry


def _check(schema: dict[str, Any], value: object) -> None:
    """References in the document are local to it, so they are given its name."""
    absolute = json.loads(json.dumps(schema).replace('"#/', f'"{_URI}#/'))
    Draft202012Validator(absolute, registry=_registry()).validate(value)


def check_answer(method: str, path: str, status: int, media_type: str, body: bytes) -> None:
    """Assert that an answer to a request is one of those written down; `path` without query."""
    operation = _operation(method, path)
    if operation is None or str(status) not in operation["responses"]:
        assert status >= 400, (method, path, status)
        assert media_type == "application/problem+json", (method, path, status, media_type)
        _check({"$ref": "#/components/schemas/Problem"}, json.loads(body))
        assert json.loads(body)["status"] == status
        return
    content = operation["responses"][str(status)].get("content", {})
    assert (media_type in content) if content else not body, (method, path, status, media_type)
    if schema := content.get(media_type, {}).get("schema"):
        _check(schema, json.loads(body))


def check_request(method: str, path: str, value: object) -> None:
    """Assert that a JSON request body is what the interface asks for."""
    operation = _operation(method, path)
    assert operation is not None
    body = operation["requestBody"]
    if "$ref" in body:
        body = document()["components"]["requestBodies"][body["$ref"].rpartition("/")[2]]
    _check(body["content"]["application/json"]["schema"], value)


def _operation(method: str, path: str) -> dict[str, Any] | None:
    for (known, template), operation in operations().items():
        if known == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            return operation
    return None
