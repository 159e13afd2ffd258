// Pictures, files, sources and speech, as the stock client sees them.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';

import { BadRequestError, toFile } from 'openai';

import { start } from './product.mjs';

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');

// The head of a picture of 800 by 600 pixels is all that is looked at.
const PICTURE = Buffer.concat([
  PNG,
  Buffer.from('0000000d49484452000003200000025808020000000102030400', 'hex').subarray(0, 25),
]);

let product;
let client;

before(async () => {
  product = await start();
  client = product.client();
});
after(() => product.stop());

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');
const isPng = (bytes) => bytes.subarray(0, PNG.length).equals(PNG);

async function ask(content, parameters = {}) {
  const reply = await client.chat.completions.create({
    model: 'auto',
    messages: [{ role: 'user', content }],
    ...parameters,
  });
  return reply.choices[0].message;
}

async function download(url, headers = {}) {
  const response = await fetch(url, { headers });
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
}

const linkIn = (text) => /\]\((http[^)]+)\)/.exec(text)[1];

test('every byte of a picture and of an uploaded file arrives', async () => {
  const url = `data:image/png;base64,${PICTURE.toString('base64')}`;
  const content = Buffer.from('name,value\n甲,1\n');
  const file = await client.files.create({
    file: await toFile(content, 'table.csv'),
    purpose: 'user_data',
  });
  const message = await ask([
    { type: 'image_url', image_url: { url } },
    { type: 'file', file: { file_id: file.id } },
    { type: 'text', text: 'simulate:describe' },
  ]);
  assert.match(message.content, new RegExp(digest(PICTURE).slice(0, 16)));
  assert.match(message.content, new RegExp(digest(content).slice(0, 16)));
});

test('a part that cannot be used is named', async () => {
  const url = `data:image/png;base64,${Buffer.from('no picture').toString('base64')}`;
  await assert.rejects(ask([{ type: 'image_url', image_url: { url } }]), (error) => {
    assert.ok(error instanceof BadRequestError);
    assert.equal(error.param, 'messages[0].content[0]');
    return true;
  });
});

test('a picture and a file of the sandbox are downloaded by their links', async () => {
  const picture = await ask('simulate:image');
  assert.ok(isPng((await download(linkIn(picture.content))).bytes));
  const link = linkIn((await ask('simulate:code-file')).content);
  const whole = await download(link);
  const part = await download(link, { Range: 'bytes=2-4' });
  assert.equal(part.status, 206);
  assert.deepEqual(part.bytes, whole.bytes.subarray(2, 5));
});

test('sources count characters and not the units of this language', async () => {
  const message = await ask('simulate:search-emoji');
  const characters = [...message.content];
  assert.ok(message.annotations.length > 0);
  for (const { url_citation: source } of message.annotations) {
    const cited = characters.slice(source.start_index, source.end_index).join('');
    assert.ok(cited.startsWith('[') && cited.endsWith(`](${source.url})`), cited);
  }
});

test('pictures are drawn, streamed and changed', async () => {
  const drawn = await client.images.generate({ prompt: 'simulate:image', model: 'gpt-image-1' });
  assert.ok(isPng(Buffer.from(drawn.data[0].b64_json, 'base64')));
  const kinds = [];
  const stream = await client.images.generate({
    prompt: 'simulate:image-previews',
    model: 'gpt-image-1',
    stream: true,
    partial_images: 1,
  });
  for await (const event of stream) kinds.push(event.type);
  assert.deepEqual(kinds, ['image_generation.partial_image', 'image_generation.completed']);
  const changed = await client.images.edit({
    image: await toFile(PICTURE, 'a.png', { type: 'image/png' }),
    prompt: 'simulate:image a hat',
    model: 'gpt-image-1',
  });
  assert.ok(isPng(Buffer.from(changed.data[0].b64_json, 'base64')));
});

test('speech goes both ways', async () => {
  const input = 'Read this, 请.';
  const speech = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input });
  const sound = Buffer.from(await speech.arrayBuffer());
  assert.ok(sound.includes(digest(Buffer.from(input))));
  const recording = Buffer.from('ID3\x04\0\0\0\0\0\0simulate-say:Hello there.\0', 'latin1');
  const written = await client.audio.transcriptions.create({
    file: await toFile(recording, 'a.mp3'),
    model: 'whisper-1',
  });
  assert.equal(written.text, 'Hello there.');
});
