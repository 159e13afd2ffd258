"""The rules of a Chat Completions stream, checked on its chunks as they were sent."""

import json


def check(data, usage_asked=False):
    """Fails unless the data of the events is one whole answer; its last message is returned."""
    assert data[-1] == "[DONE]", data[-1]
    chunks = [json.loads(text) for text in data[:-1]]
    # Servers with OpenAI's API send chunks without a choice, and without a name, to stay alive.
    assert len({chunk["id"] for chunk in chunks if chunk["choices"]}) == 1
    if usage_asked:
        *chunks, last = chunks
        assert last["choices"] == [] and last["usage"]["total_tokens"] > 0
        assert all(chunk["usage"] is None for chunk in chunks if chunk["choices"])
    else:
        assert all("usage" not in chunk for chunk in chunks)
    choices = {}
    for chunk in chunks:
        for choice in chunk["choices"]:
            choices.setdefault(choice["index"], []).append(choice)
    assert sorted(choices) == list(range(len(choices)))
    return [_choice(pieces) for _, pieces in sorted(choices.items())]


def _choice(pieces):
    first, *later = [piece["delta"] for piece in pieces]
    assert first["role"] == "assistant"
    assert all("role" not in delta for delta in later)
    ends = [piece["finish_reason"] for piece in pieces]
    assert ends[-1] and not any(ends[:-1]), ends
    deltas = [first, *later]
    calls = {}
    for delta in deltas:
        for piece in delta.get("tool_calls") or []:
            _add_call(calls, piece)
    for call in calls.values():
        assert call["type"] == "custom" or isinstance(json.loads(call["text"]), dict)
    if ends[-1] == "tool_calls":
        assert calls
    text = "".join(delta.get("content") or "" for delta in deltas)
    return {"content": text, "finish_reason": ends[-1], "calls": list(calls.values())}


def _add_call(calls, piece):
    if piece["index"] not in calls:
        assert piece["index"] == len(calls)
        kind = piece["type"]
        begun = {"id": piece["id"], "type": kind, "name": piece[kind]["name"], "text": ""}
        calls[len(calls)] = begun
    else:
        assert not piece.keys() & {"id", "type"}, "said twice"
    call = calls[piece["index"]]
    said = piece.get(call["type"], {})
    call["text"] += said.get("arguments" if call["type"] == "function" else "input", "")
