"""The images endpoints: pictures drawn and changed, whole and streamed."""

import base64

import openai
import pytest
from openai.types import (
    ImageEditCompletedEvent,
    ImageEditPartialImageEvent,
    ImageGenCompletedEvent,
    ImageGenPartialImageEvent,
)

from samples import PICTURES, picture_line, png, png_size, png_that_claims

MODEL = "gpt-image-1"
SIZE = (1536, 1024)


def generate(client, prompt="simulate:image", **parameters):
    return client.images.generate(**{"model": MODEL, "prompt": prompt} | parameters)


def edit(client, image, prompt="simulate:image", **parameters):
    return client.images.edit(**{"model": MODEL, "image": image, "prompt": prompt} | parameters)


def bytes_of(image):
    return base64.b64decode(image.b64_json, validate=True)


def refusal_of(action):
    with pytest.raises(openai.BadRequestError) as caught:
        action()
    return caught.value


def test_a_picture_is_drawn(client):
    response = generate(client)
    (picture,) = response.data
    assert picture.url is None
    assert png_size(bytes_of(picture)) == SIZE
    assert response.size == "1536x1024"
    assert response.output_format == "png"
    assert response.created > 0


@pytest.mark.parametrize(
    "parameters", [{"response_format": "url"}, {"model": "dall-e-3"}, {"model": "dall-e-2"}]
)
def test_a_picture_may_be_a_link(product, client, parameters):
    (picture,) = generate(client, **parameters).data
    assert picture.b64_json is None
    reply = product.fetch(picture.url)
    assert reply.headers["content-type"] == "image/png"
    assert png_size(reply.body) == SIZE


@pytest.mark.parametrize("count", [2, 3])
def test_several_pictures_are_different_ones(client, count):
    pictures = [bytes_of(picture) for picture in generate(client, n=count).data]
    assert [png_size(picture) for picture in pictures] == [SIZE] * count
    assert len(set(pictures)) == count


@pytest.mark.parametrize("script", ["image-partial", "image-previews", "image-async"])
def test_previews_are_no_pictures_and_late_ones_are_waited_for(client, script):
    (picture,) = generate(client, f"simulate:{script}").data
    assert png_size(bytes_of(picture)) == SIZE


def test_a_size_is_said_in_words_and_what_has_no_effect_is_named(client):
    raw = client.images.with_raw_response.generate(
        model=MODEL, prompt="simulate:image", size="1024x1536", quality="high"
    )
    assert raw.headers["x-flowgpt-emulated"] == "size"
    assert raw.headers["x-flowgpt-dropped"] == "quality"
    assert raw.parse().size == "1536x1024", "the size that was really drawn"
    said = refusal_of(lambda: generate(client, "simulate:echo", size="1024x1536")).message
    assert "portrait picture, 1024x1536" in said
    raw = client.images.with_raw_response.generate(model=MODEL, prompt="simulate:image")
    assert "x-flowgpt-emulated" not in raw.headers
    assert "x-flowgpt-dropped" not in raw.headers


def test_the_codex_driver_draws_what_the_parameters_say(client):
    raw = client.images.with_raw_response.generate(
        model=f"codex/{MODEL}", prompt="a fox", size="1024x1536", quality="high"
    )
    assert raw.headers["x-flowgpt-driver"] == "codex"
    assert "x-flowgpt-emulated" not in raw.headers
    assert "x-flowgpt-dropped" not in raw.headers
    response = raw.parse()
    assert response.size == "1024x1536"
    assert png_size(bytes_of(response.data[0])) == (1024, 1536)


def test_the_codex_driver_streams_previews_and_changes_pictures(client):
    model = f"codex/{MODEL}"
    events = list(generate(client, "a fox", model=model, stream=True, partial_images=2))
    assert [type(event) for event in events] == [
        ImageGenPartialImageEvent,
        ImageGenPartialImageEvent,
        ImageGenCompletedEvent,
    ]
    (picture,) = edit(client, png(2, 2), "add a hat", model=model).data
    assert bytes_of(picture)


@pytest.mark.parametrize("script", ["image-partial", "image-previews"])
def test_a_stream_has_previews_and_then_the_picture(client, script):
    events = list(generate(client, f"simulate:{script}", stream=True, partial_images=2))
    assert [type(event) for event in events] == [
        ImageGenPartialImageEvent,
        ImageGenPartialImageEvent,
        ImageGenCompletedEvent,
    ]
    assert [event.partial_image_index for event in events[:2]] == [0, 1]
    pictures = [bytes_of(event) for event in events]
    assert [png_size(picture) for picture in pictures] == [SIZE] * 3
    assert len(set(pictures)) == 3
    assert events[-1].output_format == "png"


