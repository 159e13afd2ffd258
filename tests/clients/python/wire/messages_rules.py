"""The rules of a Messages stream, checked on its events as they were sent."""

import json

# What a block of each kind may grow by.
DELTAS = {
    "text": {"text_delta", "citations_delta"},
    "thinking": {"thinking_delta", "signature_delta"},
    "redacted_thinking": set(),
    "tool_use": {"input_json_delta"},
    "server_tool_use": {"input_json_delta"},
    "web_search_tool_result": set(),
}


def check(events):
    """Fails unless the events are one whole message; the blocks they make are returned."""
    events = [event for event in events if event["type"] != "ping"]
    start, *middle, delta, stop = events
    assert start["type"] == "message_start"
    assert start["message"]["content"] == [] and start["message"]["stop_reason"] is None
    assert delta["type"] == "message_delta" and delta["delta"]["stop_reason"]
    assert stop == {"type": "message_stop"}
    blocks, is_open = [], False
    for event in middle:
        kind = event["type"]
        if kind == "content_block_start":
            assert not is_open and event["index"] == len(blocks)
            blocks.append({"start": event["content_block"], "deltas": []})
            is_open = True
        elif kind == "content_block_delta":
            assert is_open and event["index"] == len(blocks) - 1
            assert event["delta"]["type"] in DELTAS[blocks[-1]["start"]["type"]]
            blocks[-1]["deltas"].append(event["delta"])
        else:
            assert kind == "content_block_stop" and is_open and event["index"] == len(blocks) - 1
            is_open = False
    assert not is_open
    return [_block(**block) for block in blocks]


def _block(start, deltas):
    def said(name):
        return "".join(delta.get(name, "") for delta in deltas)

    kind = start["type"]
    if kind == "text":
        assert (start["text"], start["citations"]) == ("", None)
        return {"type": kind, "text": said("text")}
    if kind == "thinking":
        assert (start["thinking"], start["signature"]) == ("", "")
        return {"type": kind, "thinking": said("thinking"), "signature": said("signature")}
    if kind in ("tool_use", "server_tool_use"):
        assert start["input"] == {}
        input = json.loads(said("partial_json") or "{}")
        return {"type": kind, "name": start["name"], "input": input}
    return start
