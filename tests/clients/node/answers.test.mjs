// Answers, whole and streamed: text, usage, limits, models.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { start } from './product.mjs';

const TEXT = '你好 🌍 — "quotes", \\backslashes\\, naïve café, 👩‍👩‍👧 and\nline ends.';

let product;
let client;
let model;

before(async () => {
  product = await start();
  client = product.client();
  model = (await client.models.list()).data[0].id;
});
after(() => product.stop());

function ask(prompt, parameters = {}) {
  const messages = [{ role: 'user', content: prompt }];
  return client.chat.completions.create({ model, messages, ...parameters });
}

async function askForChunks(prompt, parameters = {}) {
  const chunks = [];
  for await (const chunk of await ask(prompt, { stream: true, ...parameters })) chunks.push(chunk);
  return chunks;
}

function textOf(chunks) {
  return chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
}

function finishReasonsOf(chunks) {
  return chunks.map((chunk) => chunk.choices[0]?.finish_reason).filter(Boolean);
}

test('a whole answer is the text exactly', async () => {
  const completion = await ask(`simulate:echo ${TEXT}`);
  assert.equal(completion.choices[0].message.content, TEXT);
  assert.equal(completion.choices[0].finish_reason, 'stop');
});

test('a streamed answer is the text exactly', async () => {
  const chunks = await askForChunks(`simulate:echo ${TEXT}`);
  assert.equal(textOf(chunks), TEXT);
  assert.deepEqual(finishReasonsOf(chunks), ['stop']);
});

test('usage adds up in a whole answer and in a stream', async () => {
  const { usage } = await ask(`simulate:echo ${TEXT}`);
  assert.ok(usage.prompt_tokens > 0 && usage.completion_tokens > 0);
  assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
  const chunks = await askForChunks(`simulate:echo ${TEXT}`, {
    stream_options: { include_usage: true },
  });
  const last = chunks.at(-1);
  assert.deepEqual(last.choices, []);
  assert.deepEqual(last.usage, usage);
});

test('a token limit is exact', async () => {
  const completion = await ask(`simulate:echo ${TEXT}`, { max_tokens: 5 });
  assert.equal(completion.choices[0].finish_reason, 'length');
  assert.equal(completion.usage.completion_tokens, 5);
  assert.ok(TEXT.startsWith(completion.choices[0].message.content));
});

test('reasoning comes beside the answer', async () => {
  const { message } = (await ask('simulate:reasoning')).choices[0];
  assert.ok(message.reasoning_content);
  assert.ok(message.content);
});

test('the helper that gathers a stream gathers the same answer', async () => {
  const messages = [{ role: 'user', content: `simulate:echo ${TEXT}` }];
  const stream = client.chat.completions.stream({ model, messages });
  assert.equal(await stream.finalContent(), TEXT);
});

test('every listed model can be retrieved', async () => {
  for await (const listed of client.models.list()) {
    assert.deepEqual(await client.models.retrieve(listed.id), listed);
  }
});

test('an answer says which request it was and what it used', async () => {
  const { response } = await ask('simulate:echo hi').withResponse();
  assert.ok(response.headers.get('x-request-id'));
  assert.ok(response.headers.get('x-flowgpt-model'));
  assert.equal(response.headers.get('x-flowgpt-attempts'), '1');
});
