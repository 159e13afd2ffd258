// The AI SDK, with its provider for OpenAI-compatible servers and with OpenAI's own, which
// speaks the Responses API as well.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateObject, generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';

import { start } from './product.mjs';

const MODEL = 'codex/gpt-5.2';
const CITY = '北京 🌍';
const CALL = `simulate:call weather ${JSON.stringify({ city: CITY })}`;
const Person = z.object({ name: z.string(), age: z.number().int() });

let product;

before(async () => {
  product = await start();
});
after(() => product.stop());

function settings() {
  return { baseURL: product.addresses.base_url, apiKey: product.addresses.api_key };
}

const PROVIDERS = {
  'the compatible provider': () =>
    createOpenAICompatible({
      name: 'flowgpt',
      supportsStructuredOutputs: true,
      includeUsage: true,
      ...settings(),
    })(MODEL),
  "OpenAI's provider on Chat Completions": () => createOpenAI(settings()).chat(MODEL),
  "OpenAI's provider on Responses": () => createOpenAI(settings()).responses(MODEL),
};

function weather(seen) {
  return tool({
    description: 'The weather of a city',
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => {
      seen.push(city);
      return `晴 in ${city}`;
    },
  });
}

for (const [name, modelOf] of Object.entries(PROVIDERS)) {
  test(`${name}: a text and its usage`, async () => {
    const { text, usage, finishReason } = await generateText({
      model: modelOf(),
      prompt: 'simulate:echo 你好 🌍',
    });
    assert.equal(text, '你好 🌍');
    assert.equal(finishReason, 'stop');
    assert.ok(usage.inputTokens > 0 && usage.outputTokens > 0);
  });

  test(`${name}: a streamed text and its usage`, async () => {
    const result = streamText({ model: modelOf(), prompt: 'simulate:echo one two three' });
    let text = '';
    for await (const piece of result.textStream) text += piece;
    assert.equal(text, 'one two three');
    assert.ok((await result.usage).outputTokens > 0);
  });

  test(`${name}: a tool is called and the answer goes on`, async () => {
    const seen = [];
    const { text, steps } = await generateText({
      model: modelOf(),
      prompt: CALL,
      tools: { weather: weather(seen) },
      stopWhen: stepCountIs(5),
    });
    assert.deepEqual(seen, [CITY]);
    assert.equal(steps.length, 2);
    assert.equal(text, `the tool said: 晴 in ${CITY}`);
  });

  test(`${name}: a tool is called in a stream and the answer goes on`, async () => {
    const seen = [];
    const result = streamText({
      model: modelOf(),
      prompt: CALL,
      tools: { weather: weather(seen) },
      stopWhen: stepCountIs(5),
    });
    assert.equal(await result.text, `the tool said: 晴 in ${CITY}`);
    assert.deepEqual(seen, [CITY]);
    assert.equal((await result.steps)[0].finishReason, 'tool-calls');
  });

  test(`${name}: thoughts are apart from the text`, async () => {
    const result = await generateText({ model: modelOf(), prompt: 'simulate:reasoning' });
    assert.ok(result.text);
    if (!name.includes('Chat Completions')) assert.ok(result.reasoningText);
  });

  test(`${name}: an object by its schema`, async () => {
    const { object } = await generateObject({
      model: modelOf(),
      schema: Person,
      prompt: 'a person',
    });
    assert.deepEqual(Person.parse(object), object);
  });
}

test('a failure is the error of the SDK, with its status', async () => {
  const model = createOpenAICompatible({ name: 'flowgpt', ...settings() })('codex/no-such-model');
  await assert.rejects(generateText({ model, prompt: 'hi', maxRetries: 0 }), (error) => {
    assert.ok(APICallError.isInstance(error), String(error));
    assert.equal(error.statusCode, 404);
    assert.equal(error.isRetryable, false);
    return true;
  });
});