@pytest.mark.parametrize("wanted", [0, 1])
def test_a_stream_has_no_more_previews_than_were_asked_for(client, wanted):
    events = list(generate(client, "simulate:image-partial", stream=True, partial_images=wanted))
    assert [event.type for event in events] == [
        *["image_generation.partial_image"] * wanted,
        "image_generation.completed",
    ]


def test_a_refused_picture_is_an_error_that_says_why(client):
    error = refusal_of(lambda: generate(client, "simulate:image-refused"))
    assert error.code == "image_not_generated"
    assert "content policy" in error.message


def test_an_answer_without_a_picture_is_no_success(client):
    error = refusal_of(lambda: generate(client, "simulate:echo no picture today"))
    assert error.code == "image_not_generated"
    assert "no picture today" in error.message


def test_a_refused_picture_ends_its_stream_with_an_error(client):
    with pytest.raises(openai.APIError) as caught:
        list(generate(client, "simulate:image-refused", stream=True))
    assert "content policy" in caught.value.message
    assert caught.value.code == "image_not_generated"


def test_one_refusal_among_several_fails_the_request(client):
    error = refusal_of(lambda: generate(client, "simulate:image-refused", n=2))
    assert error.code == "image_not_generated"


@pytest.mark.parametrize(
    ("parameters", "param"),
    [
        ({"prompt": ""}, "prompt"),
        ({"n": 0}, "n"),
        ({"n": 11}, "n"),
        ({"n": 2, "stream": True}, "n"),
        ({"size": "enormous"}, "size"),
        ({"response_format": "jpeg"}, "response_format"),
        ({"stream": True, "partial_images": 4}, "partial_images"),
    ],
)
def test_a_wrong_parameter_is_named(client, parameters, param):
    assert refusal_of(lambda: generate(client, **parameters)).param == param


def test_a_picture_that_is_to_be_changed_arrives_whole(client):
    error = refusal_of(lambda: edit(client, ("猫.png", png()), "simulate:describe"))
    assert picture_line("猫.png", "image/png", png()) in error.message


def test_several_pictures_arrive_in_their_order(client):
    files = [(f"{kind}.{kind}", contents) for kind, contents in PICTURES.items()]
    error = refusal_of(lambda: edit(client, files, "simulate:describe"))
    lines = [picture_line(f"{kind}.{kind}", f"image/{kind}", PICTURES[kind]) for kind in PICTURES]
    assert "\n".join(lines) in error.message


@pytest.mark.parametrize("count", [1, 2])
def test_a_picture_is_changed(client, count):
    files = [(f"{shade}.png", png(fill=shade)) for shade in range(count)]
    response = edit(client, files if count > 1 else files[0])
    (picture,) = response.data
    assert png_size(bytes_of(picture)) == SIZE


def test_a_changed_picture_may_be_a_link_and_one_of_several(product, client):
    response = edit(client, ("a.png", png()), n=2, response_format="url")
    pictures = [product.fetch(picture.url).body for picture in response.data]
    assert [png_size(picture) for picture in pictures] == [SIZE, SIZE]
    assert pictures[0] != pictures[1]


def test_a_changed_picture_is_streamed(client):
    events = list(
        edit(client, ("a.png", png()), "simulate:image-partial", stream=True, partial_images=2)
    )
    assert [type(event) for event in events] == [
        ImageEditPartialImageEvent,
        ImageEditPartialImageEvent,
        ImageEditCompletedEvent,
    ]
    assert [png_size(bytes_of(event)) for event in events] == [SIZE] * 3


def test_a_mask_is_refused(client):
    error = refusal_of(lambda: edit(client, ("a.png", png()), mask=("mask.png", png())))
    assert (error.param, error.code) == ("mask", "unsupported_parameter")


@pytest.mark.parametrize("contents", [b"words", b"", png_that_claims(60_000, 60_000)])
def test_what_is_no_picture_is_not_changed(client, contents):
    files = [("good.png", png()), ("bad.png", contents)]
    assert refusal_of(lambda: edit(client, files)).param == "image[1]"


def test_more_pictures_than_are_taken_are_refused(client):
    error = refusal_of(lambda: edit(client, [("a.png", png())] * 17))
    assert error.param == "image"
