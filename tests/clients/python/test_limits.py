"""What bounds an answer and what it cost: token limits, stop texts, usage."""

import pytest

from chat import ask, ask_for_chunks, finish_reasons_of, text_of

TEXT = "One two three four five six seven eight nine ten, 一二三四五六七八九十 🌍🌏🌎."
WITH_USAGE = {"stream_options": {"include_usage": True}}


def assert_adds_up(usage):
    assert usage.prompt_tokens > 0
    assert usage.completion_tokens > 0
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def test_a_whole_answer_has_usage(client, model):
    assert_adds_up(ask(client, model, f"simulate:echo {TEXT}").usage)


def test_a_stream_has_usage_in_its_last_chunk_when_asked(client, model):
    *chunks, last = ask_for_chunks(client, model, f"simulate:echo {TEXT}", **WITH_USAGE)
    assert last.choices == []
    assert_adds_up(last.usage)
    assert all(chunk.choices and chunk.usage is None for chunk in chunks)
    assert last.usage == ask(client, model, f"simulate:echo {TEXT}").usage


def test_a_stream_has_no_usage_when_not_asked(client, model):
    chunks = ask_for_chunks(client, model, f"simulate:echo {TEXT}")
    assert all(chunk.usage is None for chunk in chunks)


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize("limit", [1, 2, 7])
def test_a_token_limit_is_exact_in_a_whole_answer(client, model, name, limit):
    completion = ask(client, model, f"simulate:echo {TEXT}", **{name: limit})
    choice = completion.choices[0]
    assert choice.finish_reason == "length"
    assert completion.usage.completion_tokens == limit
    assert choice.message.content
    assert TEXT.startswith(choice.message.content)
    assert choice.message.content != TEXT


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_a_token_limit_is_exact_in_a_stream(client, model, limit):
    prompt = f"simulate:echo {TEXT}"
    chunks = ask_for_chunks(client, model, prompt, max_tokens=limit, **WITH_USAGE)
    assert finish_reasons_of(chunks) == ["length"]
    assert chunks[-1].usage.completion_tokens == limit
    whole = ask(client, model, prompt, max_tokens=limit).choices[0].message.content
    assert text_of(chunks) == whole


def test_a_limit_above_the_answer_changes_nothing(client, model):
    choice = ask(client, model, f"simulate:echo {TEXT}", max_tokens=1000).choices[0]
    assert choice.message.content == TEXT
    assert choice.finish_reason == "stop"


@pytest.mark.parametrize("stop", [" five", [" never", " five"], "ive six"])
def test_an_answer_ends_before_a_stop_text(client, model, stop):
    first = stop if isinstance(stop, str) else stop[-1]
    expected = TEXT[: TEXT.index(first)]
    choice = ask(client, model, f"simulate:echo {TEXT}", stop=stop).choices[0]
    assert choice.message.content == expected
    assert choice.finish_reason == "stop"
    chunks = ask_for_chunks(client, model, f"simulate:echo {TEXT}", stop=stop)
    assert text_of(chunks) == expected
    assert finish_reasons_of(chunks) == ["stop"]
