"""A caller who leaves: upstream stops sending, and the product goes on or ends cleanly."""

import asyncio
import signal

import openai
import pytest

from chat import ask


# Upstream falls silent in mid-answer, so that only leaving can end the stream.
SILENCE = "simulate:stall-mid"


def test_closing_a_stream_closes_it_upstream(own_product, model):
    with own_product.client() as client:
        with ask(client, model, SILENCE, stream=True) as stream:
            for _ in stream:
                break
            own_product.wait_for_open_streams(1)
        own_product.wait_for_open_streams(0)
        assert ask(client, model, "simulate:echo still here").choices


def test_closing_an_async_stream_closes_it_upstream(own_product, model):
    async def leave():
        async with own_product.async_client() as client:
            stream = await ask(client, model, SILENCE, stream=True)
            async for _ in stream:
                break
            own_product.wait_for_open_streams(1)
            await stream.close()
            own_product.wait_for_open_streams(0)

    asyncio.run(leave())


def test_leaving_before_a_whole_answer_closes_it_upstream(own_product, model):
    with own_product.client(timeout=1) as client:
        with pytest.raises(openai.APITimeoutError):
            ask(client, model, SILENCE)
    own_product.wait_for_open_streams(0)


def test_a_stream_that_was_read_is_closed_upstream(own_product, model):
    with own_product.client() as client:
        assert list(ask(client, model, "simulate:long", stream=True))
    own_product.wait_for_open_streams(0)


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_ends_the_product(start_product, with_signal):
    assert start_product().stop(with_signal) == 0
