"""Libraries that people build with, which speak OpenAI's API through clients of their own:
LangChain, Pydantic AI, LiteLLM, and the `llm` command.
"""

import json
import os
import subprocess
import sys

import litellm
import pytest
import yaml
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.output import NativeOutput, ToolOutput
from pydantic_ai.providers.openai import OpenAIProvider

from product import DEADLINE_S

MODEL = "codex/gpt-5.2"
CITY = "北京 🌍"
CALL = f"simulate:call weather {json.dumps({'city': CITY}, ensure_ascii=False)}"
TOLD = f"the tool said: 晴 in {CITY}"
ECHO = "simulate:echo 你好 one two 🌍"
ECHOED = "你好 one two 🌍"


class Person(BaseModel):
    name: str
    age: int


class TestLangChain:
    @pytest.fixture(params=[False, True], ids=["chat completions", "responses"])
    def chat(self, request, product):
        return ChatOpenAI(
            use_responses_api=request.param,
            model=MODEL,
            base_url=product.base_url,
            api_key=product.api_key,
            max_retries=0,
            timeout=DEADLINE_S,
        )

    @pytest.fixture
    def weather(self):
        @tool
        def weather(city: str) -> str:
            """Says the weather of a city."""
            return f"晴 in {city}"

        return weather

    def test_an_answer_comes_with_its_usage(self, chat):
        message = chat.invoke(ECHO)
        assert message.text == ECHOED
        assert message.usage_metadata["output_tokens"] > 0

    def test_a_stream_adds_up_to_the_answer(self, chat):
        pieces = list(chat.stream(ECHO))
        assert len(pieces) > 2
        assert "".join(piece.text for piece in pieces) == ECHOED

    @pytest.mark.parametrize("stream", [False, True])
    def test_a_bound_tool_is_called_and_answered(self, chat, weather, stream):
        chat = chat.bind_tools([weather])
        messages = [HumanMessage(CALL)]
        if stream:
            first, *pieces = chat.stream(messages)
            message = sum(pieces, first)
        else:
            message = chat.invoke(messages)
        [call] = message.tool_calls
        assert (call["name"], call["args"]) == ("weather", {"city": CITY})
        result = weather.invoke(call)
        assert isinstance(result, ToolMessage)
        assert chat.invoke([*messages, message, result]).text == TOLD

    @pytest.mark.parametrize("method", ["json_schema", "function_calling"])
    def test_an_answer_has_the_wanted_structure(self, chat, method):
        prompt = "simulate:call Person" if method == "function_calling" else "a person"
        person = chat.with_structured_output(Person, method=method).invoke(prompt)
        assert isinstance(person, Person)


class TestPydanticAi:
    @pytest.fixture
    def model(self, product):
        provider = OpenAIProvider(base_url=product.base_url, api_key=product.api_key)
        return OpenAIChatModel(MODEL, provider=provider)

    def test_an_agent_calls_its_tool_and_answers(self, model):
        agent = Agent(model)
        seen = []

        @agent.tool_plain
        def weather(city: str) -> str:
            """Says the weather of a city."""
            seen.append(city)
            return f"晴 in {city}"

        assert agent.run_sync(CALL).output == TOLD
        assert seen == [CITY]

    @pytest.mark.parametrize(
        ("output", "prompt"),
        [
            (NativeOutput(Person), "a person"),
            (ToolOutput(Person, name="person"), "simulate:call person"),
        ],
        ids=["by a schema", "by a tool"],
    )
    def test_an_agent_answers_with_a_type(self, model, output, prompt):
        result = Agent(model, output_type=output).run_sync(prompt)
        assert isinstance(result.output, Person)
        assert result.usage.output_tokens > 0

    def test_an_agent_streams_its_text(self, model):
        stream = Agent(model).run_stream_sync(ECHO)
        assert "".join(stream.stream_text(delta=True)) == ECHOED

    def test_a_failure_has_its_status(self, product):
        provider = OpenAIProvider(base_url=product.base_url, api_key=product.api_key)
        model = OpenAIChatModel("codex/no-such-model", provider=provider)
        with pytest.raises(ModelHTTPError) as caught:
            Agent(model).run_sync("hi")
        assert caught.value.status_code == 404


