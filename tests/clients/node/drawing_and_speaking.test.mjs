// The images and audio endpoints: what they give, and what they refuse.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import OpenAI, { toFile } from 'openai';

import { start } from './product.mjs';
import { digest, pictureLine, png, pngSize, wav } from './samples.mjs';

const TEXT = 'Read this aloud, 请: "quotes", naïve café 🌍.\n\nAnd a second paragraph.';

let product;
let client;

before(async () => {
  product = await start();
  client = product.client();
});
after(() => product.stop());

function generate(prompt, parameters = {}) {
  return client.images.generate({ model: 'gpt-image-1', prompt, ...parameters });
}

async function edit(prompt, pictures, parameters = {}) {
  const image = [];
  for (const [name, contents] of pictures) {
    image.push(await toFile(contents, name, { type: 'image/png' }));
  }
  return client.images.edit({ model: 'gpt-image-1', prompt, image, ...parameters });
}

async function eventsOf(stream) {
  const events = [];
  for await (const event of await stream) events.push(event);
  return events;
}

const bytesOf = (picture) => Buffer.from(picture.b64_json, 'base64');

/** Waits for a refusal of the request, and for nothing else. */
async function refusalOf(promise) {
  const error = await promise.then(
    () => assert.fail('it was not refused'),
    (thrown) => thrown,
  );
  assert.ok(error instanceof OpenAI.BadRequestError, String(error));
  return error;
}

test('several pictures are different ones, and whole', async () => {
  const { data, size, output_format: format } = await generate('simulate:image', { n: 2 });
  const pictures = data.map(bytesOf);
  assert.deepEqual(pictures.map(pngSize), ['1536x1024', '1536x1024']);
  assert.ok(!pictures[0].equals(pictures[1]));
  assert.equal(size, '1536x1024');
  assert.equal(format, 'png');
});

test('a picture may be a link', async () => {
  const { data } = await generate('simulate:image', { response_format: 'url' });
  const response = await fetch(data[0].url);
  assert.equal(response.headers.get('content-type'), 'image/png');
  assert.equal(pngSize(Buffer.from(await response.arrayBuffer())), '1536x1024');
});

test('a size is said in words, and that is told', async () => {
  const asked = generate('simulate:image', { size: '1024x1536', quality: 'high' });
  const { response } = await asked.withResponse();
  assert.equal(response.headers.get('x-flowgpt-emulated'), 'size');
  assert.equal(response.headers.get('x-flowgpt-dropped'), 'quality');
});

test('a stream has its previews and then the picture', async () => {
  const streamed = { stream: true, partial_images: 2 };
  for (const [prefix, stream] of [
    ['image_generation', generate('simulate:image-partial', streamed)],
    ['image_edit', edit('simulate:image-partial', [['a.png', png()]], streamed)],
  ]) {
    const events = await eventsOf(stream);
    assert.deepEqual(
      events.map((event) => [event.type, event.partial_image_index]),
      [
        [`${prefix}.partial_image`, 0],
        [`${prefix}.partial_image`, 1],
        [`${prefix}.completed`, undefined],
      ],
    );
    const pictures = events.map(bytesOf);
    assert.deepEqual(pictures.map(pngSize), ['1536x1024', '1536x1024', '1536x1024']);
    assert.equal(new Set(pictures.map(digest)).size, 3);
  }
});

test('a refused picture is an error that says why, in a stream too', async () => {
  const error = await refusalOf(generate('simulate:image-refused'));
  assert.equal(error.code, 'image_not_generated');
  assert.match(error.message, /content policy/);
  const stream = eventsOf(generate('simulate:image-refused', { stream: true }));
  await assert.rejects(stream, (thrown) => {
    assert.ok(thrown instanceof OpenAI.APIError, String(thrown));
    assert.match(thrown.message, /content policy/);
    return true;
  });
});

test('pictures that are to be changed arrive whole and in their order', async () => {
  const pictures = [
    ['猫.png', png(1)],
    ['b.png', png(2)],
    ['c.png', png(3)],
  ];
  const { message } = await refusalOf(edit('simulate:describe', pictures));
  const lines = pictures.map(([name, contents]) => pictureLine(name, contents));
  assert.ok(message.includes(lines.join('\n')), message);
});

test('masks are refused, and so is what is no picture', async () => {
  const mask = await toFile(png(), 'mask.png');
  const masked = await refusalOf(edit('simulate:image', [['a.png', png()]], { mask }));
  assert.equal(masked.param, 'mask');
  const unfit = [
    ['a.png', png()],
    ['b.png', Buffer.from('words')],
  ];
  assert.equal((await refusalOf(edit('simulate:image', unfit))).param, 'image[1]');
});

test('a text is read aloud exactly, as MP3 and AAC', async () => {
  for (const [format, mime] of [
    ['mp3', 'audio/mpeg'],
    ['aac', 'audio/aac'],
  ]) {
    const speech = await client.audio.speech.create({
      model: 'gpt-4o-mini-tts',
      voice: 'nova',
      input: TEXT,
      response_format: format,
    });
    assert.equal(speech.headers.get('content-type'), mime);
    assert.equal(speech.headers.get('x-flowgpt-emulated'), 'input');
    assert.ok(Buffer.from(await speech.arrayBuffer()).includes(digest(TEXT)));
  }
});

test('what cannot be spoken is refused', async () => {
  const speak = (parameters) =>
    client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: TEXT, ...parameters });
  assert.equal((await refusalOf(speak({ response_format: 'wav' }))).param, 'response_format');
  assert.equal((await refusalOf(speak({ voice: 'hal' }))).param, 'voice');
  assert.equal((await refusalOf(speak({ speed: 2 }))).param, 'speed');
  await assert.rejects(speak({ input: 'simulate:emoji' }), (error) => {
    assert.ok(error instanceof OpenAI.InternalServerError, String(error));
    assert.equal(error.code, 'speech_not_exact');
    return true;
  });
});

test('a recording is written down, in JSON or alone', async () => {
  const writeDown = async (parameters = {}) =>
    client.audio.transcriptions.create({
      file: await toFile(wav('你好 🌍\nsecond line'), '会议.wav'),
      model: 'whisper-1',
      ...parameters,
    });
  assert.equal((await writeDown({ language: 'zh' })).text, '你好 🌍\nsecond line');
  assert.equal(await writeDown({ response_format: 'text' }), '你好 🌍\nsecond line');
  const timed = await refusalOf(writeDown({ response_format: 'verbose_json' }));
  assert.equal(timed.param, 'response_format');
});
