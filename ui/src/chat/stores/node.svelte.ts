// One turn of a chat as it is shown: what was asked, the answer so far, and how it came about.
import type { InputItem } from '../../lib/api/chat-types.ts';
import { isOver, newTurn, type Item, type Turn } from '../../lib/stream/turn.ts';
import { filesOf, questionText } from '../input.ts';
import type { TreeNode } from '../tree.ts';

export type Phase = 'kept' | 'asking' | 'streaming' | 'reconnecting' | 'dropped' | 'ended';

export type Trace = {
  asked: { model: string; effort: string };
  headers: Record<string, string>;
  /** Milliseconds since it was sent. */
  times: { headers?: number; firstEvent?: number; firstText?: number; total?: number };
  events: { type: string; at: number }[];
  retries: number;
};

const MOST_EVENTS = 500;

export class Node implements TreeNode {
  readonly key: string;
  readonly parent: string | null;
  readonly input: InputItem[];
  readonly question: string;
  readonly text: string;
  turn = $state.raw<Turn>(newTurn());
  phase = $state<Phase>('kept');
  /** Seconds of thinking, by item; known only for answers that were watched. */
  thought = $state<Record<string, number>>({});
  trace = $state.raw<Trace | undefined>();
  /** When it was sent, for the word after a while of waiting. */
  readonly sentAt = performance.now();
  /** The answer as it changes; `turn` is what is shown of it, once a frame. */
  live: Turn = newTurn();
  #frame: number | undefined;
  #thinking = new Map<string, number>();

  constructor(key: string, parent: string | null, input: InputItem[]) {
    this.key = key;
    this.parent = parent;
    this.input = input;
    this.text = questionText(input);
    this.question = JSON.stringify([this.text, filesOf(input)]);
  }

  get isRunning(): boolean {
    return this.phase === 'asking' || this.phase === 'streaming' || this.phase === 'reconnecting';
  }

  get isOver(): boolean {
    return isOver(this.turn);
  }

  /** Shows what has come, with the next frame. */
  show(): void {
    if (this.#frame !== undefined) return;
    const run = () => {
      this.#frame = undefined;
      this.showNow();
    };
    // A tab in the background has no frames.
    this.#frame = document.hidden ? Number(setTimeout(run, 250)) : requestAnimationFrame(run);
  }

  showNow(): void {
    this.#watchThinking();
    this.turn = { ...this.live, items: this.live.items.map(copied) };
  }

  note(type: string): void {
    const trace = this.trace;
    if (!trace) return;
    const at = performance.now() - this.sentAt;
    trace.times.firstEvent ??= at;
    if (type === 'response.output_text.delta') trace.times.firstText ??= at;
    if (trace.events.length < MOST_EVENTS) trace.events.push({ type, at });
  }

  #watchThinking(): void {
    for (const item of this.live.items) {
      if (item.kind !== 'reasoning' || item.id in this.thought) continue;
      const since = this.#thinking.get(item.id) ?? performance.now();
      this.#thinking.set(item.id, since);
      if (item.isDone && this.phase !== 'kept') this.thought[item.id] = Math.max(1, Math.round((performance.now() - since) / 1000));
    }
  }
}

/** A copy whose parts do not change any more; texts are shared. */
function copied(item: Item): Item {
  if (item.kind === 'message') return { ...item, parts: item.parts.map((part) => ({ ...part, citations: [...part.citations] })) };
  if (item.kind === 'reasoning') return { ...item, parts: [...item.parts] };
  return { ...item };
}
