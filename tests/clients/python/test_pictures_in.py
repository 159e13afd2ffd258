"""Pictures sent to the model, in every way the stock client knows: all bytes arrive."""

import openai
import pytest

from chat import ask_parts, describe, part, text
from samples import PICTURES, data_url, jpeg, picture_line, png, png_that_claims, wav


def inline(mime, contents, **fields):
    return part("image_url", url=data_url(mime, contents), **fields)


def uploaded(client, name, contents):
    return client.files.create(file=(name, contents), purpose="vision")


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_in_the_message_arrives_whole(client, model, kind):
    contents = PICTURES[kind]
    name = {"jpeg": "image.jpg"}.get(kind, f"image.{kind}")
    assert describe(client, model, inline(f"image/{kind}", contents)) == [
        picture_line(name, f"image/{kind}", contents)
    ]


def test_what_a_picture_is_follows_its_bytes_and_not_what_is_claimed(client, model):
    assert describe(client, model, inline("image/png", jpeg())) == [
        picture_line("image.jpg", "image/jpeg", jpeg())
    ]


@pytest.mark.parametrize("detail", ["auto", "low", "high"])
def test_every_detail_is_taken(client, model, detail):
    picture = inline("image/png", png(), detail=detail)
    assert describe(client, model, picture) == [picture_line("image.png", "image/png", png())]


def test_detail_decides_what_a_picture_costs(client, model):
    def cost(detail):
        picture = inline("image/png", png(1024, 1024), detail=detail)
        return ask_parts(client, model, text("simulate:echo hi"), picture).usage.prompt_tokens

    assert cost("low") < cost("high")


def test_an_uploaded_picture_is_sent_by_its_id_and_keeps_its_name(client, model):
    file = uploaded(client, "我的 图片.png", png(fill=7))
    for picture in (
        part("file", file_id=file.id),
        {"type": "input_image", "file_id": file.id},
    ):
        assert describe(client, model, picture) == [
            picture_line("我的 图片.png", "image/png", png(fill=7))
        ]


def test_several_pictures_arrive_in_their_order(client, model):
    shades = [png(fill=shade) for shade in range(6)]
    file = uploaded(client, "last.png", png(fill=99))
    pictures = [inline("image/png", shade) for shade in shades]
    assert describe(client, model, *pictures, part("file", file_id=file.id)) == [
        *[picture_line("image.png", "image/png", shade) for shade in shades],
        picture_line("last.png", "image/png", png(fill=99)),
    ]


def test_a_picture_goes_with_a_stream_too(client, model):
    stream = ask_parts(
        client, model, text("simulate:describe"), inline("image/gif", PICTURES["gif"]), stream=True
    )
    answer = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    assert answer == picture_line("image.gif", "image/gif", PICTURES["gif"])


def test_a_picture_of_an_earlier_message_is_not_taken_for_one_of_the_last(client, model):
    messages = [
        {"role": "user", "content": [text("Look."), inline("image/png", png())]},
        {"role": "assistant", "content": "I see."},
        {"role": "user", "content": [text("simulate:describe"), inline("image/png", png(fill=1))]},
    ]
    completion = client.chat.completions.create(model=model, messages=messages)
    assert completion.choices[0].message.content == picture_line(
        "image.png", "image/png", png(fill=1)
    )


def test_what_is_no_picture_is_refused_where_it_stands(client, model):
    for unfit in (
        inline("image/png", b"only words"),
        inline("image/png", wav("words")),
        inline("image/png", png_that_claims(60_000, 60_000)),
        inline("image/png", png()[:20]),
        part("image_url", url="data:image/png;base64,"),
        part("image_url", url="data:image/png;base64,@@@"),
        part("image_url", url=data_url("image/png", png()).replace(",", "")),
        {"type": "input_image", "file_id": "file-unknown"},
    ):
        with pytest.raises(openai.BadRequestError) as caught:
            describe(client, model, inline("image/png", png()), unfit)
        assert caught.value.param == "messages[0].content[2]", unfit
        assert caught.value.type == "invalid_request_error"


def test_a_decompression_bomb_is_told_by_its_head(client, model):
    with pytest.raises(openai.BadRequestError) as caught:
        describe(client, model, inline("image/png", png_that_claims(60_000, 60_000)))
    assert caught.value.code == "invalid_file"
    assert "60000x60000" in caught.value.message


def test_an_unknown_detail_is_named(client, model):
    with pytest.raises(openai.BadRequestError) as caught:
        describe(client, model, inline("image/png", png(), detail="enormous"))
    assert caught.value.param == "messages[0].content[1].image_url.detail"


def test_only_people_send_pictures(client, model):
    messages = [{"role": "assistant", "content": [inline("image/png", png())]}]
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=model, messages=messages)
    assert caught.value.param == "messages[0].content[0]"
