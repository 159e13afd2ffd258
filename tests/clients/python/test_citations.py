"""Sources of an answer: each annotation is exactly where its link stands in the text."""

import pytest

from chat import ask, ask_for_chunks, text_of

SCRIPTS = ["search", "search-emoji", "search-emoji-utf16", "search-late", "search-old"]


def annotations_of(chunks):
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    return [found for delta in deltas for found in getattr(delta, "annotations", None) or []]


def assert_cites(text, citation):
    link = text[citation["start_index"] : citation["end_index"]]
    number, _, address = link.partition("](")
    assert number.startswith("["), link
    assert number[1:].isdigit(), link
    assert address == citation["url"] + ")"
    assert citation["title"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_annotations_cut_their_links_out_of_the_text(client, model, script):
    message = ask(client, model, f"simulate:{script}").choices[0].message
    assert message.annotations
    for annotation in message.annotations:
        assert annotation.type == "url_citation"
        assert_cites(message.content, annotation.url_citation.model_dump())


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_stream_has_the_same_annotations(client, model, script):
    message = ask(client, model, f"simulate:{script}").choices[0].message
    chunks = ask_for_chunks(client, model, f"simulate:{script}")
    assert text_of(chunks) == message.content
    whole = [annotation.model_dump() for annotation in message.annotations]
    assert annotations_of(chunks) == whole


def test_an_annotation_comes_after_the_text_it_is_about(client, model):
    text = ""
    for chunk in ask(client, model, "simulate:search-emoji", stream=True):
        delta = chunk.choices[0].delta
        text += delta.content or ""
        for annotation in getattr(delta, "annotations", None) or []:
            assert_cites(text, annotation["url_citation"])


def test_nothing_of_upstream_s_own_marks_is_left(client, model):
    for script in SCRIPTS:
        content = ask(client, model, f"simulate:{script}").choices[0].message.content
        private = [character for character in content if "\ue000" <= character <= "\uf8ff"]
        assert private == []


@pytest.mark.parametrize("limit", range(10, 90, 8))
def test_a_cut_answer_has_only_citations_that_are_in_it(client, model, limit):
    message = ask(client, model, "simulate:search-emoji", max_tokens=limit).choices[0].message
    for annotation in message.annotations or []:
        assert_cites(message.content, annotation.url_citation.model_dump())
    chunks = ask_for_chunks(client, model, "simulate:search-emoji", max_tokens=limit)
    for annotation in annotations_of(chunks):
        assert_cites(text_of(chunks), annotation["url_citation"])


def test_an_answer_without_sources_has_none(client, model):
    assert ask(client, model, "simulate:echo hi").choices[0].message.annotations is None


def test_searching_can_be_asked_for(client, model):
    raw = client.chat.completions.with_raw_response.create(
        model=model,
        messages=[{"role": "user", "content": "simulate:search"}],
        web_search_options={"search_context_size": "low"},
    )
    assert raw.parse().choices[0].message.annotations
    assert "web_search_options" not in raw.headers.get("x-flowgpt-dropped", "")
