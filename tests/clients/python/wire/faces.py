"""The three faces that answer: how each is asked, and what its replies and events have to be."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import chat_rules
import messages_rules
import published
import responses_rules
from anthropic.types import ErrorResponse, Message, RawMessageStreamEvent
from case import Piece
from openai import BaseModel
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from openai.types.shared import ErrorObject

EVENTS = "text/event-stream"


class ErrorReply(BaseModel):
    """The body of an error; OpenAI's client has a type for what is inside."""

    error: ErrorObject


@dataclasses.dataclass
class Face:
    vendor: str
    path: str
    whole: Any
    event: Any
    error: Any
    published_whole: dict
    published_event: dict
    check_stream: Callable
    asking: Callable

    def body(self, model, prompt, more):
        return {"model": model} | self.asking(prompt) | more

    def piece_of_reply(self, reply):
        return Piece(self.whole, reply.text, self.vendor, self.published_whole)

    def piece_of_error(self, text):
        return Piece(self.error, text, self.vendor, published.named("ErrorResponse"))

    def pieces_of_stream(self, reply):
        data = [data for _, data in reply.events if data != "[DONE]"]
        return [Piece(self.event, text, self.vendor, self.published_event) for text in data]


def _check_chat(events, body):
    options = body.get("stream_options") or {}
    chat_rules.check([data for _, data in events], options.get("include_usage", False))


def _check_named(check):
    """Checks a stream whose events are named by their type."""

    def checked(events, _):
        told = [json.loads(data) for _, data in events]
        assert [name for name, _ in events] == [event["type"] for event in told]
        check(told)

    return checked


CHAT = Face(
    vendor="openai",
    path="/v1/chat/completions",
    whole=ChatCompletion,
    event=ChatCompletionChunk,
    error=ErrorReply,
    published_whole=published.answer("openai", "post", "/chat/completions"),
    published_event=published.answer("openai", "post", "/chat/completions", EVENTS),
    check_stream=_check_chat,
    asking=lambda prompt: {"messages": [{"role": "user", "content": prompt}]},
)
RESPONSES = Face(
    vendor="openai",
    path="/v1/responses",
    whole=Response,
    event=ResponseStreamEvent,
    error=ErrorReply,
    published_whole=published.answer("openai", "post", "/responses"),
    published_event=published.answer("openai", "post", "/responses", EVENTS),
    check_stream=_check_named(responses_rules.check),
    asking=lambda prompt: {"input": prompt},
)
MESSAGES = Face(
    vendor="anthropic",
    path="/v1/messages",
    whole=Message,
    event=RawMessageStreamEvent,
    error=ErrorResponse,
    published_whole=published.answer("anthropic", "post", "/v1/messages"),
    published_event=published.named("MessageStreamEvent"),
    check_stream=_check_named(messages_rules.check),
    asking=lambda prompt: {
        "max_tokens": 2000,
        "messages": [{"role": "user", "content": prompt}],
    },
)
