"""Images and audio, as the stock client asks for them."""

import base64
import hashlib

import httpx
import openai
import pytest

from chat import ask

PNG = b"\x89PNG\r\n\x1a\n"

# The head of a picture of 800 by 600 pixels is all that is looked at.
PICTURE = (
    PNG
    + b"\0\0\0\rIHDR"
    + (800).to_bytes(4, "big")
    + (600).to_bytes(4, "big")
    + bytes([8, 2, 0, 0, 0, 1, 2, 3, 4])
)


def recording(said):
    return b"ID3\x04\0\0\0\0\0\0simulate-say:" + said.encode() + b"\0"


def described(client, model, part):
    content = [part, {"type": "text", "text": "simulate:describe"}]
    reply = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": content}]
    )
    return reply.choices[0].message.content


def test_every_byte_of_a_picture_arrives(client, model):
    url = "data:image/png;base64," + base64.b64encode(PICTURE).decode()
    said = described(client, model, {"type": "image_url", "image_url": {"url": url}})
    assert hashlib.sha256(PICTURE).hexdigest()[:16] in said
    assert "800×600, multimodal" in said


def test_an_uploaded_file_is_attached_by_its_id(client, model):
    content = "第一行\nsecond line\n".encode()
    file = client.files.create(file=("笔记.md", content), purpose="user_data")
    part = {"type": "file", "file": {"file_id": file.id}}
    said = described(client, model, part)
    assert "text/markdown" in said
    assert hashlib.sha256(content).hexdigest()[:16] in said


def test_a_recording_in_a_message_is_heard(client, model):
    data = base64.b64encode(recording("simulate:echo Heard.")).decode()
    part = {"type": "input_audio", "input_audio": {"data": data, "format": "mp3"}}
    reply = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": [part]}]
    )
    assert reply.choices[0].message.content == "Heard."


def test_a_part_that_cannot_be_used_is_named(client, model):
    url = "data:image/png;base64," + base64.b64encode(b"no picture").decode()
    with pytest.raises(openai.BadRequestError) as error:
        described(client, model, {"type": "image_url", "image_url": {"url": url}})
    assert error.value.param == "messages[0].content[0]"
    assert error.value.code == "invalid_file"


def test_a_picture_is_drawn_in_base64_or_as_a_link(client):
    drawn = client.images.generate(prompt="simulate:image", model="gpt-image-1")
    assert base64.b64decode(drawn.data[0].b64_json).startswith(PNG)
    linked = client.images.generate(
        prompt="simulate:image", model="dall-e-3", n=2, response_format="url"
    )
    assert len(linked.data) == 2
    assert all(httpx.get(it.url).content.startswith(PNG) for it in linked.data)


def test_a_size_is_said_in_words_and_that_is_told(client):
    raw = client.images.with_raw_response.generate(
        prompt="simulate:image", size="1536x1024", quality="high"
    )
    assert raw.headers["x-flowgpt-emulated"] == "size"
    assert raw.headers["x-flowgpt-dropped"] == "quality"


def test_a_picture_is_streamed_with_its_previews(client):
    events = client.images.generate(
        prompt="simulate:image-partial", model="gpt-image-1", stream=True, partial_images=2
    )
    kinds = []
    for event in events:
        kinds.append(event.type)
        assert base64.b64decode(event.b64_json).startswith(PNG)
    partial = "image_generation.partial_image"
    assert kinds == [partial, partial, "image_generation.completed"]


def test_a_picture_that_is_refused_is_an_error_with_what_was_said(client):
    with pytest.raises(openai.BadRequestError) as error:
        client.images.generate(prompt="simulate:image-refused")
    assert error.value.code == "image_not_generated"


def test_pictures_are_changed(client):
    changed = client.images.edit(
        image=[("a.png", PICTURE), ("b.png", PICTURE)],
        prompt="simulate:image a hat",
        model="gpt-image-1",
    )
    assert base64.b64decode(changed.data[0].b64_json).startswith(PNG)
    with pytest.raises(openai.BadRequestError) as error:
        client.images.edit(
            image=("a.png", PICTURE), mask=("m.png", PICTURE), prompt="x"
        )
    assert error.value.param == "mask"


def test_a_recording_is_written_down(client):
    sound = ("a.mp3", recording("Hello there."))
    written = client.audio.transcriptions.create(
        file=sound, model="whisper-1", language="en"
    )
    assert written.text == "Hello there."
    plain = client.audio.transcriptions.create(
        file=sound, model="whisper-1", response_format="text"
    )
    assert plain == "Hello there."
    with pytest.raises(openai.BadRequestError):
        client.audio.transcriptions.create(
            file=sound, model="whisper-1", response_format="srt"
        )


def test_a_text_is_read_aloud_exactly(client, tmp_path):
    said = "你好, read this exactly."
    with client.audio.speech.with_streaming_response.create(
        model="tts-1", voice="nova", input=said
    ) as response:
        assert response.headers["x-flowgpt-emulated"] == "input"
        response.stream_to_file(tmp_path / "said.mp3")
    sound = (tmp_path / "said.mp3").read_bytes()
    assert hashlib.sha256(said.encode()).hexdigest().encode() in sound
    with pytest.raises(openai.BadRequestError):
        client.audio.speech.create(
            model="tts-1", voice="nova", input=said, response_format="wav"
        )


def test_a_conversation_is_kept_to_be_deleted_later(client, model):
    kept = ask(client, model, "Hello", extra_body={"delete_after_minutes": 5})
    assert kept.conversation_id
