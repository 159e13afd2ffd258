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


def part(kind, **fields):
    """A part of a message: `part("file", file_id=…)` is `{"type": "file", "file": {…}}`."""
    return {"type": kind, kind: fields}


def text(said):
    return {"type": "text", "text": said}


def describe(client, model, *parts, **parameters):
    """The lines in which the simulator describes the files of a message of these parts."""
    completion = ask_parts(client, model, text("simulate:describe"), *parts, **parameters)
    return completion.choices[0].message.content.split("\n")


def ask_parts(client, model, *parts, **parameters):
    """Asks with a message of several parts."""
    messages = [{"role": "user", "content": list(parts)}]
    return client.chat.completions.create(model=model, messages=messages, **parameters)
