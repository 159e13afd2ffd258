// What ChatGPT makes beside its text: pictures, files, sources, steps of tools, thoughts.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import OpenAI from 'openai';

import { start } from './product.mjs';
import { pngSize } from './samples.mjs';

const CSV =
  'city,month,visitors\nBasel,January,1204\nBasel,February,1388\n' +
  'Zürich,January,3110\nZürich,February,2987\n';
const REPORT = '季度,收入,说明\n第一季度,1200,"含 ""预售"""\n第二季度,1350,\n';

let product;
let client;

before(async () => {
  product = await start();
  client = product.client();
});
after(() => product.stop());

function create(prompt, parameters = {}) {
  const messages = [{ role: 'user', content: prompt }];
  return client.chat.completions.create({ model: 'auto', messages, ...parameters });
}

async function messageOf(prompt, parameters = {}) {
  return (await create(prompt, parameters)).choices[0].message;
}

/** The deltas of a stream: its text, and everything that came in one of its lists. */
async function streamed(prompt, list, parameters = {}) {
  let text = '';
  const items = [];
  for await (const chunk of await create(prompt, { stream: true, ...parameters })) {
    const { delta } = chunk.choices[0];
    text += delta.content ?? '';
    items.push(...(delta[list] ?? []));
  }
  return { text, items };
}

async function download(url, headers = {}) {
  const response = await fetch(url, { headers });
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}

const linksIn = (text) => [...text.matchAll(/\]\((http[^)]+)\)/g)].map((found) => found[1]);

test('a picture is whole behind the link that stands beside the text and in it', async () => {
  for (const script of ['image', 'image-previews', 'image-async']) {
    const { content, images } = await messageOf(`simulate:${script}`);
    const links = images.map((image) => image.image_url.url);
    assert.deepEqual(linksIn(content), links);
    assert.equal(pngSize((await download(links[0])).bytes), '1536x1024');
  }
});

test('a stream tells of the finished picture once', async () => {
  const { text, items } = await streamed('simulate:image-partial', 'images');
  assert.equal(items.length, 1);
  assert.equal(items[0].index, 0);
  assert.deepEqual(linksIn(text), [items[0].image_url.url]);
  assert.equal(pngSize((await download(items[0].image_url.url)).bytes), '1536x1024');
});

test('files of the sandbox are behind links, whole and in part', async () => {
  const [table, report] = linksIn((await messageOf('simulate:code-file')).content);
  const whole = await download(table);
  assert.equal(whole.bytes.toString(), CSV);
  assert.match(whole.headers.get('content-disposition'), /^attachment; .*out\.csv$/);
  assert.equal((await download(report)).bytes.toString(), REPORT);
  const part = await download(table, { Range: 'bytes=5-9' });
  assert.equal(part.status, 206);
  assert.equal(part.headers.get('content-range'), `bytes 5-9/${whole.bytes.length}`);
  assert.equal(part.bytes.toString(), 'month');
});

test('a link that was changed leads nowhere, and a key that is not known to a refusal', async () => {
  const [link] = linksIn((await messageOf('simulate:code-file')).content);
  const at = link.indexOf('/files/') + 20;
  const changed = link.slice(0, at) + (link[at] === 'A' ? 'B' : 'A') + link.slice(at + 1);
  assert.equal((await download(changed)).status, 404);
  assert.equal((await download(link, { Authorization: 'Bearer sk-unknown' })).status, 401);
  assert.equal((await download(link)).status, 200);
});

test('the sources of a stream are those of the whole answer', async () => {
  const whole = await messageOf('simulate:search-emoji');
  const { text, items } = await streamed('simulate:search-emoji', 'annotations');
  assert.equal(text, whole.content);
  assert.deepEqual(items, whole.annotations);
});

test('reasoning is delivered as the request says', async () => {
  const shown = (format) => messageOf('simulate:reasoning', { reasoning_format: format });
  const [parsed, raw, hidden] = [await shown('parsed'), await shown('raw'), await shown('hidden')];
  assert.match(parsed.reasoning_content, /^\*\*Reading the question\*\*/);
  assert.equal(raw.content, `<think>\n${parsed.reasoning_content}\n</think>\n\n${parsed.content}`);
  assert.equal(raw.reasoning_content, undefined);
  assert.equal(hidden.content, parsed.content);
  assert.equal(hidden.reasoning_content, undefined);
});

test('steps of tools stand beside the text when asked for', async () => {
  const structured = { tool_activity: 'structured' };
  const { content, tool_activity: steps } = await messageOf('simulate:code', structured);
  assert.ok(!content.includes('```'));
  assert.equal(steps.length, 1);
  assert.equal(steps[0].type, 'code_interpreter_call');
  assert.deepEqual(steps[0].outputs, [{ type: 'logs', logs: '385\n' }]);
  const { items } = await streamed('simulate:code', 'tool_activity', structured);
  assert.equal(items.at(-1).status, 'completed');
  assert.deepEqual(items.at(-1).outputs, steps[0].outputs);
});

test('a GPT is a model', async () => {
  const listed = (await client.models.list()).data.map((model) => model.id);
  assert.ok(listed.includes('gizmo-g-simCoder1'), String(listed));
  const { content } = await messageOf('Hello.', { model: 'gizmo-g-simCoder1' });
  assert.match(content, /^Simulated Coder answers\. /);
});

test('a conversation that is to be deleted later is kept, and a temporary one is not', async () => {
  const kept = await create('simulate:echo one', { delete_after_minutes: 5 });
  assert.ok(kept.conversation_id);
  const place = { conversation_id: kept.conversation_id, parent_message_id: kept.message_id };
  const next = await create('simulate:echo two', place);
  assert.equal(next.conversation_id, kept.conversation_id);
  const temporary = await create('simulate:echo gone');
  assert.equal(temporary.conversation_id, undefined);
  const both = create('hello', { delete_after_minutes: 5, history_disabled: true });
  await assert.rejects(both, OpenAI.BadRequestError);
});
