"""Conversations that upstream keeps: their ids, and going on with one."""

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
