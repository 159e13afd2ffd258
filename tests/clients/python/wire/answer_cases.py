"""Answers of every shape: each face, each driver, whole and streamed."""

from case import Case
from faces import CHAT, MESSAGES, RESPONSES

WEB = "web/auto"
CODEX = "codex/gpt-5.2"
PLATFORM = "platform/gpt-4o"

PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
ANTHROPIC_SEARCH = {"type": "web_search_20250305", "name": "web_search"}

# The scripts of ChatGPT's page whose answers are of different shapes.
WEB_SCRIPTS = [
    "plain",
    "emoji",
    "reasoning",
    "reasoning-recap",
    "reasoning-tools",
    "reasoning-old",
    "code",
    "code-file",
    "code-plot",
    "code-error",
    "search",
    "search-emoji",
    "search-late",
    "search-old",
    "image",
    "image-partial",
    "image-old",
    "image-refused",
    "canvas-update",
    "writing-block",
    "memory",
    "gpt-action",
    "file-search",
    "several-messages",
    "audio",
    "unknown-types",
    "odd-deltas",
    "moderation",
    "max-tokens",
    "downgrade",
]

# What the other two drivers play, and what each face asks for to get that shape.
SHAPES = [
    ("plain", {}, {}, {}),
    ("emoji", {}, {}, {}),
    (
        "reasoning",
        {"reasoning_effort": "high"},
        {
            "reasoning": {"effort": "high", "summary": "auto"},
            "include": ["reasoning.encrypted_content"],
        },
        {"thinking": {"type": "enabled", "budget_tokens": 1024}},
    ),
    ("refusal", {}, {}, {}),
    (
        "search",
        {"web_search_options": {}},
        {"tools": [{"type": "web_search"}]},
        {"tools": [ANTHROPIC_SEARCH]},
    ),
    ("image", {}, {}, {}),
    ("max-tokens", {}, {}, {}),
    ("content-filter", {}, {}, {}),
    ("keepalive", {}, {}, {}),
    ("rate-limits-event", {}, {}, {}),
    ("plain simulate:full-output", {}, {}, {}),
]

CALLS = ['call weather {"city": "北京"}', "calls", 'text-call weather {"city": "北京"}']


def _function(name):
    return {"name": name, "parameters": PARAMETERS, "strict": True}


def _tools(face):
    names = ["weather", "clock"]
    if face is CHAT:
        return [{"type": "function", "function": _function(name)} for name in names]
    if face is RESPONSES:
        return [{"type": "function"} | _function(name) for name in names]
    return [{"name": name, "input_schema": PARAMETERS} for name in names]


def _format(face):
    named = {"name": "place", "strict": True, "schema": PARAMETERS}
    if face is CHAT:
        return {"response_format": {"type": "json_schema", "json_schema": named}}
    if face is RESPONSES:
        return {"text": {"format": {"type": "json_schema"} | named}}
    return {"output_config": {"format": {"type": "json_schema", "schema": PARAMETERS}}}


def _custom_tool(face):
    about = {"name": "note"}
    return {"type": "custom"} | ({"custom": about} if face is CHAT else about)


def case(face, model, script, **more):
    """Asks whole and streamed."""

    def ask(wire):
        body = face.body(model, f"simulate:{script}", more)
        whole = wire.post(face.path, body)
        assert whole.status == 200, whole.text
        if face is CHAT:
            body["stream_options"] = {"include_usage": True}
        stream = wire.post(face.path, body | {"stream": True})
        assert stream.status == 200, stream.text
        face.check_stream(stream.events, body)
        return [face.piece_of_reply(whole), *face.pieces_of_stream(stream)]

    options = f" {sorted(more)}" if more else ""
    return Case(f"{face.path} {model} {script}{options}", ask)


def _on_web():
    for face in (CHAT, RESPONSES, MESSAGES):
        yield from (case(face, WEB, script) for script in WEB_SCRIPTS)
        # Emulated, because this driver has no tools of the caller's.
        call = 'emulated-call weather {"city": "北京"}'
        yield case(face, WEB, call, tools=_tools(face))
        yield case(face, WEB, 'json {"city": "北京"}', **_format(face))
    for script in ("code", "search", "canvas-update", "memory", "image"):
        yield case(CHAT, WEB, script, tool_activity="structured")
    yield case(CHAT, WEB, "reasoning", reasoning_format="raw")
    yield case(CHAT, WEB, "plain", history_disabled=False)
    previews = {"type": "image_generation", "partial_images": 2}
    yield case(RESPONSES, WEB, "image-partial", tools=[previews])
    yield case(MESSAGES, WEB, "search", tools=[ANTHROPIC_SEARCH])
    thinking = {"type": "enabled", "budget_tokens": 1024}
    for script in ("reasoning", "reasoning-tools"):
        yield case(MESSAGES, WEB, script, thinking=thinking, tools=[ANTHROPIC_SEARCH])


def _elsewhere(model):
    for script, chat, responses, messages in SHAPES:
        yield case(CHAT, model, script, **chat)
        yield case(RESPONSES, model, script, **responses)
        yield case(MESSAGES, model, script, **messages)
    for face in (CHAT, RESPONSES, MESSAGES):
        yield from (case(face, model, script, tools=_tools(face)) for script in CALLS)
        yield case(face, model, "structured", **_format(face))
    for face in (CHAT, RESPONSES):
        yield case(face, model, "custom-call hello", tools=[_custom_tool(face)])


def _limited(model):
    said = "echo one two three"
    yield case(CHAT, model, said, stop=["three"])
    yield case(CHAT, model, said, max_completion_tokens=1)
    yield case(RESPONSES, model, "markdown", max_output_tokens=16)
    yield case(MESSAGES, model, said, stop_sequences=["three"])
    yield case(MESSAGES, model, said, max_tokens=1)


CASES = [
    *_on_web(),
    *_elsewhere(CODEX),
    *_elsewhere(PLATFORM),
    *_limited(WEB),
    *_limited(CODEX),
    *_limited(PLATFORM),
    case(CHAT, PLATFORM, "echo hi", n=2, logprobs=True, top_logprobs=2),
    case(
        CHAT,
        PLATFORM,
        "echo hi",
        modalities=["text", "audio"],
        audio={"voice": "alloy", "format": "wav"},
    ),
    case(
        RESPONSES,
        CODEX,
        "image",
        tools=[{"type": "image_generation", "partial_images": 2}],
    ),
]
