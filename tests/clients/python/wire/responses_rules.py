"""The rules of a Responses stream, checked on its events as they were sent."""

ENDS = ("response.completed", "response.incomplete", "response.failed")

# What grows by deltas: the event's start, the member of its `done`, the members that tell which.
GROWING = {
    "response.output_text": ("text", "content_index"),
    "response.refusal": ("refusal", "content_index"),
    "response.reasoning_text": ("text", "content_index"),
    "response.reasoning_summary_text": ("text", "summary_index"),
    "response.function_call_arguments": ("arguments", None),
    "response.custom_tool_call_input": ("input", None),
    "response.code_interpreter_call_code": ("code", None),
    "response.mcp_call_arguments": ("arguments", None),
}

PARTS = {
    "response.content_part": ("content", "content_index"),
    "response.reasoning_summary_part": ("summary", "summary_index"),
}


def check(events, first_number=0):
    """Fails unless the events are one response from its beginning to its end, which is returned."""
    numbers = [event["sequence_number"] for event in events]
    assert numbers == list(range(first_number, first_number + len(events)))
    kinds = [event["type"] for event in events]
    assert kinds[0] == "response.created"
    assert [kind for kind in kinds if kind in ENDS] == [kinds[-1]], kinds
    items = _Items()
    for event in events:
        items.take(event)
    final = events[-1]["response"]
    assert len({event["response"]["id"] for event in events if "response" in event}) == 1
    if kinds[-1] == "response.failed":
        assert final["error"]
    else:
        assert not items.open, f"never done: {items.open}"
        done = [items.done[index] for index in sorted(items.done)]
        assert final["output"] == (_without_withdrawn_text(done) if _is_refused(done) else done)
        assert final["error"] is None
    return final


def _is_refused(items):
    parts = [part for item in items if item["type"] == "message" for part in item["content"]]
    return any(part["type"] == "refusal" for part in parts)


def _without_withdrawn_text(items):
    """A stream cannot take back a text that is withdrawn; what is kept does not have it."""
    left = []
    for item in items:
        if item["type"] == "message":
            parts = [part for part in item["content"] if part["type"] == "refusal"]
            item = item | {"content": parts} if parts else None
        if item:
            left.append(item)
    return left


class _Items:
    """The items of the output, as the events make them."""

    def __init__(self):
        self.open = {}
        self.done = {}
        self.texts = {}
        self.parts = {}
        self.annotations = {}

    def take(self, event):
        kind = event["type"]
        if kind == "response.output_item.added":
            assert event["output_index"] == len(self.open) + len(self.done)
            self.open[event["output_index"]] = event["item"]
        elif kind == "response.output_item.done":
            self._finish(event["output_index"], event["item"])
        elif "item_id" in event:
            assert self.open[event["output_index"]]["id"] == event["item_id"], event
            self._grow(event)

    def _grow(self, event):
        subject, _, step = event["type"].rpartition(".")
        if subject in GROWING:
            member, number = GROWING[subject]
            place = (event["output_index"], subject, event.get(number))
            if step == "delta":
                assert not isinstance(self.texts.get(place), _Done), event
                self.texts[place] = self.texts.get(place, "") + event["delta"]
            else:
                assert self.texts.get(place, "") == event[member], event
                self.texts[place] = _Done(event[member])
        elif subject in PARTS:
            self._part(event, subject, step)
        elif subject == "response.output_text.annotation":
            place = (event["output_index"], event["content_index"])
            told = self.annotations.setdefault(place, [])
            assert event["annotation_index"] == len(told)
            told.append(event["annotation"])

    def _part(self, event, subject, step):
        member, number = PARTS[subject]
        parts = self.parts.setdefault((event["output_index"], member), [])
        if step == "added":
            assert event[number] == len(parts)
            parts.append({"type": event["part"]["type"], "done": None})
            return
        part = event["part"]
        assert parts[event[number]] == {"type": part["type"], "done": None}
        parts[event[number]]["done"] = part
        if part["type"] == "output_text":
            told = self.annotations.get((event["output_index"], event[number]), [])
            assert part["annotations"] == told

    def _finish(self, index, item):
        added = self.open.pop(index)
        assert (added["id"], added["type"]) == (item["id"], item["type"])
        self.done[index] = item
        assert item.get("status") != "in_progress"
        for (output_index, member), parts in self.parts.items():
            if output_index == index:
                assert item[member] == [part["done"] for part in parts]
        if item["type"] in ("message", "reasoning"):
            member = "content" if item["type"] == "message" else "summary"
            assert len(item[member]) == len(self.parts.get((index, member), []))
        for (output_index, subject, number), text in self.texts.items():
            if output_index == index:
                assert isinstance(text, _Done), f"{subject} is never done"
                assert text == _text_in(item, subject, number)


class _Done(str):
    """A text that grows no more."""


def _text_in(item, subject, number):
    member, _ = GROWING[subject]
    if subject == "response.reasoning_summary_text":
        return item["summary"][number]["text"]
    return item[member] if number is None else item["content"][number][member]
