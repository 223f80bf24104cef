"""The description of the API as a page: no script, nothing from another machine."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { border-bottom: 1px solid currentColor; padding: .25rem .75rem .25rem 0; text-align: left;
  vertical-align: top }
code { overflow-wrap: anywhere }
"""


def page(document: Mapping[str, Any], root: str, source: str) -> str:
    """Return the page of an OpenAPI document.

    Args:
        root: where the API is mounted.
        source: address of the document below it.
    """
    head = escape(document["info"]["title"])
    parts = [
        f"<h1>{head}</h1><p>{escape(document['info']['description'])} "
        f"As a document: <a href='{escape(root + source)}'>{escape(root + source)}</a>.</p>"
    ]
    for address, methods in document["paths"].items():
        parts.append(_place(root + address, methods["get"]))
    parts.append("<h2>Answers</h2>")
    for name, schema in document["components"]["schemas"].items():
        parts.append(
            f"<h3 id='{escape(name)}'>{escape(name)}</h3><p>{escape(schema.get('description', ''))}</p>"
        )
        needed = set(schema.get("required", ()))
        rows = (
            (field, _kind(said) + ("" if field in needed else ", may be absent"), said.get("description", ""))
            for field, said in schema.get("properties", {}).items()
        )
        parts.append(_table(("field", "kind", "what it says"), rows))
    return (
        f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>{head}: API</title>"
        f"<meta name='viewport' content='width=device-width'><style>{_STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>"
    )


def _place(address: str, operation: Mapping[str, Any]) -> str:
    answer = operation["responses"].get("200", {}).get("content", {})
    reference = next((said["schema"].get("$ref", "") for said in answer.values()), "").rpartition("/")[2]
    link = f" Answer: <a href='#{escape(reference)}'>{escape(reference)}</a>." if reference else ""
    rows = (
        (each["name"], _kind(each["schema"]), each["description"]) for each in operation.get("parameters", ())
    )
    text = f"<h2><code>GET {escape(address)}</code></h2><p>{escape(operation['summary'])}.{link}</p>"
    return text + (
        _table(("parameter", "kind", "what it means"), rows) if operation.get("parameters") else ""
    )


def _table(heads: tuple[str, str, str], rows: Iterable[tuple[str, str, str]]) -> str:
    head = "".join(f"<th scope='col'>{escape(text)}</th>" for text in heads)
    body = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(kind)}</td><td>{escape(said)}</td></tr>"
        for name, kind, said in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _kind(schema: Mapping[str, Any]) -> str:
    """Return in words what a value may be."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    limits = [f"from {schema['minimum']}" if "minimum" in schema else ""]
    limits += [f"to {schema['maximum']}" if "maximum" in schema else ""]
    return " ".join(filter(None, [str(schema.get("type", "anything")), *limits]))
