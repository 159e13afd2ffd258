// What goes wrong, as the client's own errors. Each test has a product of its own,
// because the gateway remembers what an account was refused.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import OpenAI, { toFile } from 'openai';

import { start } from './product.mjs';

let product;
let client;
let model;

beforeEach(async () => {
  product = await start();
  client = product.client();
  model = (await client.models.list()).data[0].id;
});
afterEach(() => product.stop());

function ask(prompt, parameters = {}) {
  const messages = [{ role: 'user', content: prompt }];
  return client.chat.completions.create({ model, messages, ...parameters });
}

/** Waits for the error of this class, and for nothing else. */
async function errorOf(promise, expected) {
  const error = await promise.then(
    () => assert.fail(`no ${expected.name}`),
    (thrown) => thrown,
  );
  assert.ok(error instanceof expected, `not a ${expected.name}: ${error}`);
  return error;
}

test('a bad key is an authentication error', async () => {
  client = product.client({ apiKey: 'sk-not-a-key' });
  await errorOf(ask('hello'), OpenAI.AuthenticationError);
});

test('an unknown model is not found', async () => {
  const error = await errorOf(ask('hello', { model: 'no-such-model' }), OpenAI.NotFoundError);
  assert.equal(error.code, 'model_not_found');
  await errorOf(client.models.retrieve('no-such-model'), OpenAI.NotFoundError);
});

test('tools are refused and named where the driver has none', async () => {
  const tools = [{ type: 'function', function: { name: 'look_up', parameters: {} } }];
  const error = await errorOf(ask('hello', { tools, model: 'web/auto' }), OpenAI.BadRequestError);
  assert.equal(error.code, 'unsupported_parameter');
  assert.equal(error.param, 'tools');
});

test('two choices are two answers, and more than eight are refused', async () => {
  const { choices } = await ask('simulate:echo hi', { n: 2 });
  const told = choices.map(({ index, message }) => [index, message.content]);
  assert.deepEqual(told, [[0, 'hi'], [1, 'hi']]);
  const error = await errorOf(ask('hello', { n: 9 }), OpenAI.BadRequestError);
  assert.equal(error.param, 'n');
});

test('a used-up model is a rate limit with a time', async () => {
  const error = await errorOf(ask('simulate:model-cap'), OpenAI.RateLimitError);
  assert.ok(Number(error.headers.get('retry-after')) > 0);
});

test('a refusal is seen by a client that is still sending a file', async () => {
  const contents = Buffer.alloc(3_000_000, 'x');
  const stranger = product.client({ apiKey: 'sk-not-a-key' });
  for (let times = 0; times < 20; times += 1) {
    const file = await toFile(contents, 'a.txt');
    await errorOf(
      stranger.files.create({ purpose: 'user_data', file }),
      OpenAI.AuthenticationError,
    );
    const timed = client.audio.transcriptions.create({
      response_format: 'srt',
      model: 'whisper-1',
      file,
    });
    assert.equal((await errorOf(timed, OpenAI.BadRequestError)).param, 'response_format');
  }
});

test('a challenge is a denial that says what was asked', async () => {
  const error = await errorOf(ask('simulate:unusual-activity'), OpenAI.PermissionDeniedError);
  assert.equal(error.code, 'upstream_challenge_required');
  assert.equal(error.headers.get('x-flowgpt-challenge'), 'unusual_activity');
});

test('a failing upstream is a server error', async () => {
  const error = await errorOf(ask('simulate:internal-error'), OpenAI.InternalServerError);
  assert.equal(error.status, 502);
});

test('a stream that breaks throws after the text so far', async () => {
  let text = '';
  async function read() {
    const stream = await ask('simulate:truncated', { stream: true });
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  }
  const error = await errorOf(read(), OpenAI.APIError);
  assert.ok(!(error instanceof OpenAI.APIConnectionError), 'the connection broke instead');
  assert.ok(text);
});
