"""Files: uploaded, listed, read and deleted as the stock client does it."""

import openai
import pytest

TEXT = "some words, 你好 🌍\r\nand a second line\n"


@pytest.fixture
def client(own_client):
    """A product of its own, because the list of files is everybody's with the key."""
    return own_client


def upload(client, name="notes.txt", contents=TEXT, **parameters):
    contents = contents.encode() if isinstance(contents, str) else contents
    return client.files.create(file=(name, contents), purpose="user_data", **parameters)


def test_a_file_comes_back_as_it_was_uploaded(client):
    file = upload(client, "你好 notes.txt")
    assert file.id.startswith("file-")
    assert file.object == "file"
    assert file.bytes == len(TEXT.encode())
    assert file.filename == "你好 notes.txt"
    assert file.purpose == "user_data"
    assert file.status == "processed"
    assert file.expires_at is None
    assert client.files.retrieve(file.id) == file
    assert client.files.content(file.id).read() == TEXT.encode()


def test_large_files_and_all_bytes_survive(client):
    contents = bytes(range(256)) * 20_000
    file = upload(client, "all.bin", contents)
    assert file.bytes == len(contents)
    assert client.files.content(file.id).read() == contents


def test_the_type_follows_the_name(client):
    file = upload(client, "picture.png", b"\x89PNG")
    content = client.files.content(file.id)
    assert content.response.headers["content-type"] == "image/png"
    assert content.response.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "purpose", ["assistants", "batch", "fine-tune", "vision", "user_data", "evals"]
)
def test_every_purpose_is_taken(client, purpose):
    file = client.files.create(file=("a.jsonl", b"{}"), purpose=purpose)
    assert [listed.id for listed in client.files.list(purpose=purpose)] == [file.id]


def test_an_expiry_is_kept(client):
    file = upload(client, expires_after={"anchor": "created_at", "seconds": 3600})
    assert file.expires_at == file.created_at + 3600


def test_the_client_pages_through_the_list_by_itself(client):
    uploaded = [upload(client, f"{number}.txt").id for number in range(5)]
    oldest_first = [file.id for file in client.files.list(limit=2, order="asc")]
    assert oldest_first == uploaded
    newest_first = [file.id for file in client.files.list(limit=3)]
    assert newest_first == uploaded[::-1]
    page = client.files.list(limit=2, order="asc")
    assert page.has_more
    assert page.has_next_page()
    assert not client.files.list().has_more


def test_a_deleted_file_is_gone(client):
    file = upload(client)
    deleted = client.files.delete(file.id)
    assert (deleted.id, deleted.object, deleted.deleted) == (file.id, "file", True)
    for ask in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError) as caught:
            ask(file.id)
        assert caught.value.code == "file_not_found"
    assert client.files.list().data == []


def test_a_wrong_purpose_is_named(client):
    with pytest.raises(openai.BadRequestError) as caught:
        client.files.create(file=("a.txt", b"x"), purpose="fun")
    assert caught.value.param == "purpose"


def test_waiting_for_processing_ends_at_once(client):
    file = upload(client)
    assert client.files.wait_for_processing(file.id).id == file.id


def test_the_folder_of_a_demo_goes_with_it(start_product, tmp_path):
    product = start_product()
    with product.client() as client:
        upload(client)
    folders = list(tmp_path.glob("flowgpt-demo-*"))
    assert len(folders) == 1
    assert product.stop() == 0
    assert not folders[0].exists()
