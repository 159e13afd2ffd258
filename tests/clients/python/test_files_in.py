"""Documents and recordings sent to the model: all bytes and names arrive, or a
recording's words.
"""

import openai
import pytest

from chat import ask_parts, describe, part, text
from samples import base64_of, data_url, document_line, picture_line, png, wav

PDF = b"%PDF-1.7\n1 0 obj\n<</Type /Catalog>>\nendobj\n%%EOF\n"
WORDS = "Some words, 你好 🌍\r\n".encode()
TABLE = "季度,收入\n第一季度,1200\n".encode()
NAME = "年度 报告 (1).pdf"


def recording(said, **fields):
    fields = {"format": "wav"} | fields
    return part("input_audio", data=base64_of(wav(said)), **fields)


@pytest.mark.parametrize("data", [data_url("application/pdf", PDF), base64_of(PDF)])
def test_a_document_in_the_message_arrives_whole(client, model, data):
    document = part("file", file_data=data, filename=NAME)
    assert describe(client, model, document) == [document_line(NAME, "application/pdf", PDF)]


def test_a_document_that_was_uploaded_is_sent_by_its_id_and_keeps_its_name(client, model):
    file = client.files.create(file=(NAME, PDF), purpose="user_data")
    document = part("file", file_id=file.id)
    assert describe(client, model, document) == [document_line(NAME, "application/pdf", PDF)]


@pytest.mark.parametrize(
    ("name", "mime", "contents", "use"),
    [
        ("笔记.txt", "text/plain", WORDS, "my_files"),
        ("表.csv", "text/csv", TABLE, "ace_upload"),
        ("data.bin", "application/octet-stream", bytes(range(256)) * 40, "ace_upload"),
    ],
)
def test_what_a_document_is_for_follows_its_kind(client, model, name, mime, contents, use):
    document = part("file", file_data=base64_of(contents), filename=name)
    assert describe(client, model, document) == [document_line(name, mime, contents, use)]


def test_documents_and_pictures_arrive_together(client, model):
    file = client.files.create(file=("b.txt", WORDS), purpose="user_data")
    parts = [
        part("file", file_data=base64_of(PDF), filename="a.pdf"),
        part("image_url", url=data_url("image/png", png())),
        part("file", file_id=file.id),
    ]
    assert sorted(describe(client, model, *parts)) == sorted(
        [
            document_line("a.pdf", "application/pdf", PDF),
            picture_line("image.png", "image/png", png()),
            document_line("b.txt", "text/plain", WORDS),
        ]
    )


def test_the_same_file_is_good_for_many_messages(client, model):
    file = client.files.create(file=("again.txt", WORDS), purpose="user_data")
    for _ in range(3):
        assert describe(client, model, part("file", file_id=file.id)) == [
            document_line("again.txt", "text/plain", WORDS)
        ]


@pytest.mark.parametrize(
    "unfit",
    [
        part("file", file_id="file-unknown"),
        part("file", file_data="", filename="empty.txt"),
        part("file", file_data=data_url("text/plain", b""), filename="empty.txt"),
        part("file", file_data="not base64!", filename="a.txt"),
        part("file", file_data=data_url("application/pdf", WORDS), filename="a.pdf"),
        part("file", filename="nothing.txt"),
        part("file", file_data=base64_of(WORDS), file_id="file-both"),
        part("input_audio", data=base64_of(WORDS), format="wav"),
        part("input_audio", data=base64_of(png()), format="wav"),
        part("input_audio", data="", format="wav"),
    ],
)
def test_what_cannot_be_sent_is_refused_where_it_stands(client, model, unfit):
    with pytest.raises(openai.BadRequestError) as caught:
        describe(client, model, unfit)
    assert caught.value.param == "messages[0].content[1]"
    assert caught.value.type == "invalid_request_error"


def test_an_empty_file_that_was_uploaded_is_refused_when_it_is_sent(client, model):
    file = client.files.create(file=("empty.txt", b""), purpose="user_data")
    with pytest.raises(openai.BadRequestError) as caught:
        describe(client, model, part("file", file_id=file.id))
    assert caught.value.param == "messages[0].content[1]"
    assert caught.value.code == "invalid_file"


def test_a_file_of_another_key_does_not_exist(product_with, model):
    product = product_with(AUTHORIZATION="sk-test,sk-other")
    with product.client() as client, product.client(api_key="sk-other") as other:
        file = client.files.create(file=("mine.txt", WORDS), purpose="user_data")
        document = part("file", file_id=file.id)
        assert describe(client, model, document) == [
            document_line("mine.txt", "text/plain", WORDS)
        ]
        with pytest.raises(openai.BadRequestError) as caught:
            describe(other, model, document)
        assert caught.value.param == "messages[0].content[1]"


def test_a_recording_is_written_down_into_the_message(client, model):
    raw = client.chat.completions.with_raw_response.create(
        model=model,
        messages=[{"role": "user", "content": [recording("simulate:echo 请说 hello 🌍")]}],
    )
    assert raw.parse().choices[0].message.content == "请说 hello 🌍"
    assert raw.headers["x-flowgpt-emulated"] == "input_audio"


def test_words_and_a_recording_are_one_message(client, model):
    completion = ask_parts(client, model, text("simulate:echo written"), recording("spoken"))
    assert completion.choices[0].message.content == "written\nspoken"


def test_a_recording_is_told_by_its_bytes_and_not_by_its_format(client, model):
    said = recording("simulate:echo heard all the same", format="mp3")
    completion = ask_parts(client, model, said)
    assert completion.choices[0].message.content == "heard all the same"


def test_a_message_without_recordings_has_nothing_emulated(client, model):
    raw = client.chat.completions.with_raw_response.create(
        model=model, messages=[{"role": "user", "content": "simulate:echo hi"}]
    )
    assert "x-flowgpt-emulated" not in raw.headers
