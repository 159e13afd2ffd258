"""Reads JSON strictly by the types of a published client, which itself reads anything.

Nothing may be missing, nothing of another type, no name may stand twice, and where a type leaves a
choice, exactly one has to fit. Members that no type knows are found as well.
"""

import functools
import json
import re
import types
import typing

import pydantic
import typing_extensions


def findings(kind, text):
    """What in a JSON text is not as a `kind` says: a sentence each, numbers of lists left out."""
    try:
        value = json.loads(text, object_pairs_hook=_members)
        kind = _narrowed(kind, value)
        adapter(kind).validate_json(text, strict=True)
    except pydantic.ValidationError as error:
        return {_sentence(kind, it) for it in error.errors(include_url=False, include_input=False)}
    except _Twice as error:
        return {f"{_name(kind)}: {error}"}
    return _unknown(kind, value)


@functools.cache
def adapter(kind):
    return pydantic.TypeAdapter(kind)


class _Twice(ValueError):
    """A name stands twice in one object, so that readers disagree about its value."""


def _members(pairs):
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _Twice(f"a member stands twice among {sorted(name for name, _ in pairs)}")
    return members


def _sentence(kind, error):
    place = ".".join("N" if isinstance(step, int) else step for step in error["loc"])
    return re.sub(r"\s+", " ", f"{_name(kind)} {place}: {error['msg']}")


def _name(kind):
    """The name of a type; of a page without what it is a page of."""
    return getattr(kind, "__name__", str(kind)).partition("[")[0]


def _narrowed(kind, value):
    """Of several models the one whose `type` a value names: only its mistakes are told."""
    kind = _bare(kind)
    if not _is_union(kind) or not isinstance(value, dict) or "type" not in value:
        return kind
    named = [it for it in map(_bare, typing.get_args(kind)) if value["type"] in _types_of(it)]
    return named[0] if len(named) == 1 else kind


@functools.cache
def _types_of(model):
    fields = getattr(model, "model_fields", {})
    annotation = fields["type"].annotation if "type" in fields else None
    return typing.get_args(annotation) if typing.get_origin(annotation) is typing.Literal else ()


def _unknown(kind, value):
    kind = _bare(kind)
    if isinstance(value, dict):
        if _is_union(kind):
            return _unknown_in_one_of(kind, value)
        if isinstance(kind, type) and issubclass(kind, pydantic.BaseModel):
            return _unknown_in_model(kind, value)
        if typing.get_origin(kind) is dict:
            return _all(_unknown(typing.get_args(kind)[1], item) for item in value.values())
    if isinstance(value, list):
        inner = _items(kind, value)
        return _all(_unknown(inner, item) for item in value)
    return set()


def _unknown_in_one_of(union, value):
    members = [_narrowed(union, value)]
    if _is_union(members[0]):
        members = [it for it in typing.get_args(union) if _fits(it, value)]
    if len(members) == 1:
        return _unknown(members[0], value)
    return {f"an object with {sorted(value)} may be any of {sorted(map(_name, members))}"}


def _unknown_in_model(model, value):
    known = {field.alias or name: field for name, field in model.model_fields.items()}
    unknown = {f"{_name(model)} does not know {name}" for name in value.keys() - known.keys()}
    inside = (_unknown(known[name].annotation, value[name]) for name in value.keys() & known.keys())
    return unknown | _all(inside)


def _items(kind, value):
    """What the items of a list are."""
    if _is_union(kind):
        lists = [it for it in map(_bare, typing.get_args(kind)) if typing.get_origin(it) is list]
        kind = next(it for it in lists if _fits(it, value))
    return typing.get_args(kind)[0] if typing.get_origin(kind) is list else typing.Any


def _fits(kind, value):
    try:
        adapter(kind).validate_json(json.dumps(value), strict=True)
    except pydantic.ValidationError:
        return False
    return True


def _bare(kind):
    while True:
        if typing.get_origin(kind) is typing.Annotated:
            kind = typing.get_args(kind)[0]
        elif isinstance(kind, typing_extensions.TypeAliasType):
            kind = kind.__value__
        else:
            return kind


def _is_union(kind):
    return typing.get_origin(kind) in (typing.Union, types.UnionType)


def _all(sets):
    return set().union(*sets)
