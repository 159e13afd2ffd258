"""How reasoning and the use of tools are shown, as the caller chooses."""

import openai
import pytest

from chat import ask, ask_for_chunks, reasoning_of, text_of

THINKING = [
    "reasoning",
    "reasoning-recap",
    "reasoning-snapshot",
    "reasoning-tools",
    "reasoning-old",
]
THOUGHT = "**Planning the answer**"


def shown_as(format):
    return {"extra_body": {"reasoning_format": format}}


STRUCTURED = {"extra_body": {"tool_activity": "structured"}}


def message_of(client, model, script, **parameters):
    return ask(client, model, f"simulate:{script}", **parameters).choices[0].message


def activity_of(chunks):
    """The items of a stream; a later one replaces an earlier one of the same id."""
    items = {}
    for chunk in chunks:
        for choice in chunk.choices:
            for item in getattr(choice.delta, "tool_activity", None) or []:
                items[item["id"]] = item
    return list(items.values())


def without_ids(items):
    return [
        {name: value for name, value in item.items() if name not in ("id", "document_id")}
        for item in items
    ]


def test_reasoning_is_beside_the_answer_unless_asked_otherwise(client, model):
    unasked = message_of(client, model, "reasoning")
    parsed = message_of(client, model, "reasoning", **shown_as("parsed"))
    assert THOUGHT in unasked.reasoning_content
    assert THOUGHT not in unasked.content
    assert parsed == unasked


def test_raw_reasoning_is_in_the_text(client, model):
    parsed = message_of(client, model, "reasoning")
    raw = message_of(client, model, "reasoning", **shown_as("raw"))
    thoughts, _, answer = raw.content.partition("</think>")
    assert thoughts.removeprefix("<think>").strip() == parsed.reasoning_content.strip()
    assert answer.strip() == parsed.content
    assert "reasoning_content" not in raw.model_extra


def test_hidden_reasoning_is_nowhere(client, model):
    hidden = message_of(client, model, "reasoning", **shown_as("hidden"))
    assert hidden.content == message_of(client, model, "reasoning").content
    assert "reasoning_content" not in hidden.model_extra


@pytest.mark.parametrize("script", THINKING)
@pytest.mark.parametrize("format", ["parsed", "raw", "hidden"])
def test_a_stream_shows_reasoning_the_same_way(client, model, script, format):
    whole = message_of(client, model, script, **shown_as(format))
    chunks = ask_for_chunks(client, model, f"simulate:{script}", **shown_as(format))
    assert text_of(chunks) == whole.content
    assert reasoning_of(chunks) == whole.model_extra.get("reasoning_content", "")


def test_tools_are_shown_in_the_text_unless_asked_otherwise(client, model):
    message = message_of(client, model, "code")
    assert "```python\n" in message.content
    assert "```Output\n385\n```" in message.content
    assert "tool_activity" not in message.model_extra


def test_code_that_was_run_is_beside_the_text(client, model):
    message = message_of(client, model, "code", **STRUCTURED)
    (item,) = message.tool_activity
    assert item["type"] == "code_interpreter_call"
    assert item["status"] == "completed"
    assert item["code"].endswith("print(total)")
    assert item["outputs"] == [{"type": "logs", "logs": "385\n"}]
    assert "```" not in message.content


def test_code_that_failed_says_so(client, model):
    (item,) = message_of(client, model, "code-error", **STRUCTURED).tool_activity
    assert item["status"] == "failed"
    assert "ZeroDivisionError" in item["outputs"][0]["logs"]


def test_a_search_a_picture_a_document_and_a_memory_have_items_of_their_own(client, model):
    def item(script):
        (item,) = message_of(client, model, script, **STRUCTURED).tool_activity
        assert item["status"] == "completed"
        return item

    search = item("search")
    assert search["type"] == "web_search_call"
    assert search["action"] == {"type": "search", "query": "Rhine level Basel"}
    assert item("image")["type"] == "image_generation_call"
    document = item("canvas")
    assert (document["type"], document["action"]) == ("canvas", "create")
    assert document["content"] == '# Day 1\n\nThe sea was calm.\nWe saw "whales".\n'
    memory = item("memory")
    assert (memory["type"], memory["text"]) == ("memory", "User prefers tea to coffee.")


@pytest.mark.parametrize(
    "script",
    ["code", "code-error", "code-file", "search", "image", "canvas", "canvas-update", "memory"],
)
def test_a_stream_tells_of_tools_as_they_are_used(client, model, script):
    whole = message_of(client, model, script, **STRUCTURED)
    chunks = ask_for_chunks(client, model, f"simulate:{script}", **STRUCTURED)
    assert without_ids(activity_of(chunks)) == without_ids(whole.tool_activity)


@pytest.mark.parametrize("script", ["canvas", "writing-block"])
def test_a_document_is_in_the_text_unless_asked_otherwise(client, model, script):
    content = message_of(client, model, script).content
    assert "# Day 1\n\nThe sea was calm." in content
    assert text_of(ask_for_chunks(client, model, f"simulate:{script}")) == content


def test_the_words_of_a_spoken_answer_are_its_text(client, model):
    message = message_of(client, model, "audio")
    assert message.content == "This answer is spoken. It is simulated, and so is the voice."


@pytest.mark.parametrize(
    ("name", "value"), [("reasoning_format", "loud"), ("tool_activity", "xml")]
)
def test_an_unknown_format_is_named(client, model, name, value):
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, model, "hello", extra_body={name: value})
    assert caught.value.param == name


def test_the_operator_chooses_what_happens_unasked(product_with):
    product = product_with(REASONING_FORMAT="raw", TOOL_ACTIVITY="structured")
    with product.client() as client:
        assert message_of(client, "auto", "reasoning").content.startswith("<think>")
        parsed = message_of(client, "auto", "reasoning", **shown_as("parsed"))
        assert THOUGHT in parsed.reasoning_content
        assert message_of(client, "auto", "code").tool_activity
