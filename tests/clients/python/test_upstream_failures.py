"""What upstream does wrong, as the client's own errors. Each test has a product of
its own, because the gateway remembers what an account was refused.
"""

import asyncio

import openai
import pytest

from chat import ask, text_of


@pytest.mark.parametrize("stream", [False, True])
def test_a_used_up_model_is_a_rate_limit_with_a_time(own_client, model, stream):
    with pytest.raises(openai.RateLimitError) as caught:
        ask(own_client, model, "simulate:model-cap", stream=stream)
    assert int(caught.value.response.headers["retry-after"]) > 0


@pytest.mark.parametrize("stream", [False, True])
def test_a_challenge_is_a_denial_that_says_what_was_asked(own_client, model, stream):
    with pytest.raises(openai.PermissionDeniedError) as caught:
        ask(own_client, model, "simulate:unusual-activity", stream=stream)
    error = caught.value
    assert error.code == "upstream_challenge_required"
    assert error.body["challenge"] == "unusual_activity"
    assert error.body["retryable"] is False
    assert error.response.headers["x-flowgpt-challenge"] == "unusual_activity"
    assert error.response.headers["x-flowgpt-attempts"] == "1"


def test_a_failing_upstream_is_a_server_error(own_client, model):
    with pytest.raises(openai.InternalServerError) as caught:
        ask(own_client, model, "simulate:internal-error")
    assert caught.value.status_code == 502


def test_a_prompt_that_is_too_long_says_so(own_client, model):
    with pytest.raises(openai.APIStatusError) as caught:
        ask(own_client, model, "simulate:too-long")
    assert caught.value.status_code == 413


def test_half_an_answer_is_not_an_answer(own_client, model):
    with pytest.raises(openai.InternalServerError) as caught:
        ask(own_client, model, "simulate:truncated")
    assert caught.value.status_code == 502


def test_a_stream_that_breaks_raises_after_the_text_so_far(own_client, model):
    chunks = []
    with pytest.raises(openai.APIError) as caught:
        for chunk in ask(own_client, model, "simulate:truncated", stream=True):
            chunks.append(chunk)
    assert text_of(chunks)
    assert type(caught.value) is openai.APIError, "the connection broke instead"
    assert caught.value.body["type"]


def test_a_stream_that_breaks_never_says_done(own_product, model):
    body = own_product.raw_stream(model, "simulate:truncated")
    assert '"error"' in body
    assert "[DONE]" not in body
    assert '"finish_reason":"stop"' not in body


def test_the_async_client_raises_inside_the_stream_too(own_product, model):
    async def read():
        async with own_product.async_client() as client:
            async for _ in await ask(client, model, "simulate:truncated", stream=True):
                pass

    with pytest.raises(openai.APIError):
        asyncio.run(read())
