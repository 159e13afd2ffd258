"""What is kept for a caller, and what is around the answers: responses, conversations, models,
files, pictures and sound.
"""

import json
import time
from typing import Literal

import anthropic.types
import published
import responses_rules
from anthropic.pagination import SyncPage as AnthropicPage
from case import Case, Piece
from faces import EVENTS, RESPONSES
from openai.pagination import SyncConversationCursorPage, SyncCursorPage, SyncPage
from openai.types import (
    FileDeleted,
    FileObject,
    ImageEditStreamEvent,
    ImageGenStreamEvent,
    ImagesResponse,
    Model,
)
from openai.types.audio import Transcription
from openai.types.conversations import Conversation, ConversationDeletedResource, ConversationItem
from openai.types.responses import ResponseItem

from product import DEADLINE_S, POLL_S
from samples import data_url, png, wav

MODELS = ["web/auto", "codex/gpt-5.2", "platform/gpt-4o"]


def _piece(reply, kind, path, method="get", status=200):
    assert reply.status == status, reply.text
    return Piece(kind, reply.text, schema=published.answer("openai", method, path))


def _listed(wire, id):
    reply = wire.get(f"/v1/responses/{id}/input_items")
    # The client's own page has no place for more than `data` and `has_more`.
    return _piece(reply, SyncCursorPage[ResponseItem], "/responses/{response_id}/input_items")


def _response(reply):
    assert reply.status == 200, reply.text
    return RESPONSES.piece_of_reply(reply)


def _kept(model):
    """A response with a picture and a file, as it is kept with its input, and one after it."""

    def ask(wire):
        content = [
            {"type": "input_text", "text": "simulate:echo seen"},
            {"type": "input_image", "image_url": data_url("image/png", png()), "detail": "low"},
        ]
        if not model.startswith("codex"):
            file = data_url("text/plain", b"words")
            content.append({"type": "input_file", "filename": "a.txt", "file_data": file})
        body = {"model": model, "metadata": {"a": "b"}}
        body["input"] = [{"role": "user", "content": content}]
        first = wire.post("/v1/responses", body)
        pieces = [_response(first)]
        id = first.json()["id"]
        kept = wire.get(f"/v1/responses/{id}")
        assert kept.json() == first.json()
        more = {"model": model, "input": "simulate:echo more", "previous_response_id": id}
        second = wire.post("/v1/responses", more)
        pieces += [_response(kept), _response(second), _listed(wire, id)]
        pieces.append(_listed(wire, second.json()["id"]))
        assert wire.send("DELETE", f"/v1/responses/{id}").status == 200
        return pieces

    return Case(f"kept {model}", ask)


def _with_calls(model):
    """A call and its result as input items."""

    def ask(wire):
        tools = [
            {"type": "function", "name": "weather", "parameters": {"type": "object"}},
            {"type": "custom", "name": "note"},
        ]
        pieces = []
        for script, output in (
            ("call weather {}", "function_call_output"),
            ("custom-call hello", "custom_tool_call_output"),
        ):
            body = {"model": model, "tools": tools}
            first = wire.post("/v1/responses", body | {"input": f"simulate:{script}"})
            [call] = [it for it in first.json()["output"] if "call_id" in it]
            result = {"type": output, "call_id": call["call_id"], "output": "done"}
            more = {"input": [result], "previous_response_id": first.json()["id"]}
            second = wire.post("/v1/responses", body | more)
            pieces += [_response(first), _response(second)]
            pieces.append(_listed(wire, second.json()["id"]))
        return pieces

    return Case(f"kept calls {model}", ask)


def _in_background(model):
    def ask(wire):
        body = {"model": model, "background": True}
        queued = wire.post("/v1/responses", body | {"input": "simulate:reasoning"})
        pieces = [_response(queued)]
        assert queued.json()["status"] == "queued"
        path = f"/v1/responses/{queued.json()['id']}"
        deadline = time.monotonic() + DEADLINE_S
        while (reply := wire.get(path)).json()["status"] != "completed":
            assert time.monotonic() < deadline, reply.text
            time.sleep(POLL_S)
        pieces.append(_response(reply))
        streamed = wire.post("/v1/responses", body | {"input": "simulate:plain", "stream": True})
        events = [json.loads(data) for _, data in streamed.events]
        responses_rules.check(events)
        pieces += RESPONSES.pieces_of_stream(streamed)
        path = f"/v1/responses/{events[0]['response']['id']}"
        again = wire.get(path, params={"stream": "true", "starting_after": "2"})
        assert [json.loads(data) for _, data in again.events] == events[3:]
        return pieces

    return Case(f"background {model}", ask)


def _cancelled(model):
    def ask(wire):
        body = {"model": model, "background": True, "input": "simulate:stall-mid", "stream": True}
        id = json.loads(wire.first_data("/v1/responses", body))["response"]["id"]
        cancelled = wire.post(f"/v1/responses/{id}/cancel")
        assert cancelled.json()["status"] == "cancelled"
        watched = wire.get(f"/v1/responses/{id}", params={"stream": "true"})
        return [_response(cancelled), *RESPONSES.pieces_of_stream(watched)]

    return Case(f"cancelled {model}", ask)


class DeletedConversation(ConversationDeletedResource):
    object: Literal["conversation.deleted"]


