"""The Responses API and its conversations, with the stock client, checked against its models."""

import asyncio
import typing

import openai
import pydantic
import pytest
from openai.types.conversations import Conversation, ConversationItem
from openai.types.responses import Response, ResponseItem, ResponseStreamEvent

EVENT = pydantic.TypeAdapter(ResponseStreamEvent)
ITEM = pydantic.TypeAdapter(ResponseItem)
CONVERSATION_ITEM = pydantic.TypeAdapter(ConversationItem)

SCRIPTS = ["plain", "reasoning", "search", "code-plot", "image", "canvas-update", "memory"]


def check(adapter, thing):
    """Fails unless the model takes what was said, with nothing missing and all of its type."""
    adapter.validate_python(thing.model_dump(mode="json", by_alias=True, exclude_unset=True))


def check_response(response):
    said = response.model_dump(mode="json", by_alias=True, exclude_unset=True)
    Response.model_validate(said)
    missing = [
        name
        for name, field in Response.model_fields.items()
        if field.is_required() and name not in said
    ]
    assert not missing


def ask(client, model, prompt, **more):
    return client.responses.create(model=model, input=f"simulate:{prompt}", **more)


def test_a_whole_answer_fits_the_model(client, model):
    response = ask(client, model, "echo hello there")
    assert response.output_text == "hello there"
    assert response.status == "completed"
    assert response.usage.total_tokens > 0
    check_response(response)


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_event_fits_the_model(client, model, script):
    events = list(ask(client, model, script, stream=True))
    for number, event in enumerate(events):
        check(EVENT, event)
        assert event.sequence_number == number
    assert events[0].type == "response.created"
    assert events[-1].type == "response.completed"
    check_response(events[-1].response)


def test_the_helper_for_streams_puts_the_answer_together(client, model):
    with client.responses.stream(model=model, input="simulate:echo one two") as stream:
        pieces = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert "".join(pieces) == "one two" == final.output_text


def test_the_helper_for_formats_is_refused_by_name_where_the_driver_has_none(client):
    class Answer(pydantic.BaseModel):
        city: str

    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.parse(model="web/auto", input="hi", text_format=Answer)
    assert refused.value.param == "text"


def test_a_response_is_retrieved_listed_and_deleted(client, model):
    first = ask(client, model, "echo kept")
    assert client.responses.retrieve(first.id).output_text == "kept"
    second = ask(client, model, "echo second", previous_response_id=first.id)
    assert second.previous_response_id == first.id
    items = list(client.responses.input_items.list(first.id))
    for item in items:
        check(ITEM, item)
    assert items[0].content[0].text == "simulate:echo kept"
    client.responses.delete(first.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(first.id)
    with pytest.raises(openai.NotFoundError) as unknown:
        ask(client, model, "echo x", previous_response_id=first.id)
    assert unknown.value.code == "previous_response_not_found"


def test_a_response_in_the_background_is_watched_again_and_cancelled(client, model):
    stream = ask(client, model, "long", background=True, stream=True)
    seen = []
    for event in stream:
        seen.append(event)
        if event.sequence_number == 3:
            break
    stream.close()
    id = seen[0].response.id
    rest = list(client.responses.retrieve(id, stream=True, starting_after=3))
    assert rest[0].sequence_number == 4
    assert rest[-1].type == "response.completed"
    for event in seen + rest:
        check(EVENT, event)
    assert client.responses.retrieve(id).output_text == rest[-1].response.output_text
    running = ask(client, model, "stall-mid", background=True)
    assert running.status == "queued"
    check_response(running)
    cancelled = client.responses.cancel(running.id)
    assert cancelled.status == "cancelled"
    check_response(cancelled)


def test_a_conversation_is_made_used_changed_and_deleted(client, model):
    conversation = client.conversations.create(
        items=[{"type": "message", "role": "user", "content": "hello"}],
        metadata={"topic": "demo"},
    )
    check(pydantic.TypeAdapter(Conversation), conversation)
    response = ask(client, model, "echo fine", conversation=conversation.id)
    check_response(response)
    assert response.conversation.id == conversation.id
    items = list(client.conversations.items.list(conversation.id, order="asc", limit=2))
    assert len(items) == 3
    for item in items:
        check(CONVERSATION_ITEM, item)
    page = client.conversations.items.create(
        conversation.id, items=[{"role": "user", "content": [{"type": "input_text", "text": "x"}]}]
    )
    item = client.conversations.items.retrieve(page.data[0].id, conversation_id=conversation.id)
    assert item.content[0].text == "x"
    client.conversations.items.delete(item.id, conversation_id=conversation.id)
    changed = client.conversations.update(conversation.id, metadata={"topic": "other"})
    assert changed.metadata == {"topic": "other"}
    assert client.conversations.retrieve(conversation.id).metadata == changed.metadata
    assert client.conversations.delete(conversation.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.conversations.retrieve(conversation.id)


def test_the_async_client_reads_the_same(product, model):
    async def read() -> typing.Any:
        async with product.async_client() as client:
            stream = await client.responses.create(
                model=model, input="simulate:echo same", stream=True
            )
            return [event async for event in stream]

    events = asyncio.run(read())
    assert events[-1].response.output_text == "same"
