"""The text of an answer, whole and streamed, with both clients."""

import asyncio

import pytest

from chat import ask, ask_for_chunks, finish_reasons_of, reasoning_of, text_of, user

TEXT = "你好 🌍 — \"quotes\", \\backslashes\\, naïve café, 👩‍👩‍👧 and\nline ends\n\tand tabs."


def test_a_whole_answer_is_the_text_byte_for_byte(client, model):
    completion = ask(client, model, f"simulate:echo {TEXT}")
    assert completion.choices[0].message.content.encode() == TEXT.encode()
    assert completion.choices[0].message.role == "assistant"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.object == "chat.completion"


def test_a_streamed_answer_is_the_text_byte_for_byte(client, model):
    chunks = ask_for_chunks(client, model, f"simulate:echo {TEXT}")
    assert text_of(chunks).encode() == TEXT.encode()
    assert chunks[0].choices[0].delta.role == "assistant"
    assert finish_reasons_of(chunks) == ["stop"]
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk.id for chunk in chunks}) == 1


def test_the_async_client_reads_the_same_text(product, model):
    async def read():
        async with product.async_client() as client:
            whole = await ask(client, model, f"simulate:echo {TEXT}")
            stream = await ask(client, model, f"simulate:echo {TEXT}", stream=True)
            return whole, [chunk async for chunk in stream]

    whole, chunks = asyncio.run(read())
    assert whole.choices[0].message.content == TEXT
    assert text_of(chunks) == TEXT


@pytest.mark.parametrize("script", ["chinese", "emoji", "code", "long", "reasoning"])
def test_stream_and_whole_answer_agree(client, model, script):
    whole = ask(client, model, f"simulate:{script}").choices[0].message.content
    assert whole
    assert text_of(ask_for_chunks(client, model, f"simulate:{script}")) == whole


def test_a_successful_stream_ends_with_done(product, model):
    assert product.raw_stream(model, "simulate:echo hi").endswith("data: [DONE]\n\n")


def test_reasoning_comes_beside_the_answer(client, model):
    message = ask(client, model, "simulate:reasoning").choices[0].message
    assert message.reasoning_content
    assert message.reasoning_content not in message.content
    assert reasoning_of(ask_for_chunks(client, model, "simulate:reasoning")) == (
        message.reasoning_content
    )


@pytest.mark.parametrize("role", ["system", "developer"])
def test_instructions_and_history_are_taken(client, model, role):
    messages = [
        {"role": role, "content": "Answer briefly."},
        *user("Hello."),
        {"role": "assistant", "content": "Hello, how can I help?"},
        *user("simulate:echo with history"),
    ]
    completion = client.chat.completions.create(model=model, messages=messages)
    assert completion.choices[0].message.content == "with history"


def test_content_may_come_in_parts(client, model):
    parts = [{"type": "text", "text": "simulate:echo in parts"}]
    completion = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": parts}]
    )
    assert completion.choices[0].message.content == "in parts"


def test_a_moderated_answer_says_so(client, model):
    completion = ask(client, model, "simulate:moderation")
    assert completion.choices[0].finish_reason == "content_filter"
    chunks = ask_for_chunks(client, model, "simulate:moderation")
    assert finish_reasons_of(chunks) == ["content_filter"]
