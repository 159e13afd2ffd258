"""Short ways to ask one thing and to gather a streamed answer."""


def user(text):
    return [{"role": "user", "content": text}]


def ask(client, model, prompt, **parameters):
    """Asks for a whole answer."""
    return client.chat.completions.create(model=model, messages=user(prompt), **parameters)


def ask_for_chunks(client, model, prompt, **parameters):
    """Asks for a streamed answer and returns all of its chunks."""
    return list(ask(client, model, prompt, stream=True, **parameters))


def text_of(chunks):
    return "".join(
        choice.delta.content or "" for chunk in chunks for choice in chunk.choices
    )


def reasoning_of(chunks):
    return "".join(
        getattr(choice.delta, "reasoning_content", None) or ""
        for chunk in chunks
        for choice in chunk.choices
    )


def finish_reasons_of(chunks):
    return [
        choice.finish_reason
        for chunk in chunks
        for choice in chunk.choices
        if choice.finish_reason is not None
    ]
