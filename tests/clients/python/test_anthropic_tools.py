"""Tools, thoughts and answers by a schema with Anthropic's own client."""

import json

import anthropic
import pytest
from pydantic import BaseModel

from product import DEADLINE_S

# An answer to this one can only come from the driver that is named.
MODEL = "codex/gpt-5.2"
CITY = "北京 🌍"
CALL = f"simulate:call weather {json.dumps({'city': CITY}, ensure_ascii=False)}"


@pytest.fixture
def claude(product):
    with anthropic.Anthropic(
        base_url=product.base_url.removesuffix("/v1"),
        api_key=product.api_key,
        max_retries=0,
        timeout=DEADLINE_S,
    ) as client:
        yield client


def tool(name, **properties):
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"name": name, "description": f"The {name}.", "input_schema": schema}


TOOLS = [tool("weather", city={"type": "string"}), tool("clock", zone={"type": "string"})]


def asking(prompt, **more):
    return {
        "model": MODEL,
        "max_tokens": 2000,
        "messages": [{"role": "user", "content": prompt}],
    } | more


def uses_of(message):
    return [(it.name, it.input) for it in message.content if it.type == "tool_use"]


def text_of(message):
    return "".join(it.text for it in message.content if it.type == "text")


def answered(request, message, *contents):
    """The request that goes on with what the tools said."""
    uses = [it for it in message.content if it.type == "tool_use"]
    results = [
        {"type": "tool_result", "tool_use_id": use.id, "content": content}
        for use, content in zip(uses, contents, strict=True)
    ]
    turn = [message.to_param(), {"role": "user", "content": results}]
    return request | {"messages": request["messages"] + turn}


@pytest.mark.parametrize("model", [MODEL, "claude-sonnet-5-5"])
def test_a_use_of_a_tool_has_its_input_and_goes_on_with_the_result(claude, model):
    request = asking(CALL, tools=TOOLS) | {"model": model}
    message = claude.messages.create(**request)
    assert message.stop_reason == "tool_use"
    assert uses_of(message) == [("weather", {"city": CITY})]
    told = claude.messages.create(**answered(request, message, "晴"))
    assert told.stop_reason == "end_turn"
    assert text_of(told) == "the tool said: 晴"


def test_the_input_of_a_streamed_use_comes_in_pieces_of_json(claude):
    request = asking(CALL, tools=TOOLS)
    with claude.messages.stream(**request) as stream:
        events = [event for event in stream if event.type == "input_json"]
        message = stream.get_final_message()
    assert json.loads("".join(event.partial_json for event in events)) == {"city": CITY}
    assert events[-1].snapshot == {"city": CITY}
    assert message.stop_reason == "tool_use"
    assert uses_of(message) == [("weather", {"city": CITY})]


def test_two_uses_at_once_are_both_answered(claude):
    request = asking("simulate:calls", tools=TOOLS)
    with claude.messages.stream(**request) as stream:
        message = stream.get_final_message()
    assert [name for name, _ in uses_of(message)] == ["weather", "clock"]
    told = claude.messages.create(**answered(request, message, "sunny", "noon"))
    assert text_of(told) == "the tool said: sunny\nnoon"


def test_parallel_uses_can_be_turned_off(claude):
    choice = {"type": "auto", "disable_parallel_tool_use": True}
    message = claude.messages.create(**asking("simulate:calls", tools=TOOLS, tool_choice=choice))
    assert [name for name, _ in uses_of(message)] == ["weather"]


def test_a_remark_comes_before_the_use(claude):
    prompt = CALL.replace("simulate:call", "simulate:text-call")
    message = claude.messages.create(**asking(prompt, tools=TOOLS))
    assert [it.type for it in message.content] == ["text", "tool_use"]
    assert text_of(message) == "Let me look that up."


def test_a_result_of_several_blocks_and_an_error_reach_the_model(claude):
    request = asking("simulate:calls", tools=TOOLS)
    message = claude.messages.create(**request)
    blocks = [{"type": "text", "text": "sunny"}]
    going_on = answered(request, message, blocks, "no such zone")
    going_on["messages"][-1]["content"][-1]["is_error"] = True
    told = text_of(claude.messages.create(**going_on))
    assert told.startswith("the tool said: sunny\n")
    assert "no such zone" in told


def test_a_loop_of_uses_ends_with_an_answer(claude):
    request = asking("simulate:loop 3", tools=TOOLS)
    for round_number in range(1, 5):
        message = claude.messages.create(**request)
        if message.stop_reason != "tool_use":
            break
        request = answered(request, message, f"result {round_number}")
    assert round_number == 4
    assert text_of(message) == "the tool said: result 3"


# Only the new messages of a conversation are sent where the client thinks that the server holds
# the others; `thread=False` sends them all.
@pytest.mark.parametrize("more", [{}, {"thread": False}], ids=["held", "sent"])
@pytest.mark.parametrize("stream", [False, True])
def test_the_helper_runs_tools_to_the_end(claude, stream, more):
    seen = []

    @anthropic.beta_tool
    def weather(city: str) -> str:
        """Says the weather of a city.

        Args:
            city: Which one.
        """
        seen.append(city)
        return "sunny"

    request = asking(CALL, tools=[weather], stream=stream, **more)
    runner = claude.beta.messages.tool_runner(**request)
    assert text_of(runner.until_done()) == "the tool said: sunny"
    assert seen == [CITY]


def test_a_conversation_that_the_server_is_to_hold_is_not_forgotten(claude):
    thread = claude.beta.messages.thread(
        model=MODEL, max_tokens=2000, unsupported_request_behavior="continue_unthreaded"
    )
    counts = [
        thread.send({"role": "user", "content": f"simulate:echo {text}"}).usage.input_tokens
        for text in ("one", "two", "three")
    ]
    assert counts == sorted(set(counts)), "each turn has more before it"


def test_thoughts_come_as_blocks_and_may_come_back(claude):
    thinking = {"type": "enabled", "budget_tokens": 1024}
    request = asking("simulate:reasoning", thinking=thinking)
    with claude.messages.stream(**request) as stream:
        kinds = {event.type for event in stream}
        message = stream.get_final_message()
    assert {"thinking", "signature", "text"} <= kinds
    [thought, *_] = message.content
    assert thought.type == "thinking" and thought.thinking and thought.signature
    request["messages"] += [
        message.to_param(),
        {"role": "user", "content": "simulate:echo again"},
    ]
    assert text_of(claude.messages.create(**request)) == "again"


def test_an_answer_is_parsed_into_a_model(claude):
    class Person(BaseModel):
        name: str
        age: int

    message = claude.messages.parse(**asking("a person", output_format=Person))
    assert isinstance(message.parsed_output, Person)


def test_a_refusal_is_the_reason_to_stop(claude):
    assert claude.messages.create(**asking("simulate:refusal")).stop_reason == "refusal"


def test_a_result_for_a_use_that_was_never_made_is_refused(claude):
    result = {"type": "tool_result", "tool_use_id": "toolu_never_made", "content": "sunny"}
    request = asking("hi", tools=TOOLS)
    request["messages"] += [
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": [result]},
    ]
    with pytest.raises(anthropic.BadRequestError) as caught:
        claude.messages.create(**request)
    assert caught.value.type == "invalid_request_error"
