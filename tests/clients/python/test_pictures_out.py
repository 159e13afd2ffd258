"""Pictures in answers: as Markdown, beside the text, and behind links that serve them."""

import re

import pytest

from chat import ask, ask_for_chunks, text_of
from samples import png_size

MARKDOWN_PICTURE = re.compile(r"!\[([^]]*)\]\(([^)]+)\)")
SIZE = (1536, 1024)


def links_of(images):
    return [image["image_url"]["url"] for image in images or []]


def images_of(chunks):
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    return [image for delta in deltas for image in getattr(delta, "images", None) or []]


def test_a_picture_is_beside_the_text_and_in_it(product, client, model):
    message = ask(client, model, "simulate:image").choices[0].message
    assert MARKDOWN_PICTURE.findall(message.content) == [
        ("A heron by a river", *links_of(message.images))
    ]
    assert [image["type"] for image in message.images] == ["image_url"]
    assert [image["index"] for image in message.images] == [0]
    assert links_of(message.images)[0].startswith(product.base_url.removesuffix("/v1"))


@pytest.mark.parametrize("key", ["", "the gateway's"])
def test_the_link_serves_the_whole_picture(product, client, model, key):
    message = ask(client, model, "simulate:image").choices[0].message
    (link,) = links_of(message.images)
    picture = product.fetch(link, product.api_key if key else None)
    assert picture.status == 200
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["content-disposition"].startswith("inline")
    assert int(picture.headers["content-length"]) == len(picture.body)
    assert png_size(picture.body) == SIZE
    assert product.fetch(link).body == picture.body


def test_each_picture_has_a_link_of_its_own(product, client, model):
    message = ask(client, model, "simulate:image-old").choices[0].message
    first, second = links_of(message.images)
    assert [image["index"] for image in message.images] == [0, 1]
    first, second = product.fetch(first).body, product.fetch(second).body
    assert png_size(first) == png_size(second) == (1024, 1024)
    assert first != second


@pytest.mark.parametrize("script", ["image", "image-partial", "image-previews", "code-plot"])
def test_a_stream_tells_of_the_finished_picture_once(product, client, model, script):
    chunks = ask_for_chunks(client, model, f"simulate:{script}")
    (link,) = links_of(images_of(chunks))
    assert [found for _, found in MARKDOWN_PICTURE.findall(text_of(chunks))] == [link]
    width, height = png_size(product.fetch(link).body)
    assert (width, height) == ((640, 480) if script == "code-plot" else SIZE)


def test_a_picture_may_be_only_beside_the_text(product, client, model):
    structured = {"tool_activity": "structured"}
    message = ask(client, model, "simulate:image", extra_body=structured).choices[0].message
    assert MARKDOWN_PICTURE.findall(message.content) == []
    assert png_size(product.fetch(*links_of(message.images)).body) == SIZE


def test_an_answer_without_pictures_has_none(client, model):
    message = ask(client, model, "simulate:image-refused").choices[0].message
    assert "images" not in message.model_extra


def test_a_part_of_a_picture_can_be_fetched(product, client, model):
    (link,) = links_of(ask(client, model, "simulate:image").choices[0].message.images)
    whole = product.fetch(link).body
    part = product.fetch(link, range="bytes=8-99")
    assert part.status == 206
    assert part.headers["content-range"] == f"bytes 8-99/{len(whole)}"
    assert part.body == whole[8:100]


def test_a_picture_that_comes_after_the_stream_is_waited_for(product_with):
    product = product_with(HEARTBEAT_SECONDS="1")
    with product.client() as client:
        chunks = ask_for_chunks(client, "auto", "simulate:image-async")
        message = ask(client, "auto", "simulate:image-async").choices[0].message
    for images in (images_of(chunks), message.images):
        assert png_size(product.fetch(*links_of(images)).body) == SIZE
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_a_stream_that_waits_for_a_picture_stays_alive(product_with):
    product = product_with(HEARTBEAT_SECONDS="1")
    before, after = product.raw_stream("auto", "simulate:image-async").split('"images":')
    assert ": ping\n" in before
    assert after.endswith("data: [DONE]\n\n")
