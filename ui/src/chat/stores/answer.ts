// Gets an answer into a turn: asks, folds the events, takes up a dropped stream again.
import { api } from '../../lib/api/chat.ts';
import type { Ask, InputItem } from '../../lib/api/chat-types.ts';
import { fold } from '../../lib/stream/fold.ts';
import { follow, type Outcome } from '../../lib/stream/follow.ts';
import { models } from './models.svelte.ts';
import type { Node } from './node.svelte.ts';

export type Question = {
  input: InputItem[];
  previous: string | null;
  chatId: string | undefined;
  isTemporary: boolean;
  signal: AbortSignal;
};

const ENDS = ['response.completed', 'response.incomplete', 'response.failed'];

/** Asks, and follows the answer to its end. Fails where the gateway refuses to begin. */
export async function answer(node: Node, question: Question): Promise<void> {
  const body: Ask = { model: models.chosen, input: question.input, stream: true, store: !question.isTemporary };
  if (!question.isTemporary) {
    body.background = true;
    body.previous_response_id = question.previous;
  }
  if (models.effort !== 'default') body.reasoning = { effort: models.effort };
  node.trace = { asked: { model: body.model, effort: models.effort }, headers: {}, times: {}, events: [], retries: 0 };
  const start = async () => {
    const reply = await api.ask(body, question.chatId, question.signal);
    noteHeaders(node, reply);
    node.phase = 'streaming';
    return reply;
  };
  settle(node, await run(node, start, question.signal, !question.isTemporary));
}

/** Takes up an answer that is being made, or was lost sight of. */
export async function watch(node: Node, signal: AbortSignal): Promise<void> {
  node.phase = 'streaming';
  node.showNow();
  try {
    settle(node, await run(node, () => api.goOn(node.live.id, node.live.sequence, signal), signal, true));
  } catch {
    node.phase = 'dropped';
    node.showNow();
  }
}

function run(node: Node, start: () => Promise<Response>, signal: AbortSignal, canResume: boolean): Promise<Outcome> {
  return follow({
    start,
    ...(canResume ? { resume: () => (node.live.id ? api.goOn(node.live.id, node.live.sequence, signal) : undefined) } : {}),
    signal,
    onEvent(event) {
      fold(node.live, event);
      const type = String(event['type']);
      node.note(type);
      node.show();
      return ENDS.includes(type);
    },
    onDrop() {
      node.phase = 'reconnecting';
      if (node.trace) node.trace.retries += 1;
    },
    onResumed: () => (node.phase = 'streaming'),
  });
}

function settle(node: Node, outcome: Outcome): void {
  if (outcome === 'aborted') return;
  node.phase = outcome === 'ended' ? 'ended' : 'dropped';
  if (node.trace) node.trace.times.total = performance.now() - node.sentAt;
  node.showNow();
}

function noteHeaders(node: Node, reply: Response): void {
  const trace = node.trace;
  if (!trace) return;
  trace.times.headers = performance.now() - node.sentAt;
  for (const [name, value] of reply.headers) {
    if (name.startsWith('x-flowgpt-') || name === 'x-request-id') trace.headers[name] = value;
  }
}
