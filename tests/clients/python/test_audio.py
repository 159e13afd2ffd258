"""Texts read aloud and recordings written down."""

import hashlib

import openai
import pytest

from samples import png, wav

TEXT = "Read this aloud, 请: \"quotes\", naïve café 🌍.\n\nAnd a second paragraph."
PLATFORM_VOICES = (
    "alloy ash ballad cedar coral echo fable marin nova onyx sage shimmer verse".split()
)
OWN_VOICES = "arbor breeze cove ember glimmer juniper maple sol spruce vale".split()


def digest_of(text):
    """What the simulator puts into the sound of a text."""
    return hashlib.sha256(text.encode()).hexdigest().encode()


def speak(client, said=TEXT, **parameters):
    parameters = {"model": "tts-1", "voice": "alloy"} | parameters
    return client.audio.speech.create(input=said, **parameters)


def write_down(client, contents, name="recording.wav", **parameters):
    parameters = {"model": "whisper-1"} | parameters
    return client.audio.transcriptions.create(file=(name, contents), **parameters)


def refusal_of(action):
    with pytest.raises(openai.BadRequestError) as caught:
        action()
    return caught.value


def test_a_text_is_read_aloud_into_a_file(client, tmp_path):
    path = tmp_path / "speech.mp3"
    create = client.audio.speech.with_streaming_response.create
    with create(model="gpt-4o-mini-tts", voice="nova", input=TEXT) as response:
        assert response.headers["content-type"] == "audio/mpeg"
        assert response.headers["x-flowgpt-emulated"] == "input"
        response.stream_to_file(path)
    sound = path.read_bytes()
    assert sound.startswith(b"ID3")
    assert digest_of(TEXT) in sound


def test_a_long_text_is_read_to_its_end(client):
    text = "一二三四五六七八九十 " * 370
    short, long = speak(client).content, speak(client, text.strip()).content
    assert digest_of(text.strip()) in long
    assert len(long) > len(short)


def test_aac_is_spoken_too(client):
    response = speak(client, response_format="aac")
    assert response.response.headers["content-type"] == "audio/aac"
    assert response.content.startswith(b"\xff\xf1")
    assert digest_of(TEXT) in response.content


@pytest.mark.parametrize("voice", [*PLATFORM_VOICES, *OWN_VOICES])
def test_every_voice_of_both_sides_speaks(client, voice):
    assert digest_of("Hello.") in speak(client, "Hello.", voice=voice).content


def test_an_unknown_voice_is_answered_with_those_there_are(client):
    error = refusal_of(lambda: speak(client, voice="hal"))
    assert error.param == "voice"
    assert "alloy" in error.message
    assert "juniper" in error.message


@pytest.mark.parametrize(
    ("parameters", "param"),
    [
        ({"response_format": "wav"}, "response_format"),
        ({"response_format": "opus"}, "response_format"),
        ({"response_format": "flac"}, "response_format"),
        ({"response_format": "pcm"}, "response_format"),
        ({"speed": 1.5}, "speed"),
        ({"stream_format": "sse"}, "stream_format"),
    ],
)
def test_what_upstream_cannot_do_is_refused(client, parameters, param):
    error = refusal_of(lambda: speak(client, **parameters))
    assert (error.param, error.code) == (param, "unsupported_parameter")


@pytest.mark.parametrize("said", ["", "   ", "x" * 4097])
def test_a_text_must_be_there_and_not_too_long(client, said):
    assert refusal_of(lambda: speak(client, said)).param == "input"


def test_a_text_the_model_does_not_repeat_exactly_is_not_read_aloud(client):
    with pytest.raises(openai.InternalServerError) as caught:
        speak(client, "simulate:emoji")
    assert caught.value.code == "speech_not_exact"
    assert caught.value.status_code == 502


def test_nothing_of_a_speech_stays_upstream(product_with):
    product = product_with(LOG_LEVEL="warn")
    with product.client() as client:
        kept = client.chat.completions.create(
            model="auto",
            messages=[{"role": "user", "content": "simulate:echo kept"}],
            extra_body={"history_disabled": False},
        )
        assert digest_of(TEXT) in speak(client).content
        with pytest.raises(openai.InternalServerError):
            speak(client, "simulate:emoji")
    product.wait_for_kept_conversations({kept.conversation_id})


def test_a_recording_is_written_down(client):
    said = "你好 🌍, \"quotes\" and\nline ends."
    assert write_down(client, wav(said)).text == said


def test_the_text_may_come_alone(client):
    assert write_down(client, wav("只有 words"), response_format="text") == "只有 words"


def test_every_byte_of_a_recording_arrives(client):
    contents = wav("").replace(b"simulate-say:", b"no mark here:") + bytes(3_000_000)
    text = write_down(client, contents, "会议 1.wav").text
    assert text == f"Simulated transcript of 会议 1.wav, {len(contents)} bytes."


def test_a_language_is_passed_on_and_what_has_no_effect_is_named(client):
    raw = client.audio.transcriptions.with_raw_response.create(
        model="gpt-4o-transcribe",
        file=("a.wav", wav("Grüezi")),
        language="de",
        prompt="greetings",
        temperature=0.2,
    )
    assert raw.parse().text == "Grüezi"
    assert sorted(raw.headers["x-flowgpt-dropped"].split(", ")) == [
        "model",
        "prompt",
        "temperature",
    ]


@pytest.mark.parametrize(
    ("parameters", "param"),
    [
        ({"response_format": "verbose_json"}, "response_format"),
        ({"response_format": "srt"}, "response_format"),
        ({"response_format": "vtt"}, "response_format"),
        ({"stream": True}, "stream"),
    ],
)
def test_times_and_streams_are_refused(client, parameters, param):
    error = refusal_of(lambda: write_down(client, wav("words"), **parameters))
    assert (error.param, error.code) == (param, "unsupported_parameter")


@pytest.mark.parametrize("contents", [b"", b"words", png()])
def test_what_is_no_recording_is_refused(client, contents):
    assert refusal_of(lambda: write_down(client, contents)).param == "file"


def test_a_recording_that_is_too_long_is_refused(client):
    with pytest.raises(openai.APIStatusError) as caught:
        write_down(client, wav("words") + bytes(26 << 20))
    assert caught.value.status_code == 413
    assert caught.value.code == "request_too_large"
    assert caught.value.param == "file"


def test_a_limit_of_dictation_is_a_rate_limit(own_client):
    with pytest.raises(openai.RateLimitError):
        write_down(own_client, wav("words"), "simulate-transcribe-429.wav")
