// What is known of one answer: its items in order, how it stands, and what went wrong. Plain data, so that it can be
// copied, compared and shown.
export type Citation = { url: string; title: string; start: number; end: number };

export type Message = {
  kind: 'message';
  id: string;
  parts: { text: string; refusal: string; citations: Citation[] }[];
  isDone: boolean;
};
export type Reasoning = { kind: 'reasoning'; id: string; parts: string[]; isDone: boolean };
export type Search = { kind: 'search'; id: string; queries: string[]; isDone: boolean };
export type Code = { kind: 'code'; id: string; code: string; outputs: string[]; isDone: boolean };
export type Picture = { kind: 'picture'; id: string; base64: string; url: string; isDone: boolean };
export type Tool = {
  kind: 'tool';
  id: string;
  server: string;
  name: string;
  args: string;
  output: string;
  error: string;
  isDone: boolean;
};
export type Item = Message | Reasoning | Search | Code | Picture | Tool;

export type Status = 'waiting' | 'queued' | 'in_progress' | 'completed' | 'incomplete' | 'failed' | 'cancelled';
export type Problem = { code: string; message: string; facts?: Record<string, unknown> };

export type Turn = {
  /** Nothing until the gateway has said it. */
  id: string;
  status: Status;
  model: string;
  items: Item[];
  problem: Problem | null;
  /** Why it is incomplete. */
  reason: string;
  /** The number of the last event, -1 before the first. */
  sequence: number;
  usage: { input: number; output: number } | null;
};

export function newTurn(): Turn {
  return { id: '', status: 'waiting', model: '', items: [], problem: null, reason: '', sequence: -1, usage: null };
}

export function isOver(turn: Turn): boolean {
  return ['completed', 'incomplete', 'failed', 'cancelled'].includes(turn.status);
}

/** The visible answer as Markdown. */
export function answerText(turn: Turn): string {
  const messages = turn.items.filter((item): item is Message => item.kind === 'message');
  return messages.map((message) => message.parts.map((part) => part.text || part.refusal).join('')).filter(Boolean).join('\n\n');
}

/** Every source once, in the order of its first use. */
export function sourcesOf(turn: Turn): Citation[] {
  const seen = new Map<string, Citation>();
  for (const item of turn.items) {
    if (item.kind !== 'message') continue;
    for (const citation of item.parts.flatMap((part) => part.citations)) {
      if (!seen.has(citation.url)) seen.set(citation.url, citation);
    }
  }
  return [...seen.values()];
}
