// Pictures, documents and recordings in messages: all bytes, names and words arrive.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { BadRequestError, toFile } from 'openai';

import { start } from './product.mjs';
import { dataUrl, documentLine, pictureLine, png, pngThatClaims, wav } from './samples.mjs';

const PDF = Buffer.from('%PDF-1.7\n1 0 obj\n<</Type /Catalog>>\nendobj\n%%EOF\n');
const NAME = '年度 报告 (1).pdf';

let product;
let client;

before(async () => {
  product = await start();
  client = product.client();
});
after(() => product.stop());

function ask(content, parameters = {}) {
  const messages = [{ role: 'user', content }];
  return client.chat.completions.create({ model: 'auto', messages, ...parameters });
}

const text = (said) => ({ type: 'text', text: said });
const picture = (url, fields = {}) => ({ type: 'image_url', image_url: { url, ...fields } });
const document = (file) => ({ type: 'file', file });
const recording = (said, format = 'wav') => ({
  type: 'input_audio',
  input_audio: { data: wav(said).toString('base64'), format },
});

async function describe(...parts) {
  const completion = await ask([text('simulate:describe'), ...parts]);
  return completion.choices[0].message.content.split('\n');
}

async function upload(name, contents) {
  return client.files.create({ file: await toFile(contents, name), purpose: 'user_data' });
}

test('several pictures arrive whole and in their order', async () => {
  const shades = [0, 1, 2, 3].map((shade) => png(shade));
  const file = await upload('我的 图片.png', png(99));
  assert.deepEqual(
    await describe(
      ...shades.map((shade) => picture(dataUrl('image/png', shade), { detail: 'high' })),
      document({ file_id: file.id }),
    ),
    [
      ...shades.map((shade) => pictureLine('image.png', shade)),
      pictureLine('我的 图片.png', png(99)),
    ],
  );
});

test('a document arrives whole and with its name, however it is sent', async () => {
  const file = await upload(NAME, PDF);
  for (const sent of [
    { file_data: dataUrl('application/pdf', PDF), filename: NAME },
    { file_data: PDF.toString('base64'), filename: NAME },
    { file_id: file.id },
  ]) {
    const line = documentLine(NAME, 'application/pdf', PDF);
    assert.deepEqual(await describe(document(sent)), [line]);
  }
});

test('attachments go with a stream too', async () => {
  const stream = await ask([text('simulate:describe'), picture(dataUrl('image/png', png(5)))], {
    stream: true,
  });
  let answer = '';
  for await (const chunk of stream) answer += chunk.choices[0].delta.content ?? '';
  assert.equal(answer, pictureLine('image.png', png(5)));
});

test('a recording is written down into the message, and that is told', async () => {
  const said = ask([recording('simulate:echo 请说 hello 🌍')]);
  const { data, response } = await said.withResponse();
  assert.equal(data.choices[0].message.content, '请说 hello 🌍');
  assert.equal(response.headers.get('x-flowgpt-emulated'), 'input_audio');
});

test('what cannot be sent is refused where it stands', async () => {
  const words = Buffer.from('only words').toString('base64');
  for (const unfit of [
    picture(dataUrl('image/png', Buffer.from('only words'))),
    picture('data:image/png;base64,'),
    picture(dataUrl('image/png', pngThatClaims(60_000, 60_000))),
    document({ file_data: '', filename: 'empty.txt' }),
    document({ file_id: 'file-unknown' }),
    { type: 'input_audio', input_audio: { data: words, format: 'wav' } },
  ]) {
    await assert.rejects(describe(unfit), (error) => {
      assert.ok(error instanceof BadRequestError, String(error));
      assert.equal(error.param, 'messages[0].content[1]');
      return true;
    });
  }
});
