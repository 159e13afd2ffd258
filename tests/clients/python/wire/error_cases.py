"""Errors of every class on every face: as the reply, and as the end of a stream that had begun."""

import json

from answer_cases import CODEX, PLATFORM, WEB
from case import Case
from faces import CHAT, MESSAGES, RESPONSES

FACES = (CHAT, RESPONSES, MESSAGES)

# What upstream refuses a request with, and the status a caller sees.
REFUSED = [
    (WEB, "too-long", {413, 400}),
    (WEB, "internal-error", {502}),
    (WEB, "overloaded", {503, 529}),
    (CODEX, "context-length", {413, 400}),
    (CODEX, "server-overloaded", {503, 529}),
    (CODEX, "server-error", {502}),
    (PLATFORM, "server-error", {502}),
]

# The same of what leaves its mark on the account.
MARKED = [
    (WEB, "unusual-activity", {403}),
    (WEB, "model-cap", {429}),
    (CODEX, "usage-limit", {429}),
    (CODEX, "error-deactivated", {503}),
    (PLATFORM, "rate-limit-exceeded", {429}),
    (PLATFORM, "invalid-key", {503}),
]

BROKEN = [
    (WEB, "truncated"),
    (CODEX, "failed-mid"),
    (CODEX, "error-event"),
    (CODEX, "truncated"),
    (PLATFORM, "failed-mid"),
    (PLATFORM, "truncated"),
]


def _refused(face, model, script, statuses):
    def ask(wire):
        body = face.body(model, f"simulate:{script}", {})
        replies = [wire.post(face.path, body | {"stream": stream}) for stream in (False, True)]
        assert replies[0].status in statuses, replies[0].text
        assert all(reply.status >= 400 for reply in replies)
        return [face.piece_of_error(reply.text) for reply in replies]

    return Case(f"{face.path} {model} refused: {script}", ask)


def _marked(model, script, statuses):
    """The first face sees what upstream says, the others perhaps what the gateway remembers."""

    def ask(wire):
        pieces = []
        for face in FACES:
            body = face.body(model, f"simulate:{script}", {})
            for stream in (False, True):
                reply = wire.post(face.path, body | {"stream": stream})
                assert reply.status in statuses if not pieces else reply.status >= 400, reply.text
                pieces.append(face.piece_of_error(reply.text))
        return pieces

    return Case(f"{model} refused: {script}", ask, has_own_product=True)


def _broken(face, model, script):
    def ask(wire):
        body = face.body(model, f"simulate:{script}", {})
        whole = wire.post(face.path, body)
        assert whole.status >= 400, whole.text
        stream = wire.post(face.path, body | {"stream": True})
        assert stream.status == 200
        return [face.piece_of_error(whole.text), *_pieces_of_broken_stream(face, stream)]

    return Case(f"{face.path} {model} broken: {script}", ask)


def _pieces_of_broken_stream(face, stream):
    data = [data for _, data in stream.events]
    assert "[DONE]" not in data
    pieces = face.pieces_of_stream(stream)
    if face is RESPONSES:
        kinds = [json.loads(text)["type"] for text in data]
        assert kinds[-2:] == ["error", "response.failed"]
        return pieces
    if face is MESSAGES:
        assert stream.events[-1][0] == "error"
    return [*pieces[:-1], face.piece_of_error(data[-1])]


def _of_the_request(face):
    def ask(wire):
        good = face.body(WEB, "simulate:echo hi", {})
        wrong = [
            (400, good | {"model": 7}, {}),
            (400, {name: value for name, value in good.items() if name != "model"}, {}),
            (400, good | {"tools": [{"type": "function"}]}, {}),
            (404, good | {"model": "web/no-such-model"}, {}),
            (401, good, {"authorization": "Bearer fg-wrong"}),
        ]
        pieces = []
        for status, body, headers in wrong:
            reply = wire.post(face.path, body, headers=headers)
            assert reply.status == status, reply.text
            pieces.append(face.piece_of_error(reply.text))
        not_json = wire.post(face.path, headers={"content-type": "application/json"})
        not_allowed = wire.send("DELETE", face.path)
        assert (not_json.status, not_allowed.status) == (400, 405)
        return [*pieces, *(face.piece_of_error(it.text) for it in (not_json, not_allowed))]

    return Case(f"{face.path} errors of the request", ask)


def _of_what_is_not_there(wire):
    kept = ["responses/resp_none", "conversations/conv_none", "files/file-none", "models/none"]
    replies = [wire.get(f"/v1/{path}") for path in [*kept, "nothing"]]
    assert {reply.status for reply in replies} == {404}
    return [CHAT.piece_of_error(reply.text) for reply in replies]


CASES = [
    *(_refused(face, *row) for face in FACES for row in REFUSED),
    *(_marked(*row) for row in MARKED),
    *(_broken(face, *row) for face in FACES for row in BROKEN),
    *map(_of_the_request, FACES),
    Case("what is not there", _of_what_is_not_there),
]
