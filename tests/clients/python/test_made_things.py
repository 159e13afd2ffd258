"""What ChatGPT makes: pictures, sandbox files, sources, and steps of tools."""

import re

import httpx
import pytest

from chat import ask, ask_for_chunks, text_of

PNG = b"\x89PNG\r\n\x1a\n"


def message_of(client, model, prompt, **parameters):
    return ask(client, model, prompt, **parameters).choices[0].message


def first_link(text):
    return re.search(r"\]\((http[^)]+)\)", text).group(1)


def test_a_picture_is_in_the_text_and_beside_it_under_one_link(client, model):
    message = message_of(client, model, "simulate:image")
    link = first_link(message.content)
    assert [image["image_url"]["url"] for image in message.images] == [link]
    reply = httpx.get(link)
    assert reply.headers["content-type"] == "image/png"
    assert reply.content.startswith(PNG)


def test_a_streamed_picture_is_the_same_as_a_whole_one(client, model):
    chunks = ask_for_chunks(client, model, "simulate:image")
    images = [
        image
        for chunk in chunks
        for image in getattr(chunk.choices[0].delta, "images", None) or []
    ]
    assert len(images) == 1
    assert f"]({images[0]['image_url']['url']})" in text_of(chunks)


def test_a_picture_that_is_drawn_later_is_waited_for(client, model):
    message = message_of(client, model, "simulate:image-async")
    assert httpx.get(first_link(message.content)).content.startswith(PNG)


@pytest.mark.parametrize("script", ["search", "search-emoji", "search-old"])
def test_sources_are_where_their_indices_say(client, model, script):
    message = message_of(client, model, f"simulate:{script}")
    assert message.annotations
    for annotation in message.annotations:
        source = annotation.url_citation
        cited = message.content[source.start_index : source.end_index]
        assert re.fullmatch(r"\[\d+\]\(" + re.escape(source.url) + r"\)", cited)


def test_a_file_of_the_sandbox_is_downloaded_whole_and_in_part(client, model):
    link = first_link(message_of(client, model, "simulate:code-file").content)
    whole = httpx.get(link)
    assert whole.status_code == 200
    assert "attachment" in whole.headers["content-disposition"]
    part = httpx.get(link, headers={"Range": "bytes=1-3"})
    assert part.status_code == 206
    assert part.content == whole.content[1:4]


def test_a_link_that_was_changed_leads_nowhere(client, model):
    link = first_link(message_of(client, model, "simulate:code-file").content)
    head, token, name = link.rsplit("/", 2)
    changed = token[:-9] + ("A" if token[-9] != "A" else "B") + token[-8:]
    assert httpx.get(f"{head}/{changed}/{name}").status_code == 404


def test_reasoning_is_delivered_as_the_request_says(client, model):
    def reasoned(shape):
        return message_of(
            client, model, "simulate:reasoning", extra_body={"reasoning_format": shape}
        )

    parsed, raw, hidden = reasoned("parsed"), reasoned("raw"), reasoned("hidden")
    assert parsed.reasoning_content
    assert raw.content.startswith("<think>\n") and raw.content.endswith(hidden.content)
    assert getattr(hidden, "reasoning_content", None) is None


def test_steps_of_tools_stand_beside_the_text_when_asked_for(client, model):
    message = message_of(
        client, model, "simulate:code", extra_body={"tool_activity": "structured"}
    )
    assert "```" not in message.content
    step = message.tool_activity[0]
    assert step["type"] == "code_interpreter_call"
    assert step["outputs"] == [{"type": "logs", "logs": "385\n"}]


def test_a_gpt_is_a_model(client):
    names = [entry.id for entry in client.models.list()]
    gpts = [name for name in names if name.startswith("gizmo-g-sim")]
    assert gpts
    assert ask(client, gpts[0], "Hello").choices[0].finish_reason == "stop"
