// Folds the published events of a response into a turn, and reads a whole response into the same. Events of kinds
// that are not known, and events that come a second time after a drop, change nothing.
import type { Item, Message, Status, Turn } from './turn.ts';

type Json = Record<string, unknown>;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const object = (value: unknown): Json => (value && typeof value === 'object' ? (value as Json) : {});
const count = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** Changes `turn` by one event; the type stands in the event itself. */
export function fold(turn: Turn, event: Json): void {
  const sequence = event['sequence_number'];
  if (typeof sequence === 'number') {
    if (sequence <= turn.sequence) return;
    turn.sequence = sequence;
  }
  const type = text(event['type']);
  if (type === 'error') turn.problem = { code: text(event['code']), message: text(event['message']) };
  else if (event['response']) foldResponse(turn, object(event['response']), type);
  else if (type === 'response.output_item.added' || type === 'response.output_item.done') {
    const item = itemOf(object(event['item']), type.endsWith('done'));
    if (item) put(turn, count(event['output_index']), item);
  } else foldPart(turn, event, type);
}

/** A whole response, as it is kept. */
export function turnOf(response: Json): Turn {
  const turn: Turn = {
    id: '',
    status: 'waiting',
    model: '',
    items: [],
    problem: null,
    reason: '',
    sequence: -1,
    usage: null,
  };
  foldResponse(turn, response, '');
  return turn;
}

function foldResponse(turn: Turn, response: Json, type: string): void {
  turn.id = text(response['id']) || turn.id;
  turn.model = text(response['model']) || turn.model;
  turn.status = (text(response['status']) as Status) || turn.status;
  const usage = response['usage'];
  if (usage) turn.usage = { input: count(object(usage)['input_tokens']), output: count(object(usage)['output_tokens']) };
  turn.reason = text(object(response['incomplete_details'])['reason']);
  const error = object(response['error']);
  // The event before names the gateway's own code, which says more.
  if (error['message'] && !turn.problem) turn.problem = { code: text(error['code']), message: text(error['message']) };
  const isEnd = type === '' || ['response.completed', 'response.incomplete', 'response.failed'].includes(type);
  if (!isEnd) return;
  const items = list(response['output']).map((item) => itemOf(item, true));
  const known = items.filter((item): item is Item => item !== undefined);
  if (known.length > 0 || turn.status === 'completed') turn.items = known;
  else for (const item of turn.items) item.isDone = true;
}

function foldPart(turn: Turn, event: Json, type: string): void {
  const item = turn.items.find((it) => it.id === event['item_id']);
  if (!item) return;
  const delta = text(event['delta']);
  if (item.kind === 'message') foldMessage(item, event, type);
  else if (item.kind === 'reasoning') foldReasoning(item.parts, event, type);
  else if (item.kind === 'code' && type === 'response.code_interpreter_call_code.delta') item.code += delta;
  else if (item.kind === 'code' && type === 'response.code_interpreter_call_code.done') item.code = text(event['code']);
  else if (item.kind === 'tool' && type === 'response.mcp_call_arguments.delta') item.args += delta;
  else if (item.kind === 'tool' && type === 'response.mcp_call_arguments.done') item.args = text(event['arguments']);
  else if (item.kind === 'picture' && type === 'response.image_generation_call.partial_image') {
    item.base64 = text(event['partial_image_b64']);
  }
}

function foldMessage(message: Message, event: Json, type: string): void {
  const index = count(event['content_index']);
  while (message.parts.length <= index) message.parts.push({ text: '', refusal: '', citations: [] });
  const part = message.parts[index];
  if (!part) return;
  if (type === 'response.output_text.delta') part.text += text(event['delta']);
  else if (type === 'response.output_text.done') part.text = text(event['text']);
  else if (type === 'response.refusal.delta') part.refusal += text(event['delta']);
  else if (type === 'response.refusal.done') part.refusal = text(event['refusal']);
  else if (type === 'response.output_text.annotation.added') {
    part.citations[count(event['annotation_index'])] = citationOf(object(event['annotation']));
  }
}

function foldReasoning(parts: string[], event: Json, type: string): void {
  const index = count(event['summary_index'] ?? event['content_index']);
  if (!/^response\.reasoning(_summary)?_text\.(delta|done)$/.test(type)) return;
  while (parts.length <= index) parts.push('');
  parts[index] = type.endsWith('delta') ? parts[index] + text(event['delta']) : text(event['text']);
}

function put(turn: Turn, index: number, item: Item): void {
  const at = turn.items.findIndex((it) => it.id === item.id);
  if (at >= 0) turn.items[at] = item;
  else turn.items.splice(Math.min(index, turn.items.length), 0, item);
}

function itemOf(item: Json, isDone: boolean): Item | undefined {
  const id = text(item['id']);
  switch (item['type']) {
    case 'message':
      return { kind: 'message', id, parts: list(item['content']).map(partOf), isDone };
    case 'reasoning': {
      const summary = list(item['summary']);
      const parts = (summary.length > 0 ? summary : list(item['content'])).map((part) => text(part['text']));
      return { kind: 'reasoning', id, parts, isDone };
    }
    case 'web_search_call':
      return { kind: 'search', id, queries: queriesOf(object(item['action'])), isDone };
    case 'code_interpreter_call': {
      const outputs = list(item['outputs']).map((output) => text(output['logs'])).filter(Boolean);
      return { kind: 'code', id, code: text(item['code']), outputs, isDone };
    }
    case 'image_generation_call':
      return { kind: 'picture', id, base64: text(item['result']), url: text(item['url']), isDone };
    case 'mcp_call':
    case 'function_call':
    case 'custom_tool_call':
      return {
        kind: 'tool',
        id,
        server: text(item['server_label']),
        name: text(item['name']),
        args: text(item['arguments'] ?? item['input']),
        output: text(item['output']),
        error: text(item['error']) || text(object(item['error'])['message']),
        isDone,
      };
    default:
      return undefined;
  }
}

function partOf(part: Json): Message['parts'][number] {
  const citations = list(part['annotations']).filter((it) => it['type'] === 'url_citation');
  return { text: text(part['text']), refusal: text(part['refusal']), citations: citations.map(citationOf) };
}

function citationOf(annotation: Json): Message['parts'][number]['citations'][number] {
  const url = text(annotation['url']);
  return {
    url,
    title: text(annotation['title']) || url,
    start: count(annotation['start_index']),
    end: count(annotation['end_index']),
  };
}

function queriesOf(action: Json): string[] {
  const queries = Array.isArray(action['queries']) ? action['queries'].filter((it): it is string => typeof it === 'string') : [];
  const query = text(action['query']);
  return queries.length > 0 ? queries : query ? [query] : [];
}
