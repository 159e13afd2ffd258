"""The Responses API over a WebSocket, with the stock client, checked against its models."""

import openai
import pydantic
import pytest
from openai.types.responses import ResponsesServerEvent

EVENT = pydantic.TypeAdapter(ResponsesServerEvent)


def answer(connection):
    """All events up to the end of a response, each checked against the model."""
    events = []
    for event in connection:
        said = event.model_dump(mode="json", by_alias=True, exclude_unset=True)
        EVENT.validate_python(said)
        events.append(event)
        if event.type in {
            "response.completed",
            "response.failed",
            "response.incomplete",
            "error",
        }:
            return events
    raise AssertionError("the connection was closed")


def ask(connection, model, prompt, **more):
    connection.response.create(model=model, input=f"simulate:{prompt}", **more)


@pytest.mark.parametrize("script", ["plain", "reasoning", "search", "image"])
def test_every_event_fits_the_model(client, model, script):
    with client.responses.connect() as connection:
        ask(connection, model, script)
        events = answer(connection)
    assert events[0].type == "response.created"
    assert events[-1].type == "response.completed"
    assert [event.sequence_number for event in events] == list(range(len(events)))


def test_turns_follow_each_other_and_nothing_is_kept(client, model):
    with client.responses.connect() as connection:
        ask(connection, model, "echo one", store=False)
        first = answer(connection)[-1].response
        assert first.output_text == "one"
        ask(
            connection,
            model,
            "echo two",
            store=False,
            previous_response_id=first.id,
        )
        assert answer(connection)[-1].response.output_text == "two"
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(first.id)


def test_lanes_are_told_apart(client, model):
    with client.responses.connect() as connection:
        for lane in ["a", "b"]:
            ask(connection, model, f"echo {lane}", stream_id=lane)
        texts = {}
        for event in connection:
            assert event.stream_id in {"a", "b"}
            if event.type == "response.completed":
                texts[event.stream_id] = event.response.output_text
            if len(texts) == 2:
                break
    assert texts == {"a": "a", "b": "b"}


def test_a_refused_request_leaves_the_connection_open(client, model):
    with client.responses.connect() as connection:
        ask(connection, model, "echo x", previous_response_id="resp_of_nobody")
        refused = answer(connection)[-1]
        assert refused.type == "error"
        assert refused.status == 404
        assert refused.error.code == "previous_response_not_found"
        ask(connection, model, "echo on")
        assert answer(connection)[-1].response.output_text == "on"
