"""Files the model's programs wrote, behind links in the answer."""

import re
from urllib.parse import quote

import pytest

from chat import ask, ask_for_chunks, text_of

CSV = (
    "city,month,visitors\nBasel,January,1204\nBasel,February,1388\n"
    "Zürich,January,3110\nZürich,February,2987\n"
).encode()
REPORT = '季度,收入,说明\n第一季度,1200,"含 ""预售"""\n第二季度,1350,\n'.encode()
REPORT_NAME = quote("季度 报告.csv")

TWO_KEYS = "sk-test,sk-other"


def links_in(answer):
    """What the Markdown of an answer links to, by the text of each link."""
    return dict(re.findall(r"\[([^]]+)\]\(([^)]+)\)", answer))


def link_to_csv(client, model="auto"):
    answer = ask(client, model, "simulate:code-file").choices[0].message.content
    return links_in(answer)["Download the file"]


@pytest.mark.parametrize("script", ["code-file", "code-file-whole"])
def test_the_links_of_an_answer_serve_the_files(product, client, model, script):
    answer = ask(client, model, f"simulate:{script}").choices[0].message.content
    assert "sandbox:" not in answer
    links = links_in(answer)
    assert links["Download the file"].endswith("/out.csv")
    assert links["The report"].endswith(f"/{REPORT_NAME}")
    for link, contents, plain_name, name in (
        (links["Download the file"], CSV, "out.csv", "out.csv"),
        (links["The report"], REPORT, "__ __.csv", REPORT_NAME),
    ):
        file = product.fetch(link)
        assert (file.status, file.body) == (200, contents)
        assert file.headers["content-type"].startswith("text/csv")
        assert file.headers["content-disposition"] == (
            f"attachment; filename=\"{plain_name}\"; filename*=UTF-8''{name}"
        )
        assert int(file.headers["content-length"]) == len(contents)


@pytest.mark.parametrize("script", ["code-file", "code-file-whole"])
def test_the_links_of_a_stream_serve_them_too(product, client, model, script):
    links = links_in(text_of(ask_for_chunks(client, model, f"simulate:{script}")))
    assert product.fetch(links["Download the file"]).body == CSV
    assert product.fetch(links["The report"]).body == REPORT


def test_any_range_can_be_fetched(product, client, model):
    link = link_to_csv(client, model)
    for asked, start, end in (("5-9", 5, 10), ("0-0", 0, 1), ("90-", 90, len(CSV))):
        part = product.fetch(link, range=f"bytes={asked}")
        assert part.status == 206
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{len(CSV)}"
        assert part.body == CSV[start:end]
    last = product.fetch(link, range="bytes=-7")
    assert (last.status, last.body) == (206, CSV[-7:])


def test_a_range_far_inside_a_large_file_is_the_right_one(product, client, model):
    answer = ask(client, model, "simulate:code-large").choices[0].message.content
    link = links_in(answer)["Download the data"]
    start = 150_000_000
    part = product.fetch(link, range=f"bytes={start}-{start + 99_999}")
    assert part.status == 206
    assert part.headers["content-range"] == f"bytes {start}-{start + 99_999}/200000000"
    assert part.body == bytes(place % 251 for place in range(start, start + 100_000))


def test_nothing_in_a_file_runs_in_a_browser(product, client, model):
    headers = product.fetch(link_to_csv(client, model)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert headers["cache-control"].startswith("private")


def test_the_name_at_the_end_of_a_link_is_only_for_people(product, client, model):
    link, _, _ = link_to_csv(client, model).rpartition("/")
    assert product.fetch(link).body == CSV
    assert product.fetch(f"{link}/another.exe").headers["content-disposition"].endswith("out.csv")


def test_a_link_that_was_changed_leads_nowhere(product, client, model):
    base, _, token_and_name = link_to_csv(client, model).partition("/files/")
    token, _, name = token_and_name.partition("/")
    for place in range(0, len(token) - 1, 7):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        reply = product.fetch(f"{base}/files/{changed}/{name}")
        assert reply.status == 404, changed
        assert b"file_not_found" in reply.body
    assert product.fetch(f"{base}/files/{token[:-8]}/{name}").status == 404
    assert product.fetch(f"{base}/files/x/{name}").status == 404


def test_a_link_is_not_for_those_who_show_another_key(product_with):
    product = product_with(AUTHORIZATION=TWO_KEYS)
    with product.client() as client:
        link = link_to_csv(client)
    assert product.fetch(link, "sk-test").body == CSV
    other = product.fetch(link, "sk-other")
    assert other.status == 404
    assert b"file_not_found" in other.body
    assert product.fetch(link, "sk-unknown").status == 401


def test_a_link_of_an_own_token_needs_that_token(product_with):
    product = product_with(LOG_LEVEL="warn")
    with product.client(api_key=product.access_token) as client:
        link = link_to_csv(client)
    assert product.fetch(link, product.access_token).body == CSV
    assert product.fetch(link).status == 401
    assert product.fetch(link, product.api_key).status == 404


def test_a_link_says_how_long_it_is_good_for(product_with):
    product = product_with(FILE_LINK_HOURS="1")
    with product.client() as client:
        link = link_to_csv(client)
    maximum_age = re.search(r"max-age=(\d+)", product.fetch(link).headers["cache-control"])
    assert 3500 < int(maximum_age[1]) <= 3600


def test_links_lead_to_where_the_gateway_is_reached(product_with):
    product = product_with(PUBLIC_URL="https://gateway.example/chat")
    with product.client() as client:
        link = link_to_csv(client)
    assert link.startswith("https://gateway.example/chat/files/")
    here = product.base_url.removesuffix("/v1")
    assert product.fetch(link.replace("https://gateway.example/chat", here)).body == CSV
