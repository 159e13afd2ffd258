"""Answers by a schema, refusals and retries, as the OpenAI client's helpers show them."""

from typing import Literal

import openai
import pytest
from pydantic import BaseModel, ConfigDict

from chat import ask, user

MODEL = "codex/gpt-5.2"


class Address(BaseModel):
    city: str
    number: int | None


class Person(BaseModel):
    name: str
    age: int
    mood: Literal["calm", "wild"]
    addresses: list[Address]


class Weather(BaseModel):
    """Says the weather of a city."""

    model_config = ConfigDict(extra="forbid")
    city: str
    days: int


def test_an_answer_is_parsed_into_a_model(client):
    completion = client.chat.completions.parse(
        model=MODEL, messages=user("a person"), response_format=Person
    )
    message = completion.choices[0].message
    assert isinstance(message.parsed, Person)
    assert message.parsed.mood == "calm"
    assert Person.model_validate_json(message.content) == message.parsed


def test_a_streamed_answer_is_parsed_into_a_model(client):
    with client.chat.completions.stream(
        model=MODEL, messages=user("a person"), response_format=Person
    ) as stream:
        kinds = [event.type for event in stream]
        message = stream.get_final_completion().choices[0].message
    assert "content.delta" in kinds and "content.done" in kinds
    assert isinstance(message.parsed, Person)


def test_the_arguments_of_a_call_are_parsed_into_a_model(client):
    completion = client.chat.completions.parse(
        model=MODEL,
        messages=user('simulate:call Weather {"city":"Oslo","days":3}'),
        tools=[openai.pydantic_function_tool(Weather)],
    )
    [call] = completion.choices[0].message.tool_calls
    assert call.function.parsed_arguments == Weather(city="Oslo", days=3)


def test_a_refusal_is_where_the_client_looks_for_it(client):
    whole = client.chat.completions.parse(
        model=MODEL, messages=user("simulate:refusal"), response_format=Person
    )
    with client.chat.completions.stream(
        model=MODEL, messages=user("simulate:refusal"), response_format=Person
    ) as stream:
        kinds = [event.type for event in stream]
        streamed = stream.get_final_completion()
    assert "refusal.delta" in kinds and "refusal.done" in kinds
    for completion in (whole, streamed):
        message = completion.choices[0].message
        assert message.refusal
        assert message.parsed is None
        assert not message.content
    assert whole.choices[0].message.refusal == streamed.choices[0].message.refusal


def test_thoughts_are_beside_the_text(client):
    message = ask(client, MODEL, "simulate:reasoning", reasoning_effort="high").choices[0].message
    assert message.reasoning_content
    assert message.content


def test_an_answer_that_is_cut_says_so(client):
    with pytest.raises(openai.LengthFinishReasonError) as caught:
        client.chat.completions.parse(
            model=MODEL, messages=user("simulate:max-tokens"), response_format=Person
        )
    assert caught.value.completion.choices[0].finish_reason == "length"


def test_an_unknown_model_of_a_driver_is_not_found(client):
    with pytest.raises(openai.NotFoundError) as caught:
        ask(client, "codex/no-such-model", "hello")
    assert caught.value.code == "model_not_found"


@pytest.mark.parametrize(
    "form",
    [{"type": "json_schema"}, {"type": "json_schema", "json_schema": "words"}, {"type": "x"}],
)
def test_a_form_that_is_none_is_refused_and_named(client, form):
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, MODEL, "hello", response_format=form)
    assert caught.value.param.startswith("response_format")


@pytest.mark.parametrize("stream", [False, True])
def test_a_plan_that_is_used_up_is_a_rate_limit_with_a_time(own_client, stream):
    with pytest.raises(openai.RateLimitError) as caught:
        ask(own_client, MODEL, "simulate:usage-limit", stream=stream)
    assert int(caught.value.response.headers["retry-after"]) > 0
    assert caught.value.code


@pytest.mark.parametrize("stream", [False, True])
def test_a_prompt_that_is_too_long_for_the_model_is_the_callers_mistake(own_client, stream):
    with pytest.raises(openai.APIStatusError) as caught:
        ask(own_client, MODEL, "simulate:context-length", stream=stream)
    assert caught.value.code == "context_length_exceeded"
    assert caught.value.status_code in (400, 413)


def test_the_client_retries_what_may_be_retried_and_nothing_else(own_product):
    seen = []
    with own_product.client(max_retries=1) as client:
        client._client.event_hooks = {"response": [lambda it: seen.append(it.status_code)]}
        with pytest.raises(openai.BadRequestError):
            ask(client, MODEL, "hello", n=9)
        assert seen == [400]
        seen.clear()
        with pytest.raises(openai.InternalServerError):
            ask(client, MODEL, "simulate:server-error")
    assert len(seen) == 2 and all(status >= 500 for status in seen)


def test_a_failure_that_happens_once_is_not_seen_by_the_caller(own_client):
    completion = ask(own_client, MODEL, "simulate:server-error-once simulate:echo hi")
    assert "hi" in completion.choices[0].message.content