def _conversation(model):
    def ask(wire):
        items = [{"type": "message", "role": "user", "content": "hello"}]
        made = wire.post("/v1/conversations", {"items": items, "metadata": {"a": "b"}})
        pieces = [_piece(made, Conversation, "/conversations", "post")]
        id = made.json()["id"]
        one = "/conversations/{conversation_id}"
        answer = wire.post(
            "/v1/responses",
            {"model": model, "input": "simulate:reasoning", "conversation": id},
        )
        pieces.append(_response(answer))
        changed = wire.post(f"/v1/conversations/{id}", {"metadata": {"a": "c"}})
        pieces.append(_piece(changed, Conversation, one, "post"))
        pieces.append(_piece(wire.get(f"/v1/conversations/{id}"), Conversation, one))
        page = SyncConversationCursorPage[ConversationItem]
        path = f"/v1/conversations/{id}/items"
        added = wire.post(path, {"items": [{"role": "user", "content": "more"}]})
        pieces.append(_piece(added, page, f"{one}/items", "post"))
        listed = wire.get(path)
        pieces.append(_piece(listed, page, f"{one}/items"))
        item = listed.json()["data"][0]["id"]
        pieces.append(
            _piece(wire.get(f"{path}/{item}"), ConversationItem, f"{one}/items/{{item_id}}")
        )
        left = wire.send("DELETE", f"{path}/{item}")
        pieces.append(_piece(left, Conversation, f"{one}/items/{{item_id}}", "delete"))
        gone = wire.send("DELETE", f"/v1/conversations/{id}")
        return [*pieces, _piece(gone, DeletedConversation, one, "delete")]

    return Case(f"conversation {model}", ask)


def _models(wire):
    listed = wire.get("/v1/models")
    pieces = [_piece(listed, SyncPage[Model], "/models")]
    id = listed.json()["data"][0]["id"]
    return [*pieces, _piece(wire.get(f"/v1/models/{id}"), Model, "/models/{model}")]


def _models_of_anthropic(wire):
    headers = {"anthropic-version": "2023-06-01"}
    listed = wire.get("/v1/models", headers=headers)
    id = listed.json()["data"][0]["id"]
    one = wire.get(f"/v1/models/{id}", headers=headers)

    def piece(reply, kind, path):
        schema = published.answer("anthropic", "get", path)
        return Piece(kind, reply.text, "anthropic", schema)

    page = AnthropicPage[anthropic.types.ModelInfo]
    return [
        piece(listed, page, "/v1/models"),
        piece(one, anthropic.types.ModelInfo, "/v1/models/{model_id}"),
    ]


def _count(wire):
    body = {
        "model": "claude-sonnet-5-5",
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "hello"}],
        "tools": [{"name": "weather", "input_schema": {"type": "object"}}],
    }
    path = "/v1/messages/count_tokens"
    schema = published.answer("anthropic", "post", path)
    counted = wire.post(path, body).text
    return [Piece(anthropic.types.MessageTokensCount, counted, "anthropic", schema)]


def _files(wire):
    expiring = {"expires_after[anchor]": "created_at", "expires_after[seconds]": "3600"}
    made = [
        wire.post("/v1/files", files={"file": ("a.txt", b"words")}, data=data)
        for data in ({"purpose": "user_data"}, {"purpose": "assistants"} | expiring)
    ]
    listed = [wire.get("/v1/files"), wire.get("/v1/files", params={"purpose": "vision"})]
    id = made[0].json()["id"]
    one = "/files/{file_id}"
    return [
        *(_piece(reply, FileObject, "/files", "post") for reply in made),
        *(_piece(reply, SyncCursorPage[FileObject], "/files") for reply in listed),
        _piece(wire.get(f"/v1/files/{id}"), FileObject, one),
        _piece(wire.send("DELETE", f"/v1/files/{id}"), FileDeleted, one, "delete"),
    ]


def _pictures(wire):
    path = "/images/generations"
    asked = {"model": "gpt-image-1", "prompt": "simulate:image-partial"}
    pieces = [
        _piece(wire.post(f"/v1{path}", asked | more), ImagesResponse, path, "post")
        for more in ({}, {"response_format": "url"}, {"n": 2})
    ]
    previews = {"stream": True, "partial_images": 2}
    streamed = wire.post(f"/v1{path}", asked | previews)
    schema = published.answer("openai", "post", path, EVENTS)
    pieces += _events(streamed, ImageGenStreamEvent, schema)
    path = "/images/edits"
    form = {"files": {"image": ("a.png", png(), "image/png")}}
    edited = wire.post(f"/v1{path}", data=asked, **form)
    pieces.append(_piece(edited, ImagesResponse, path, "post"))
    data = asked | {"stream": "true", "partial_images": "2"}
    schema = published.answer("openai", "post", path, EVENTS)
    streamed = wire.post(f"/v1{path}", data=data, **form)
    return pieces + _events(streamed, ImageEditStreamEvent, schema)


def _events(reply, kind, schema):
    assert all(name == json.loads(data)["type"] for name, data in reply.events)
    return [Piece(kind, data, schema=schema) for _, data in reply.events]


def _recordings(wire):
    path = "/audio/transcriptions"
    file = {"file": ("a.wav", wav("words"), "audio/wav")}
    reply = wire.post(f"/v1{path}", files=file, data={"model": "whisper-1"})
    return [_piece(reply, Transcription, path, "post")]


CASES = [
    *map(_kept, MODELS),
    *map(_with_calls, MODELS[1:]),
    *map(_in_background, MODELS),
    *map(_cancelled, MODELS),
    *map(_conversation, MODELS),
    Case("models", _models),
    Case("models of Anthropic", _models_of_anthropic),
    Case("counted tokens", _count),
    Case("files", _files),
    Case("pictures", _pictures),
    Case("recordings", _recordings),
]
