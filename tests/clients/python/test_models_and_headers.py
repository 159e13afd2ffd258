"""The list of models, and the headers that say what a request really used."""

import openai
import pytest

from chat import ask, user


def test_models_are_listed(client, model):
    models = client.models.list().data
    assert model in [listed.id for listed in models]
    for listed in models:
        assert listed.object == "model"
        assert isinstance(listed.created, int)
        assert listed.owned_by


def test_every_listed_model_can_be_retrieved(client):
    for listed in client.models.list():
        assert client.models.retrieve(listed.id) == listed


def test_an_unknown_model_cannot_be_retrieved(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("no-such-model")
    assert caught.value.code == "model_not_found"


def test_an_answer_names_the_request_the_model_and_the_attempts(client, model):
    raw = client.chat.completions.with_raw_response.create(
        model=model, messages=user("simulate:echo hi")
    )
    assert raw.headers["x-request-id"]
    assert raw.headers["x-flowgpt-model"]
    assert raw.headers["x-flowgpt-attempts"] == "1"
    assert raw.parse().choices[0].message.content == "hi"


def test_a_stream_names_them_too(client, model):
    raw = client.chat.completions.with_raw_response.create(
        model=model, messages=user("simulate:echo hi"), stream=True
    )
    assert raw.headers["content-type"].startswith("text/event-stream")
    assert raw.headers["x-request-id"]
    assert raw.headers["x-flowgpt-model"]
    assert raw.headers["x-flowgpt-attempts"] == "1"
    assert list(raw.parse())


def test_every_request_has_an_id_of_its_own(client, model):
    first = ask(client, model, "simulate:echo hi")
    second = ask(client, model, "simulate:echo hi")
    assert first._request_id
    assert first._request_id != second._request_id
