"""Conversations that upstream keeps: their ids, and going on with one."""

import openai
import pytest

from chat import ask, ask_for_chunks, text_of

KEPT = {"history_disabled": False}


def ids_of(chunks, name):
    """The different values that the chunks give for an id, most often one."""
    values = [getattr(chunk, name, None) for chunk in chunks]
    return {value for value in values if value}


def test_a_kept_answer_has_ids(client, model):
    completion = ask(client, model, "simulate:echo one", extra_body=KEPT)
    assert completion.conversation_id
    assert completion.message_id


def test_a_kept_stream_has_ids(client, model):
    chunks = ask_for_chunks(client, model, "simulate:echo one", extra_body=KEPT)
    assert len(ids_of(chunks, "conversation_id")) == 1
    assert len(ids_of(chunks, "message_id")) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_a_conversation_goes_on_where_it_was(client, model, stream):
    first = ask(client, model, "simulate:echo one", extra_body=KEPT)
    place = KEPT | {
        "conversation_id": first.conversation_id,
        "parent_message_id": first.message_id,
    }
    if stream:
        chunks = ask_for_chunks(client, model, "simulate:echo two", extra_body=place)
        assert text_of(chunks) == "two"
        assert ids_of(chunks, "conversation_id") == {first.conversation_id}
        assert ids_of(chunks, "message_id") != {first.message_id}
    else:
        second = ask(client, model, "simulate:echo two", extra_body=place)
        assert second.choices[0].message.content == "two"
        assert second.conversation_id == first.conversation_id
        assert second.message_id != first.message_id


def test_a_temporary_chat_has_no_ids_and_is_not_kept(product_with):
    product = product_with(LOG_LEVEL="warn")
    with product.client() as client:
        kept = ask(client, "auto", "simulate:echo kept", extra_body=KEPT)
        for parameters in ({}, {"extra_body": {"history_disabled": True}}):
            temporary = ask(client, "auto", "simulate:echo gone", **parameters)
            assert not {"conversation_id", "message_id"} & set(temporary.model_extra)
            chunks = ask_for_chunks(client, "auto", "simulate:echo gone", **parameters)
            assert ids_of(chunks, "conversation_id") == set()
    assert product.kept_conversations() == {kept.conversation_id}


def test_a_conversation_may_be_kept_for_a_while(product_with):
    product = product_with(LOG_LEVEL="warn")
    with product.client() as client:
        soon = {"delete_after_minutes": 5}
        completion = ask(client, "auto", "simulate:echo for a while", extra_body=soon)
        assert product.kept_conversations() == {completion.conversation_id}
        place = KEPT | {"conversation_id": completion.conversation_id}
        assert ask(client, "auto", "simulate:echo more", extra_body=place).choices


@pytest.mark.parametrize(
    "parameters",
    [
        {"delete_after_minutes": 0},
        {"delete_after_minutes": 5, "history_disabled": True},
        {"delete_after_minutes": 5, "conversation_id": "3bffff26-9ccd-4c1a-bbfb-803fa5f49ffe"},
    ],
)
def test_a_deletion_that_makes_no_sense_is_refused(client, model, parameters):
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, model, "hello", extra_body=parameters)
    assert caught.value.param == "delete_after_minutes"


def test_nothing_is_deleted_later_with_an_own_token(product_with):
    product = product_with(LOG_LEVEL="warn")
    with product.client(api_key=product.access_token) as client:
        with pytest.raises(openai.BadRequestError) as caught:
            ask(client, "auto", "hello", extra_body={"delete_after_minutes": 5})
    assert caught.value.param == "delete_after_minutes"
    assert product.kept_conversations() == set()