class TestLiteLlm:
    TOOLS = [
        {
            "type": "function",
            "function": {
                "name": "weather",
                "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
            },
        }
    ]

    @pytest.fixture
    def complete(self, product):
        def complete(prompt, model=MODEL, before=(), **more):
            return litellm.completion(
                model=f"openai/{model}",
                api_base=product.base_url,
                api_key=product.api_key,
                messages=[{"role": "user", "content": prompt}, *before],
                num_retries=0,
                max_retries=0,
                timeout=DEADLINE_S,
                **more,
            )

        return complete

    def test_an_answer_comes_with_its_usage(self, complete):
        answer = complete(ECHO)
        assert answer.choices[0].message.content == ECHOED
        assert answer.usage.total_tokens > 0

    def test_a_stream_adds_up_to_the_answer(self, complete):
        pieces = [it.choices[0].delta.content or "" for it in complete(ECHO, stream=True)]
        assert "".join(pieces) == ECHOED

    @pytest.mark.parametrize("stream", [False, True])
    def test_a_tool_is_called_and_answered(self, complete, stream):
        answer = complete(CALL, tools=self.TOOLS, stream=stream)
        if stream:
            answer = litellm.stream_chunk_builder(list(answer))
        message = answer.choices[0].message
        assert answer.choices[0].finish_reason == "tool_calls"
        [call] = message.tool_calls
        assert call.function.name == "weather"
        assert json.loads(call.function.arguments) == {"city": CITY}
        result = {"role": "tool", "tool_call_id": call.id, "content": f"晴 in {CITY}"}
        told = complete(CALL, before=[message, result], tools=self.TOOLS)
        assert told.choices[0].message.content == TOLD

    def test_an_answer_has_the_wanted_structure(self, complete):
        answer = complete("a person", response_format=Person)
        Person.model_validate_json(answer.choices[0].message.content)

    def test_thoughts_are_apart_from_the_text(self, complete):
        message = complete("simulate:reasoning").choices[0].message
        assert message.reasoning_content
        assert message.content

    def test_an_unknown_model_is_not_found(self, complete):
        with pytest.raises(litellm.NotFoundError):
            complete("hi", model="codex/no-such-model")


class TestLlm:
    @pytest.fixture
    def llm(self, product, tmp_path):
        """Runs the command with a model of the product in its settings."""
        model = {
            "model_id": "flowgpt",
            "model_name": MODEL,
            "api_base": product.base_url,
            "supports_schema": True,
            "supports_tools": True,
        }
        settings = tmp_path / "extra-openai-models.yaml"
        settings.write_text(yaml.safe_dump([model]), encoding="utf-8")
        environment = os.environ | {
            "LLM_USER_PATH": str(tmp_path),
            "OPENAI_API_KEY": product.api_key,
        }

        def run(*arguments):
            command = [sys.executable, "-m", "llm", "-m", "flowgpt", *arguments]
            done = subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                timeout=DEADLINE_S,
            )
            assert done.returncode == 0, done.stderr
            return done.stdout.strip()

        return run

    @pytest.mark.parametrize("manner", [[], ["--no-stream"]], ids=["streamed", "whole"])
    def test_the_command_prints_the_answer(self, llm, manner):
        assert llm(*manner, ECHO) == ECHOED

    def test_the_command_calls_a_function_and_prints_the_answer(self, llm):
        function = "def weather(city: str) -> str:\n    return f'晴 in {city}'\n"
        assert llm("--functions", function, CALL) == TOLD

    def test_the_command_prints_an_answer_by_a_schema(self, llm):
        answer = json.loads(llm("--schema", "name, age int", "a person"))
        assert isinstance(answer["name"], str) and isinstance(answer["age"], int)
