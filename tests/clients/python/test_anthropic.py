"""The Messages API with Anthropic's own client: every object and event is what its models say,
without a member missing or unknown.
"""

import base64

import anthropic
import pytest
from anthropic.types import Message, RawMessageStreamEvent
from pydantic import BaseModel, TypeAdapter

from product import DEADLINE_S
from samples import png

MODEL = "claude-sonnet-5-5"

# Optional members of blocks that are for tools of Anthropic's own servers.
NOT_OURS = {"toolset_name"}


@pytest.fixture
def claude(product):
    with client_of(product) as client:
        yield client


def client_of(product, **options):
    defaults = {
        "base_url": product.base_url.removesuffix("/v1"),
        "api_key": product.api_key,
        "max_retries": 0,
        "timeout": DEADLINE_S,
    }
    return anthropic.Anthropic(**(defaults | options))


def asking(prompt, **more):
    return {
        "model": MODEL,
        "max_tokens": 2000,
        "messages": [{"role": "user", "content": prompt}],
    } | more


def whole(value, place="reply"):
    """Fails if a model anywhere inside lacks a member or has one nobody knows."""
    if isinstance(value, BaseModel):
        assert not value.model_extra, f"{place}: unknown {value.model_extra}"
        missing = set(type(value).model_fields) - value.model_fields_set - NOT_OURS
        assert not missing, f"{place}: {type(value).__name__} lacks {missing}"
        for name in value.model_fields_set:
            whole(getattr(value, name), f"{place}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            whole(item, f"{place}[{index}]")


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


@pytest.mark.parametrize("script", ["plain", "reasoning", "reasoning-tools", "search", "code", "image"])
def test_a_whole_answer_is_what_the_models_say(claude, script):
    raw = claude.messages.with_raw_response.create(
        **asking(
            f"simulate:{script}",
            thinking={"type": "enabled", "budget_tokens": 1024},
            tools=[{"type": "web_search_20250305", "name": "web_search"}],
        )
    )
    message = Message.model_validate(raw.http_response.json(), strict=False)
    whole(message)
    assert message.model == MODEL
    assert message.stop_reason == "end_turn"
    assert raw.headers["request-id"]
    assert raw.parse()._request_id == raw.headers["request-id"]


@pytest.mark.parametrize("script", ["plain", "reasoning-tools", "search", "moderation"])
def test_every_event_of_a_stream_is_what_the_models_say(claude, script):
    adapter = TypeAdapter(RawMessageStreamEvent)
    stream = claude.messages.create(
        **asking(
            f"simulate:{script}",
            stream=True,
            thinking={"type": "adaptive"},
            tools=[{"type": "web_search_20250305", "name": "web_search"}],
        )
    )
    kinds = []
    for event in stream:
        whole(adapter.validate_python(event.to_dict(mode="json")), event.type)
        kinds.append(event.type)
    assert kinds[0] == "message_start"
    assert kinds[-2:] == ["message_delta", "message_stop"]


@pytest.mark.parametrize("script", ["plain", "reasoning", "search"])
def test_the_helper_puts_together_what_a_whole_answer_says(claude, script):
    request = asking(f"simulate:{script}", thinking={"type": "enabled", "budget_tokens": 1024})
    with claude.messages.stream(**request) as stream:
        kinds = {event.type for event in stream}
        streamed = stream.get_final_message()
    whole = claude.messages.create(**request)
    assert {"text", "message_start", "content_block_stop", "message_stop"} <= kinds
    assert ("thinking" in kinds) == (script == "reasoning")
    assert ("citation" in kinds) == (script == "search")
    assert streamed.to_dict() | {"id": 0} == whole.to_dict() | {"id": 0}


def test_text_thoughts_and_citations_come_as_helper_events(claude):
    with claude.messages.stream(**asking("simulate:echo one two three")) as stream:
        assert "".join(stream.text_stream) == "one two three"
        assert stream.get_final_text() == "one two three"


def test_a_conversation_goes_on_with_what_came_back(claude):
    request = asking("simulate:reasoning", thinking={"type": "enabled", "budget_tokens": 1024})
    first = claude.messages.create(**request)
    request["messages"] += [
        first.to_param(),
        {"role": "user", "content": "simulate:echo again"},
    ]
    assert text_of(claude.messages.create(**request)) == "again"


def test_limits_end_an_answer(claude):
    prompt = "simulate:echo one two STOP three"
    stopped = claude.messages.create(**asking(prompt, stop_sequences=["STOP"]))
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", "STOP")
    assert text_of(stopped) == "one two "
    cut = claude.messages.create(**asking(prompt, max_tokens=2))
    assert (cut.stop_reason, text_of(cut)) == ("max_tokens", "one two")


def test_a_picture_is_sent_and_counted(claude):
    picture = base64.b64encode(png()).decode()
    content = [
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": picture},
        },
        {"type": "text", "text": "simulate:describe"},
    ]
    message = claude.messages.create(**asking(content))
    assert "image/png" in text_of(message)
    counted = claude.messages.count_tokens(
        model=MODEL, messages=[{"role": "user", "content": content}]
    )
    whole(counted)
    assert counted.input_tokens == message.usage.input_tokens


def test_models_are_listed_and_retrieved(claude):
    page = claude.models.list()
    whole(page.data)
    assert not page.has_next_page()
    for model in page.data[:3]:
        assert claude.models.retrieve(model.id) == model
    assert claude.models.retrieve(MODEL).id == MODEL
    with pytest.raises(anthropic.NotFoundError) as caught:
        claude.models.retrieve("no-such-model")
    assert caught.value.error_code == "model_not_found"


def test_a_token_works_like_a_key(product):
    with client_of(product, api_key=None, auth_token=product.api_key) as client:
        assert text_of(client.messages.create(**asking("simulate:echo hi"))) == "hi"


def test_a_wrong_key_is_told(product):
    with client_of(product, api_key="fg-wrong") as client:
        with pytest.raises(anthropic.AuthenticationError) as caught:
            client.messages.create(**asking("Hi"))
    assert caught.value.type == "authentication_error"
    assert caught.value.request_id


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("script", "error", "kind"),
    [
        ("too-long", anthropic.BadRequestError, "invalid_request_error"),
        ("model-cap", anthropic.RateLimitError, "rate_limit_error"),
        ("unusual-activity", anthropic.PermissionDeniedError, "permission_error"),
        ("internal-error", anthropic.InternalServerError, "api_error"),
        ("overloaded", anthropic.OverloadedError, "overloaded_error"),
    ],
)
def test_failures_are_the_clients_own_errors(own_product, script, error, kind, stream):
    with client_of(own_product) as client:
        with pytest.raises(error) as caught:
            client.messages.create(**asking(f"simulate:{script}", stream=stream))
    assert caught.value.type == kind
    assert caught.value.error_code
    assert caught.value.request_id


def test_a_stream_that_breaks_raises_after_the_text_so_far(own_product):
    with client_of(own_product) as client:
        seen = ""
        with pytest.raises(anthropic.APIStatusError) as caught:
            with client.messages.stream(**asking("simulate:truncated")) as stream:
                for text in stream.text_stream:
                    seen += text
    assert seen
    assert caught.value.body["error"]["details"]["error_code"]


def test_the_place_of_a_mistake_is_named(claude):
    content = [{"type": "text", "text": "Hi"}, {"type": "video"}]
    with pytest.raises(anthropic.BadRequestError) as caught:
        claude.messages.create(**asking(content))
    assert caught.value.api_message.startswith("messages.0.content.1: ")
