"""GPTs and projects as models."""

import openai
import pytest

from chat import ask, ask_for_chunks, text_of

CODER = "gizmo-g-simCoder1"


def test_gpts_and_projects_are_listed_as_models(client):
    listed = [model.id for model in client.models.list()]
    assert {CODER, "gizmo-g-simTransl", "gizmo-g-simArtist"} <= set(listed)
    assert [name for name in listed if name.startswith("gizmo-g-p-")]
    assert client.models.retrieve(CODER).id == CODER


@pytest.mark.parametrize("name", [CODER, "g-simCoder1", f"gpt-5-2-{CODER}", f"{CODER}-a-title"])
def test_a_gpt_answers_by_each_of_its_names(client, name):
    answer = ask(client, name, "Hello.").choices[0].message.content
    assert answer.startswith("Simulated Coder answers. ")


def test_a_gpt_answers_in_a_stream(client):
    assert text_of(ask_for_chunks(client, CODER, "你好")).startswith("Simulated Coder 回答：")


def test_a_project_answers_whichever_account_it_belongs_to(client):
    projects = [model.id for model in client.models.list() if model.id.startswith("gizmo-g-p-")]
    for project in projects:
        answer = ask(client, project, "Hello.").choices[0].message.content
        assert answer.startswith("Simulated "), project


def test_a_conversation_with_a_gpt_goes_on(client):
    kept = {"history_disabled": False}
    first = ask(client, CODER, "Hello.", extra_body=kept)
    place = kept | {
        "conversation_id": first.conversation_id,
        "parent_message_id": first.message_id,
    }
    second = ask(client, CODER, "And then?", extra_body=place)
    assert second.choices[0].message.content.startswith("Simulated Coder answers. ")
    assert second.conversation_id == first.conversation_id


def test_a_gpt_that_does_not_exist_is_not_found(client):
    with pytest.raises(openai.NotFoundError):
        ask(client, "gizmo-g-nobodyHasIt", "Hello.")
