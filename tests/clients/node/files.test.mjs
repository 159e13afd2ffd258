// Files: uploaded, listed, read and deleted as the stock client does it.

import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';

import OpenAI, { toFile } from 'openai';

import { start } from './product.mjs';

const TEXT = 'some words, 你好 🌍\r\nand a second line\n';

let product;
let client;

// Each test has a product of its own, because the list of files is everybody's with the key.
beforeEach(async () => {
  product = await start();
  client = product.client();
});
afterEach(() => product.stop());

async function upload(name = 'notes.txt', contents = TEXT, parameters = {}) {
  const file = await toFile(Buffer.from(contents), name);
  return client.files.create({ file, purpose: 'user_data', ...parameters });
}

async function contentsOf(id) {
  const response = await client.files.content(id);
  return Buffer.from(await response.arrayBuffer());
}

async function idsOf(list) {
  const ids = [];
  for await (const file of list) ids.push(file.id);
  return ids;
}

test('a file comes back as it was uploaded', async () => {
  const file = await upload('你好 notes.txt');
  assert.equal(file.bytes, Buffer.byteLength(TEXT));
  assert.equal(file.filename, '你好 notes.txt');
  assert.deepEqual(await client.files.retrieve(file.id), file);
  assert.equal((await contentsOf(file.id)).toString(), TEXT);
});

test('a file is uploaded from a stream of the disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flowgpt-files-'));
  try {
    const path = join(folder, 'all.bin');
    const contents = Buffer.alloc(3_000_000, 'abc\r\n--');
    await writeFile(path, contents);
    const file = await client.files.create({ file: createReadStream(path), purpose: 'vision' });
    assert.equal(file.filename, 'all.bin');
    assert.ok(contents.equals(await contentsOf(file.id)));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('an expiry is kept', async () => {
  const file = await upload('a.txt', 'x', {
    expires_after: { anchor: 'created_at', seconds: 3600 },
  });
  assert.equal(file.expires_at, file.created_at + 3600);
});

test('the client pages through the list by itself', async () => {
  const uploaded = [];
  for (let number = 0; number < 5; number += 1) {
    uploaded.push((await upload(`${number}.txt`)).id);
  }
  assert.deepEqual(await idsOf(client.files.list({ limit: 2, order: 'asc' })), uploaded);
  assert.deepEqual(await idsOf(client.files.list({ limit: 3 })), uploaded.reverse());
  assert.deepEqual(await idsOf(client.files.list({ purpose: 'batch' })), []);
});

test('a deleted file is gone', async () => {
  const { id } = await upload();
  assert.deepEqual(await client.files.delete(id), { id, object: 'file', deleted: true });
  await assert.rejects(client.files.retrieve(id), OpenAI.NotFoundError);
  await assert.rejects(client.files.content(id), OpenAI.NotFoundError);
});

test('a wrong purpose is named', async () => {
  const error = await upload('a.txt', 'x', { purpose: 'fun' }).catch((thrown) => thrown);
  assert.ok(error instanceof OpenAI.BadRequestError, String(error));
  assert.equal(error.param, 'purpose');
});
