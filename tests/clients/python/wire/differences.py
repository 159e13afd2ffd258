"""Where the product differs from the published types and schemas, and why; nothing else may.

A sentence is what `strict` or `published` finds. One that is not found any more has to go.
"""

# What this product tells beside what OpenAI and Anthropic do. Clients pass over it.
_OURS = {
    "ChatCompletion does not know conversation_id": "the conversation upstream, when it is kept",
    "ChatCompletion does not know message_id": "where that conversation can be gone on from",
    "ChatCompletionChunk does not know conversation_id": "the same, in every chunk",
    "ChatCompletionChunk does not know message_id": "the same, in every chunk",
    "ChatCompletionMessage does not know images": "pictures the model made, as links",
    "ChatCompletionMessage does not know reasoning_content": "thoughts, as many clients read them",
    "ChatCompletionMessage does not know tool_activity": "steps upstream made, when asked for",
    "ChoiceDelta does not know images": "pictures the model made, as links",
    "ChoiceDelta does not know reasoning_content": "thoughts, as many clients read them",
    "ChoiceDelta does not know tool_activity": "steps upstream made, when asked for",
    "CompletionUsage does not know estimated": "whether tokens were counted here",
    "ResponseUsage does not know estimated": "whether tokens were counted here",
    "ImageGenerationCall does not know url": "a link to the picture, beside its bytes",
    "Model does not know capabilities": "what the model can be asked for",
    "Model does not know drivers": "the drivers that have the model",
    "ErrorObject does not know account": "the account that was challenged, by its label",
    "ErrorObject does not know challenge": "what upstream asks for",
    "ErrorObject does not know docs": "where challenges are explained",
    "ErrorObject does not know driver": "the driver that was challenged",
    "ErrorObject does not know egress": "the way out that was challenged",
    "ErrorObject does not know retryable": "whether the same request may work later",
    "ErrorObject does not know resets_at": "when the limit is over",
    "ErrorObject does not know resets_in_seconds": "when the limit is over",
    "ErrorObject does not know upstream_code": "upstream's own word",
}

# Anthropic has `details` in some errors as well, for what programs read.
_DETAILS = {
    f"{kind}Object does not know details": "the error's own word and facts"
    for kind in (
        "APIError",
        "AuthenticationError",
        "InvalidRequestError",
        "NotFoundError",
        "OverloadedError",
        "PermissionError",
        "RateLimitError",
    )
}

# What OpenAI sends as well, though its types or its published document leave it out.
_AS_OPENAI = {
    "Response does not know store": "the reply repeats `store`",
    "ResponseCustomToolCall does not know status": "an item has its status",
    "ResponseFunctionCallArgumentsDoneEvent does not know name": "the published document wants it",
    "ChoiceDelta does not know annotations": "sources come in a stream as in a whole answer",
    "ChoiceDeltaToolCall does not know custom": "calls of custom tools are streamed",
    "ChatCompletionChunk choices.N.delta.tool_calls.N.type: Input should be 'function'": (
        "calls of custom tools are streamed"
    ),
    "published choices.N.delta.tool_calls.N.type: 'custom' is not one of ['function']": (
        "calls of custom tools are streamed"
    ),
    "SyncCursorPage does not know first_id": "lists have it; the client's page reads the last item",
    "SyncCursorPage does not know last_id": "lists have it; the client's page reads the last item",
    "SyncCursorPage does not know object": "lists have it; the client's page reads the last item",
    "SyncConversationCursorPage does not know first_id": "lists have it; the page reads `last_id`",
    "SyncConversationCursorPage does not know object": "lists have it; the page reads `last_id`",
}

# Members the published document has as left out or set; OpenAI's replies, and its client's types,
# have null there.
_NULL = {
    f"published {place}{member}: None is not of type '{kind}'": "null while there is none"
    for place, member, kind in (
        ("", "prompt_cache_key", "string"),
        ("", "safety_identifier", "string"),
        ("", "usage", "object"),
        ("", "user", "string"),
        ("", "text.format.description", "string"),
        ("", "tools.N.description", "string"),
        ("response.", "prompt_cache_key", "string"),
        ("response.", "safety_identifier", "string"),
        ("response.", "usage", "object"),
        ("response.", "user", "string"),
        ("response.", "text.format.description", "string"),
        ("response.", "tools.N.description", "string"),
        ("", "expires_at", "integer"),
        ("", "status_details", "string"),
        ("data.N.", "expires_at", "integer"),
        ("data.N.", "status_details", "string"),
        ("", "first_id", "string"),
        ("", "last_id", "string"),
    )
}

DIFFERENCES = _OURS | _DETAILS | _AS_OPENAI | _NULL
