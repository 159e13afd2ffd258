"""Chats of clients that send all of a chat every time, and what upstream gets of them."""

import json
import urllib.request

import pytest


@pytest.fixture
def product(product_with):
    return product_with(HISTORY_DISABLED="false", DRIVERS="web", LOG_LEVEL="warn")


def upstream(product, conversation_id, change=None):
    """The conversation as upstream has it, or a change of it as its owner makes."""
    request = urllib.request.Request(
        f"{product.simulator_url}/backend-api/conversation/{conversation_id}",
        data=None if change is None else json.dumps(change).encode(),
        headers={
            "authorization": f"Bearer {product.access_token}",
            "content-type": "application/json",
        },
        method="GET" if change is None else "PATCH",
    )
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


def asked(tree):
    """The texts of the user's messages, and which message each hangs on."""
    messages = [node for node in tree["mapping"].values() if node["message"]]
    return {
        node["message"]["content"]["parts"][0]: node["parent"]
        for node in messages
        if node["message"]["author"]["role"] == "user"
    }


def say(client, messages, text):
    """Says something, keeps the answer, and tells whether upstream got only what is new."""
    messages.append({"role": "user", "content": text})
    reply = client.chat.completions.with_raw_response.create(model="auto", messages=messages)
    completion = reply.parse()
    messages.append({"role": "assistant", "content": completion.choices[0].message.content})
    return completion.conversation_id, reply.headers.get("x-flowgpt-continued") == "true"


def test_twenty_turns_are_one_conversation_that_an_edit_branches(product):
    with product.client() as client:
        messages = []
        turns = [say(client, messages, f"simulate:echo turn {turn}") for turn in range(20)]
        assert [is_continued for _, is_continued in turns] == [False] + [True] * 19
        (conversation_id,) = {conversation_id for conversation_id, _ in turns}
        assert product.kept_conversations() == {conversation_id}
        said = asked(upstream(product, conversation_id))
        assert set(said) == {f"simulate:echo turn {turn}" for turn in range(20)}

        edited = messages[:14]
        assert say(client, edited, "simulate:echo another") == (conversation_id, True)
        said = asked(upstream(product, conversation_id))
        assert len(said) == 21
        assert said["simulate:echo another"] == said["simulate:echo turn 7"]


def test_a_conversation_that_is_deleted_upstream_is_told_anew(product):
    with product.client() as client:
        messages = []
        lost, _ = say(client, messages, "simulate:echo one")
        say(client, messages, "simulate:echo two")
        upstream(product, lost, {"is_visible": False})
        found, is_continued = say(client, messages, "simulate:echo three")
        assert found != lost and not is_continued
        assert messages[-1]["content"] == "three"
        assert say(client, messages, "simulate:echo four") == (found, True)
