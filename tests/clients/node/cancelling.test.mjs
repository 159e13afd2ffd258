// A caller who leaves: upstream stops sending. It falls silent in mid-answer here, so
// that only leaving can end the stream.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import OpenAI from 'openai';

import { start } from './product.mjs';

let product;
let client;
let request;

before(async () => {
  product = await start();
  client = product.client();
  const model = (await client.models.list()).data[0].id;
  const messages = [{ role: 'user', content: 'simulate:stall-mid' }];
  request = { model, messages, stream: true };
});
after(() => product.stop());

test("aborting the stream's own controller closes it upstream", async () => {
  const stream = await client.chat.completions.create(request);
  for await (const chunk of stream) {
    assert.ok(chunk);
    await product.waitForOpenStreams(1);
    stream.controller.abort();
  }
  await product.waitForOpenStreams(0);
});

test("aborting by the caller's signal closes it upstream", async () => {
  const controller = new AbortController();
  const stream = await client.chat.completions.create(request, { signal: controller.signal });
  for await (const chunk of stream) {
    assert.ok(chunk);
    await product.waitForOpenStreams(1);
    controller.abort();
  }
  await product.waitForOpenStreams(0);
});

test('an aborted request that has no answer yet is an abort error', async () => {
  const controller = new AbortController();
  const pending = client.chat.completions.create(request, { signal: controller.signal });
  controller.abort();
  await assert.rejects(pending, OpenAI.APIUserAbortError);
  await product.waitForOpenStreams(0);
});

test('leaving the loop closes it upstream', async () => {
  for await (const chunk of await client.chat.completions.create(request)) {
    assert.ok(chunk);
    await product.waitForOpenStreams(1);
    break;
  }
  await product.waitForOpenStreams(0);
});
