// Tools and answers by a schema: calls whole and streamed, the helper that runs them to the
// final answer, and what is refused. The model is named with its driver, so that nothing but
// that driver can answer.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import OpenAI from 'openai';
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';

import { start } from './product.mjs';

const model = 'codex/gpt-5.2';
const CITY = '北京 🌍';
const CALL = `simulate:call weather ${JSON.stringify({ city: CITY })}`;

const Person = z.object({
  name: z.string(),
  age: z.number().int(),
  mood: z.enum(['calm', 'wild']),
});

let product;
let client;

before(async () => {
  product = await start();
  client = product.client();
});
after(() => product.stop());

const user = (content) => [{ role: 'user', content }];

function tool(name, property) {
  const parameters = {
    type: 'object',
    properties: { [property]: { type: 'string' } },
    required: [property],
    additionalProperties: false,
  };
  return { type: 'function', function: { name, parameters } };
}

const tools = [tool('weather', 'city'), tool('clock', 'zone')];

const ask = (prompt, parameters = {}) =>
  client.chat.completions.create({ model, messages: user(prompt), ...parameters });

const askForStream = (prompt, parameters = {}) =>
  client.chat.completions.stream({ model, messages: user(prompt), ...parameters });

function callsOf(message) {
  return message.tool_calls.map(({ function: { name, arguments: text } }) => [
    name,
    JSON.parse(text),
  ]);
}

test('a call is the same whole and streamed', async () => {
  const stream = askForStream(CALL, { tools });
  for (const completion of [await ask(CALL, { tools }), await stream.finalChatCompletion()]) {
    const [choice] = completion.choices;
    assert.equal(choice.finish_reason, 'tool_calls');
    assert.ok(!choice.message.content);
    assert.deepEqual(callsOf(choice.message), [['weather', { city: CITY }]]);
  }
});

test('the arguments of a streamed call come as events of the helper', async () => {
  const stream = askForStream(CALL, { tools });
  let pieces = '';
  let done;
  stream.on('tool_calls.function.arguments.delta', (event) => {
    pieces += event.arguments_delta;
  });
  stream.on('tool_calls.function.arguments.done', (event) => {
    done = event;
  });
  await stream.done();
  assert.deepEqual(JSON.parse(pieces), { city: CITY });
  assert.equal(done.name, 'weather');
  assert.equal(done.arguments, pieces);
});

test('two calls at once are both answered', async () => {
  const { choices } = await askForStream('simulate:calls', { tools }).finalChatCompletion();
  const [{ message }] = choices;
  assert.deepEqual(
    callsOf(message).map(([name]) => name),
    ['weather', 'clock'],
  );
  const results = message.tool_calls.map(({ id, function: { name } }) => ({
    role: 'tool',
    tool_call_id: id,
    content: `${name}!`,
  }));
  const messages = [...user('simulate:calls'), message, ...results];
  const told = await client.chat.completions.create({ model, messages, tools });
  assert.equal(told.choices[0].message.content, 'the tool said: weather!\nclock!');
});

for (const stream of [false, true]) {
  const manner = stream ? 'streamed' : 'whole';

  test(`runTools calls the tool and gives the final answer, ${manner}`, async () => {
    const seen = [];
    const weather = zodFunction({
      name: 'weather',
      parameters: z.object({ city: z.string() }),
      function: ({ city }) => {
        seen.push(city);
        return `晴 in ${city}`;
      },
    });
    const runner = client.chat.completions.runTools({
      model,
      messages: user(CALL),
      tools: [weather],
      stream,
    });
    assert.equal(await runner.finalContent(), `the tool said: 晴 in ${CITY}`);
    assert.deepEqual(seen, [CITY]);
  });

  test(`runTools goes on as long as the model calls, ${manner}`, async () => {
    let times = 0;
    const count = {
      type: 'function',
      function: {
        name: 'count',
        parameters: { type: 'object', properties: {} },
        function: () => {
          times += 1;
          return `result ${times}`;
        },
      },
    };
    const runner = client.chat.completions.runTools({
      model,
      messages: user('simulate:loop 3'),
      tools: [count],
      stream,
    });
    assert.equal(await runner.finalContent(), 'the tool said: result 3');
    assert.equal(times, 3);
  });
}

test('an answer is parsed by its schema, whole and streamed', async () => {
  const form = { response_format: zodResponseFormat(Person, 'person') };
  const whole = await client.chat.completions.parse({
    model,
    messages: user('a person'),
    ...form,
  });
  const streamed = await askForStream('a person', form).finalChatCompletion();
  for (const completion of [whole, streamed]) {
    const { parsed, content } = completion.choices[0].message;
    assert.equal(parsed.mood, 'calm');
    assert.deepEqual(Person.parse(JSON.parse(content)), parsed);
  }
});

test('a refusal is where the client looks for it, whole and streamed', async () => {
  const form = { response_format: zodResponseFormat(Person, 'person') };
  const whole = await client.chat.completions.parse({
    model,
    messages: user('simulate:refusal'),
    ...form,
  });
  const streamed = await askForStream('simulate:refusal', form).finalChatCompletion();
  const [told, pieced] = [whole, streamed].map(({ choices: [{ message }] }) => message);
  assert.ok(told.refusal);
  assert.equal(told.refusal, pieced.refusal);
  assert.ok(!told.parsed && !pieced.parsed);
});

test('what cannot be is refused as the mistake it is', async () => {
  const nameless = { type: 'function', function: { parameters: {} } };
  await assert.rejects(ask('hi', { tools: [nameless] }), (error) => {
    assert.ok(error instanceof OpenAI.BadRequestError, String(error));
    assert.match(error.param, /^tools/);
    return true;
  });
  await assert.rejects(ask('hi', { model: 'codex/no-such-model' }), (error) => {
    assert.ok(error instanceof OpenAI.NotFoundError, String(error));
    assert.equal(error.code, 'model_not_found');
    return true;
  });
});

test('a plan that is used up is a rate limit with a time', async () => {
  const own = await start();
  try {
    const asked = own.client().chat.completions.create({
      model,
      messages: user('simulate:usage-limit'),
      tools,
    });
    await assert.rejects(asked, (error) => {
      assert.ok(error instanceof OpenAI.RateLimitError, String(error));
      assert.ok(Number(error.headers.get('retry-after')) > 0);
      return true;
    });
  } finally {
    await own.stop();
  }
});

test('the client retries what may be retried and nothing else', async () => {
  const own = await start();
  try {
    const seen = [];
    const counted = async (...request) => {
      const response = await fetch(...request);
      seen.push(response.status);
      return response;
    };
    const retrying = own.client({ maxRetries: 1, fetch: counted });
    const request = { model, messages: user('simulate:server-error') };
    const mistaken = retrying.chat.completions.create({ ...request, n: 9 });
    await assert.rejects(mistaken, OpenAI.BadRequestError);
    assert.deepEqual(seen.splice(0), [400]);
    await assert.rejects(
      retrying.chat.completions.create(request),
      OpenAI.InternalServerError,
    );
    assert.equal(seen.length, 2);
    assert.ok(seen.every((status) => status >= 500));
  } finally {
    await own.stop();
  }
});
