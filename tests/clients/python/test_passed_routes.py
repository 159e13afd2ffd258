"""Routes that are handed through to a server with an API of its own, with the stock client."""

import openai
import pytest


def test_without_a_key_of_such_a_server_the_driver_is_named(product_with):
    product = product_with(LOG_LEVEL="warn")
    with product.client() as client, pytest.raises(openai.NotFoundError) as caught:
        client.embeddings.create(model="text-embedding-3-small", input="hello")
    assert caught.value.code == "unsupported_route"
    assert caught.value.body["drivers"] == ["platform"]
