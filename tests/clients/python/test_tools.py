"""Tools with the OpenAI client: calls whole and streamed, and the way to the final answer.

The model is named with its driver, so that nothing but that driver can answer.
"""

import json

import openai
import pytest

from chat import ask, user

MODEL = "codex/gpt-5.2"
CITY = "北京 🌍"
CALL = f"simulate:call weather {json.dumps({'city': CITY}, ensure_ascii=False)}"


def tool(name, **properties):
    parameters = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    function = {"name": name, "parameters": parameters, "strict": True}
    return {"type": "function", "function": function}


TOOLS = [tool("weather", city={"type": "string"}), tool("clock", zone={"type": "string"})]


def calls_of(completion):
    """What is called, and with which arguments."""
    calls = completion.choices[0].message.tool_calls
    return [(call.function.name, json.loads(call.function.arguments)) for call in calls]


def results(message, *contents):
    """What the tools say to the calls of a message, in their order."""
    return [
        {"role": "tool", "tool_call_id": call.id, "content": content}
        for call, content in zip(message.tool_calls, contents, strict=True)
    ]


@pytest.mark.parametrize("model", [MODEL, "auto"])
def test_a_whole_call_has_its_name_and_arguments(client, model):
    completion = ask(client, model, CALL, tools=TOOLS)
    choice = completion.choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content is None
    assert calls_of(completion) == [("weather", {"city": CITY})]


def test_a_streamed_call_is_put_together_by_the_helper(client):
    with client.chat.completions.stream(model=MODEL, messages=user(CALL), tools=TOOLS) as stream:
        events = list(stream)
        completion = stream.get_final_completion()
    assert completion.choices[0].finish_reason == "tool_calls"
    assert calls_of(completion) == [("weather", {"city": CITY})]
    arguments = "".join(
        event.arguments_delta
        for event in events
        if event.type == "tool_calls.function.arguments.delta"
    )
    assert json.loads(arguments) == {"city": CITY}
    [done] = [event for event in events if event.type == "tool_calls.function.arguments.done"]
    assert (done.name, done.index) == ("weather", 0)
    assert done.parsed_arguments == {"city": CITY}


def test_a_stream_says_the_id_and_the_name_of_a_call_once(client):
    chunks = list(ask(client, MODEL, CALL, tools=TOOLS, stream=True))
    deltas = [
        call
        for chunk in chunks
        for choice in chunk.choices
        for call in choice.delta.tool_calls or []
    ]
    assert deltas[0].id and deltas[0].type == "function"
    assert [call.function.name for call in deltas if call.function.name] == ["weather"]
    assert len([call for call in deltas if call.id]) == 1


def test_two_calls_at_once_have_ids_of_their_own_and_are_both_answered(client):
    messages = user("simulate:calls")
    completion = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS)
    assert [name for name, _ in calls_of(completion)] == ["weather", "clock"]
    message = completion.choices[0].message
    assert len({call.id for call in message.tool_calls}) == 2
    messages += [message, *results(message, "sunny", "noon")]
    told = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS)
    assert told.choices[0].message.content == "the tool said: sunny\nnoon"


def test_two_streamed_calls_are_not_mixed_up(client):
    request = {"model": MODEL, "messages": user("simulate:calls"), "tools": TOOLS}
    with client.chat.completions.stream(**request) as stream:
        streamed = stream.get_final_completion()
    assert calls_of(streamed) == calls_of(client.chat.completions.create(**request))
    assert [name for name, _ in calls_of(streamed)] == ["weather", "clock"]


def test_parallel_calls_can_be_turned_off(client):
    completion = ask(client, MODEL, "simulate:calls", tools=TOOLS, parallel_tool_calls=False)
    assert [name for name, _ in calls_of(completion)] == ["weather"]


def test_a_remark_before_a_call_is_kept(client):
    prompt = CALL.replace("simulate:call", "simulate:text-call")
    whole = ask(client, MODEL, prompt, tools=TOOLS)
    with client.chat.completions.stream(model=MODEL, messages=user(prompt), tools=TOOLS) as stream:
        streamed = stream.get_final_completion()
    for completion in (whole, streamed):
        assert completion.choices[0].message.content == "Let me look that up."
        assert calls_of(completion) == [("weather", {"city": CITY})]


@pytest.mark.parametrize("stream", [False, True])
def test_a_loop_of_calls_ends_with_an_answer(client, stream):
    messages = user("simulate:loop 3")
    for round_number in range(1, 5):
        request = {"model": MODEL, "messages": messages, "tools": TOOLS}
        if stream:
            with client.chat.completions.stream(**request) as events:
                choice = events.get_final_completion().choices[0]
        else:
            choice = client.chat.completions.create(**request).choices[0]
        if choice.finish_reason != "tool_calls":
            break
        messages += [choice.message, *results(choice.message, f"result {round_number}")]
    assert round_number == 4
    assert choice.finish_reason == "stop"
    assert choice.message.content == "the tool said: result 3"


def test_no_tool_is_called_that_the_choice_forbids(client):
    completion = ask(client, MODEL, "simulate:echo hi", tools=TOOLS, tool_choice="none")
    assert completion.choices[0].message.content == "hi"
    assert not completion.choices[0].message.tool_calls


def test_usage_of_a_call_is_said_whole_and_in_a_stream(client):
    whole = ask(client, MODEL, CALL, tools=TOOLS).usage
    assert whole.total_tokens == whole.prompt_tokens + whole.completion_tokens > 0
    options = {"stream_options": {"include_usage": True}}
    *_, last = ask(client, MODEL, CALL, tools=TOOLS, stream=True, **options)
    assert last.choices == []
    assert last.usage == whole


def test_a_result_for_a_call_that_was_never_made_is_refused(client):
    message = {"role": "tool", "tool_call_id": "call_never_made", "content": "sunny"}
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(
            model=MODEL, messages=[*user("hi"), message], tools=TOOLS
        )


def test_a_tool_without_a_name_is_refused_and_its_place_named(client):
    nameless = {"type": "function", "function": {"parameters": {"type": "object"}}}
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, MODEL, "hi", tools=[nameless])
    assert caught.value.type == "invalid_request_error"
    assert caught.value.param.startswith("tools")
