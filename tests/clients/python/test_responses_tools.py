"""Tools and answers by a schema with the OpenAI client's Responses API."""

import json

import openai
import pytest
from pydantic import BaseModel

MODEL = "codex/gpt-5.2"
CITY = "北京 🌍"
CALL = f"simulate:call weather {json.dumps({'city': CITY}, ensure_ascii=False)}"


class Person(BaseModel):
    name: str
    age: int


def tool(name, **properties):
    parameters = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"type": "function", "name": name, "parameters": parameters, "strict": True}


TOOLS = [tool("weather", city={"type": "string"}), tool("clock", zone={"type": "string"})]


def ask(client, prompt, **more):
    return client.responses.create(model=MODEL, input=prompt, **more)


def calls_of(response):
    return [item for item in response.output if item.type == "function_call"]


def said_by(calls, *outputs):
    return [
        {"type": "function_call_output", "call_id": call.call_id, "output": output}
        for call, output in zip(calls, outputs, strict=True)
    ]


def test_a_call_is_answered_by_going_on_with_the_response(client):
    first = ask(client, CALL, tools=TOOLS)
    [call] = calls_of(first)
    assert (call.name, json.loads(call.arguments)) == ("weather", {"city": CITY})
    told = ask(client, said_by([call], "晴"), tools=TOOLS, previous_response_id=first.id)
    assert told.output_text == "the tool said: 晴"


@pytest.mark.parametrize("store", [False, True])
def test_a_call_is_answered_by_sending_all_items_back(client, store):
    first = ask(client, CALL, tools=TOOLS, store=store, include=["reasoning.encrypted_content"])
    asked = [{"role": "user", "content": CALL}]
    items = [*asked, *first.output, *said_by(calls_of(first), "晴")]
    assert ask(client, items, tools=TOOLS, store=store).output_text == "the tool said: 晴"


def test_the_helper_for_streams_puts_a_call_together(client):
    with client.responses.stream(model=MODEL, input=CALL, tools=TOOLS) as stream:
        events = list(stream)
        response = stream.get_final_response()
    pieces = [it.delta for it in events if it.type == "response.function_call_arguments.delta"]
    assert json.loads("".join(pieces)) == {"city": CITY}
    [call] = calls_of(response)
    assert json.loads(call.arguments) == {"city": CITY}


def test_two_calls_at_once_are_both_answered(client):
    first = ask(client, "simulate:calls", tools=TOOLS)
    calls = calls_of(first)
    assert [call.name for call in calls] == ["weather", "clock"]
    outputs = said_by(calls, "sunny", "noon")
    told = ask(client, outputs, tools=TOOLS, previous_response_id=first.id)
    assert told.output_text == "the tool said: sunny\nnoon"


def test_an_answer_is_parsed_into_a_model(client):
    response = client.responses.parse(model=MODEL, input="a person", text_format=Person)
    assert isinstance(response.output_parsed, Person)


def test_a_streamed_answer_is_parsed_into_a_model(client):
    with client.responses.stream(model=MODEL, input="a person", text_format=Person) as stream:
        assert isinstance(stream.get_final_response().output_parsed, Person)


def test_a_refusal_is_a_part_of_its_own(client):
    response = ask(client, "simulate:refusal")
    [part] = [part for item in response.output if item.type == "message" for part in item.content]
    assert part.type == "refusal" and part.refusal


def test_an_answer_that_is_cut_is_incomplete(client):
    response = ask(client, "simulate:max-tokens")
    assert response.status == "incomplete"
    assert response.incomplete_details.reason == "max_output_tokens"


def test_an_unknown_model_of_a_driver_is_not_found(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.responses.create(model="codex/no-such-model", input="hi")
    assert caught.value.code == "model_not_found"


@pytest.mark.parametrize("stream", [False, True])
def test_a_plan_that_is_used_up_is_a_rate_limit_with_a_time(own_client, stream):
    with pytest.raises(openai.RateLimitError) as caught:
        ask(own_client, "simulate:usage-limit", stream=stream)
    assert int(caught.value.response.headers["retry-after"]) > 0
