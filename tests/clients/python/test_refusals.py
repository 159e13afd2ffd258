"""Requests that the gateway refuses before it asks upstream, as the client's own errors."""

import asyncio

import openai
import pytest

from chat import ask, user

TOOL = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}
SCHEMA = {"name": "answer", "schema": {"type": "object", "properties": {}}}


def test_a_bad_key_is_an_authentication_error(product, model):
    with product.client(api_key="sk-not-a-key") as client:
        with pytest.raises(openai.AuthenticationError):
            ask(client, model, "hello")
        with pytest.raises(openai.AuthenticationError):
            client.models.list()


def test_the_async_client_raises_the_same(product, model):
    async def ask_with_a_bad_key():
        async with product.async_client(api_key="sk-not-a-key") as client:
            await ask(client, model, "hello")

    with pytest.raises(openai.AuthenticationError):
        asyncio.run(ask_with_a_bad_key())


@pytest.mark.parametrize("stream", [False, True])
def test_an_unknown_model_is_not_found(client, stream):
    with pytest.raises(openai.NotFoundError) as caught:
        ask(client, "no-such-model", "hello", stream=stream)
    assert caught.value.code == "model_not_found"
    assert caught.value.response.headers["x-request-id"]


def test_tools_are_refused_and_named_where_the_driver_has_none(client):
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, "web/auto", "hello", tools=[TOOL])
    assert caught.value.code == "unsupported_parameter"
    assert caught.value.param == "tools"


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("logit_bias", {"1": 5}), ("response_format", {"type": "json_schema", "json_schema": SCHEMA})],
)
def test_what_cannot_be_kept_is_refused_and_named(client, parameter, value):
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, "web/auto", "hello", **{parameter: value})
    assert caught.value.param.startswith(parameter)


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"role": "wizard", "content": "hello"}],
        [{"role": "user"}],
        [{"role": "user", "content": 7}],
        "hello",
    ],
)
def test_bad_messages_are_refused(client, model, messages):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=model, messages=messages)
    assert caught.value.type == "invalid_request_error"


def test_a_refusal_does_not_spoil_the_next_request(client, model):
    with pytest.raises(openai.BadRequestError):
        ask(client, model, "hello", n=9)
    completion = client.chat.completions.create(model=model, messages=user("simulate:echo ok"))
    assert completion.choices[0].message.content == "ok"
