"""Answers against an OpenAPI 3.0 document, more strictly than it asks for: everything it names must be there, nothing
else, and nothing that it calls deprecated where an app is not told that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

OPTIONAL = {
    *("restrictions", "linked_from", "is_playable", "resume_point", "account_id", "ean", "upc", "isrc"),
    # Search answers the types that were asked for; a playlist has its contents under one name, or they are not told;
    # pages by cursor lack a total.
    *("tracks", "artists", "albums", "playlists", "shows", "episodes", "audiobooks", "items", "item", "track", "total"),
}
"""What the document names and real answers often lack."""


@dataclass
class OpenApi:
    """A document; an app is told what is deprecated or not."""

    document: Mapping[str, Any]
    tells_deprecated: bool
    schemas: dict[str, Any] = field(default_factory=dict)

    def problems(self, path: str, answer: Any) -> list[str]:
        """What is wrong with the answer to a GET of a path, such as "/tracks/{id}"."""
        response = self.document["paths"][path]["get"]["responses"]["200"]
        response = self.document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        return self._problems(response["content"]["application/json"]["schema"], answer)

    def _problems(self, schema: Any, answer: Any) -> list[str]:
        from jsonschema import Draft202012Validator

        whole = {**self._closed(schema), "components": {"schemas": self._components}}
        found = Draft202012Validator(whole).iter_errors(answer)
        return [f"{error.json_path}: {error.message[:300]}" for error in found]

    @cached_property
    def _components(self) -> dict[str, Any]:
        return {name: self._open(schema) for name, schema in self.document["components"]["schemas"].items()}

    def _closed(self, schema: Any) -> dict[str, Any]:
        """The schema of a value, which has nothing that it does not name."""
        made = self._open(schema)
        is_free = schema.get("type", "object") != "object" or (
            schema.get("type") == "object" and not schema.keys() & {"properties", "allOf", "oneOf"}
        )
        return made if is_free or self._is_plain(schema) else {**made, "unevaluatedProperties": False}

    def _is_plain(self, schema: Any) -> bool:
        """Whether it is a number or a text by reference."""
        refs = [part["$ref"] for part in [schema, *schema.get("allOf", [])] if "$ref" in part]
        named = [self.document["components"]["schemas"][ref.rpartition("/")[2]] for ref in refs]
        return any(one.get("type", "object") != "object" for one in named)

    def _open(self, schema: Any) -> dict[str, Any]:
        """The schema in JSON Schema's own words."""
        made: dict[str, Any] = {}
        for word in ("type", "enum", "minimum", "maximum", "$ref"):
            if word in schema:
                made[word] = schema[word]
        if schema.get("nullable"):
            made["type"] = [made["type"], "null"]
        if "items" in schema:
            made["items"] = self._closed(schema["items"])
        if "oneOf" in schema:
            made["oneOf"] = [self._closed(one) for one in schema["oneOf"]]
        if "allOf" in schema:
            made["allOf"] = [self._open(one) for one in schema["allOf"]]
        if "properties" in schema:
            told = {
                name: one
                for name, one in schema["properties"].items()
                if self.tells_deprecated or not one.get("deprecated")
            }
            made["properties"] = {name: self._closed(one) for name, one in told.items()}
            made["required"] = sorted(told.keys() - OPTIONAL)
        return made


def read_document(path: Path) -> Mapping[str, Any]:
    """An OpenAPI document, `.yml.zst`."""
    import pytest

    yaml, zstd = pytest.importorskip("yaml"), pytest.importorskip("backports.zstd")
    with zstd.open(path) as file:
        document: Mapping[str, Any] = yaml.load(file.read(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return document
