"""What checks the wire: it finds what it is there to find."""

import json

import pytest
from openai.types import FileDeleted
from openai.types.chat import ChatCompletion
from openai.types.responses import ResponseStreamEvent

import chat_rules
import messages_rules
import published
import responses_rules
import strict

DELETED = {"id": "file-1", "deleted": True, "object": "file"}
DELTA = {
    "type": "response.output_text.delta",
    "sequence_number": 1,
    "item_id": "msg_1",
    "output_index": 0,
    "content_index": 0,
    "delta": "a",
    "logprobs": [],
}
COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-5.2",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "logprobs": None,
            "message": {"role": "assistant", "content": "hi", "refusal": None},
        }
    ],
}


def found(kind, value):
    return strict.findings(kind, json.dumps(value))


def test_what_is_right_has_no_findings():
    assert found(FileDeleted, DELETED) == set()
    assert found(ResponseStreamEvent, DELTA) == set()
    assert found(ChatCompletion, COMPLETION) == set()


@pytest.mark.parametrize("member", DELETED)
def test_a_missing_member_is_found(member):
    rest = {name: value for name, value in DELETED.items() if name != member}
    assert found(FileDeleted, rest) == {f"FileDeleted {member}: Field required"}


@pytest.mark.parametrize(
    "wrong", [{"deleted": "true"}, {"deleted": 1}, {"id": 7}, {"id": None}, {"object": "files"}]
)
def test_another_type_or_word_is_found(wrong):
    [sentence] = found(FileDeleted, DELETED | wrong)
    assert sentence.startswith(f"FileDeleted {[*wrong][0]}: Input should be")


def test_a_member_nobody_knows_is_found_at_any_depth():
    assert found(FileDeleted, DELETED | {"more": 1}) == {"FileDeleted does not know more"}
    choice = COMPLETION["choices"][0]
    message = choice["message"] | {"odd": 1}
    deep = COMPLETION | {"choices": [choice | {"message": message}]}
    assert found(ChatCompletion, deep) == {"ChatCompletionMessage does not know odd"}


def test_a_member_that_stands_twice_is_found():
    [sentence] = strict.findings(FileDeleted, json.dumps(DELETED)[:-1] + ', "id": "file-2"}')
    assert "twice" in sentence


def test_an_event_is_read_as_what_its_type_names():
    without = {name: value for name, value in DELTA.items() if name != "logprobs"}
    assert found(ResponseStreamEvent, without) == {
        "ResponseTextDeltaEvent logprobs: Field required"
    }
    assert found(ResponseStreamEvent, DELTA | {"type": "response.odd"})


def test_the_published_schemas_find_what_the_types_leave_open():
    schema = published.answer("openai", "post", "/chat/completions")
    assert published.findings("openai", schema, COMPLETION) == set()
    choice = COMPLETION["choices"][0]
    message = {"role": "assistant", "content": "hi"}
    without = COMPLETION | {"choices": [choice | {"message": message}]}
    assert found(ChatCompletion, without) == set()
    assert published.findings("openai", schema, without) == {
        "published choices.N.message: 'refusal' is a required property"
    }


def test_an_event_is_checked_by_the_schema_its_type_names():
    schema = published.answer("openai", "post", "/responses", "text/event-stream")
    assert published.findings("openai", schema, DELTA) == set()
    assert published.findings("openai", schema, DELTA | {"output_index": "0"}) == {
        "published output_index: '0' is not of type 'integer'"
    }


def numbered(*events):
    response = {"id": "resp_1", "output": [], "error": None}
    first, last = {"type": "response.created"}, {"type": "response.completed"}
    told = [first | {"response": response}, *events, last | {"response": response}]
    return [event | {"sequence_number": number} for number, event in enumerate(told)]


MESSAGE = {"id": "msg_1", "type": "message", "status": "completed", "content": []}
ADDED = {"type": "response.output_item.added", "output_index": 0, "item": MESSAGE}
DONE = {"type": "response.output_item.done", "output_index": 0, "item": MESSAGE}


@pytest.mark.parametrize(
    "events",
    [
        numbered()[1:],
        numbered()[:-1],
        numbered(ADDED),
        numbered(DONE),
        numbered(ADDED, DONE),
        numbered(ADDED, DELTA | {"item_id": "msg_2"}, DONE),
        numbered(ADDED, DELTA, DONE),
    ],
)
def test_a_response_stream_that_breaks_a_rule_is_found(events):
    responses_rules.check(numbered())
    with pytest.raises((AssertionError, KeyError)):
        responses_rules.check(events)


def chunk(choice, **more):
    return json.dumps({"id": "c", "choices": [{"index": 0, "finish_reason": None} | choice]} | more)


ROLE = chunk({"delta": {"role": "assistant", "content": ""}})
TEXT = chunk({"delta": {"content": "a"}})
END = chunk({"delta": {}, "finish_reason": "stop"})


@pytest.mark.parametrize(
    "data",
    [
        [ROLE, TEXT, END],
        [TEXT, END, "[DONE]"],
        [ROLE, ROLE, END, "[DONE]"],
        [ROLE, TEXT, "[DONE]"],
        [ROLE, END, END, "[DONE]"],
        [ROLE, END, TEXT, "[DONE]"],
        [ROLE, chunk({"delta": {}, "finish_reason": "stop"}, id="other"), "[DONE]"],
    ],
)
def test_a_chat_stream_that_breaks_a_rule_is_found(data):
    chat_rules.check([ROLE, TEXT, END, "[DONE]"])
    with pytest.raises((AssertionError, KeyError)):
        chat_rules.check(data)


START = {"type": "message_start", "message": {"content": [], "stop_reason": None}}
BLOCK = {
    "type": "content_block_start",
    "index": 0,
    "content_block": {"type": "text", "text": "", "citations": None},
}
MORE = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a"}}
STOP = {"type": "content_block_stop", "index": 0}
ENDING = [
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
    {"type": "message_stop"},
]


@pytest.mark.parametrize(
    "events",
    [
        [BLOCK, MORE, STOP, *ENDING],
        [START, MORE, STOP, *ENDING],
        [START, BLOCK, MORE, *ENDING],
        [START, BLOCK, BLOCK, STOP, *ENDING],
        [START, BLOCK, MORE | {"index": 1}, STOP, *ENDING],
        [START, BLOCK, MORE | {"delta": {"type": "thinking_delta"}}, STOP, *ENDING],
        [START, BLOCK, MORE, STOP, ENDING[0]],
    ],
)
def test_a_message_stream_that_breaks_a_rule_is_found(events):
    messages_rules.check([START, {"type": "ping"}, BLOCK, MORE, STOP, *ENDING])
    with pytest.raises((AssertionError, KeyError, ValueError)):
        messages_rules.check(events)
