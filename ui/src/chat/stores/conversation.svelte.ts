// The chat that is open: its turns, the way through them that is shown, and what is being answered.
import { api } from '../../lib/api/chat.ts';
import type { Chat, InputItem } from '../../lib/api/chat-types.ts';
import { faultOf, wasAborted } from '../../lib/api/http.ts';
import { turnOf } from '../../lib/stream/fold.ts';
import { answerText } from '../../lib/stream/turn.ts';
import { inputOf, type Attached } from '../input.ts';
import { leafBelow, pathTo } from '../tree.ts';
import { answer, watch } from './answer.ts';
import { list } from './list.svelte.ts';
import { models } from './models.svelte.ts';
import { Node } from './node.svelte.ts';

const TITLE_LENGTH = 60;

export class Conversation {
  chat = $state.raw<Chat | undefined>();
  nodes = $state.raw<Node[]>([]);
  leaf = $state<string | null>(null);
  state = $state<'ready' | 'loading' | 'missing' | 'broken'>('ready');
  error = $state.raw<unknown>();
  readonly isTemporary: boolean;
  readonly path = $derived.by(() => pathTo(this.nodes, this.leaf));
  readonly running = $derived.by(() => this.path.find((node) => node.isRunning));
  /** Told when a chat gets its address. */
  onCreated: (chat: Chat) => void = () => {};
  #stop = new AbortController();
  #next = 1;

  constructor(isTemporary = false) {
    this.isTemporary = isTemporary;
  }

  async open(id: string): Promise<void> {
    this.state = 'loading';
    try {
      const { chat, turns } = await api.openChat(id, this.#stop.signal);
      this.nodes = turns.map(({ response, input }) => {
        const node = new Node(String(response['id']), (response['previous_response_id'] as string | null) ?? null, input);
        node.live = turnOf(response);
        node.showNow();
        return node;
      });
      this.chat = chat;
      const known = this.nodes.some((node) => node.key === chat.leaf);
      this.leaf = known ? chat.leaf : (this.nodes.at(-1)?.key ?? null);
      this.state = 'ready';
      for (const node of this.nodes) if (!node.isOver) void this.#follow(node);
    } catch (error) {
      if (wasAborted(error)) return;
      this.error = error;
      this.state = faultOf(error).status === 404 ? 'missing' : 'broken';
    }
  }

  /** Stops listening; what is being answered goes on without us. */
  leave(): void {
    this.#stop.abort();
  }

  async send(text: string, files: Attached[]): Promise<void> {
    await this.#ask(inputOf(text, files), this.leaf);
  }

  async edit(node: Node, text: string): Promise<void> {
    const kept = node.input.map((item) =>
      item.role !== 'user' || typeof item.content === 'string'
        ? { ...item, content: text }
        : { ...item, content: [...item.content.filter((part) => part.type !== 'input_text'), { type: 'input_text' as const, text }] },
    );
    await this.#ask(kept, node.parent);
  }

  async regenerate(node: Node, model?: string): Promise<void> {
    if (model) models.choose(model);
    // A turn that never reached the gateway gives way to its new try.
    if (node.turn.id === '') this.nodes = this.nodes.filter((it) => it !== node);
    await this.#ask(node.input, node.parent);
  }

  /** Shows another version. */
  select(node: Node): void {
    this.leaf = leafBelow(this.nodes, node.key);
    const leaf = this.nodes.find((it) => it.key === this.leaf)?.turn.id;
    if (this.chat && leaf) void api.changeChat(this.chat.id, { leaf }).catch(() => undefined);
  }

  async stop(): Promise<void> {
    const node = this.running;
    if (!node) return;
    const id = node.live.id;
    if (this.isTemporary || !id) {
      this.#stop.abort();
      this.#stop = new AbortController();
      node.live.status = 'cancelled';
      node.live.items.forEach((item) => (item.isDone = true));
      node.phase = 'ended';
      node.showNow();
    }
    // The stream says how it ends.
    if (!this.isTemporary && id) await api.cancel(id).catch(() => undefined);
  }

  async resume(node: Node): Promise<void> {
    await this.#follow(node);
  }

  async #ask(input: InputItem[], parent: string | null): Promise<void> {
    const node = new Node(`local-${this.#next++}`, parent, input);
    node.phase = 'asking';
    node.live.model = models.chosen;
    this.nodes = [...this.nodes, node];
    this.leaf = node.key;
    const previous = this.nodes.find((it) => it.key === parent)?.turn.id || null;
    try {
      const chat = this.isTemporary ? undefined : (this.chat ?? (await this.#create(node)));
      const full = this.isTemporary ? [...this.#history(parent), ...input] : input;
      await answer(node, { input: full, previous, chatId: chat?.id, isTemporary: this.isTemporary, signal: this.#stop.signal });
    } catch (error) {
      const fault = faultOf(error);
      node.live.status = 'failed';
      node.live.problem = { code: fault.code, message: fault.message, facts: fault.facts };
      node.phase = 'ended';
      node.showNow();
    }
    this.#settle(node);
  }

  async #create(node: Node): Promise<Chat> {
    const made = await api.createChat(models.chosen);
    const title = made.title || [...node.text.trim()].slice(0, TITLE_LENGTH).join('');
    this.chat = { ...made, title };
    list.put(this.chat);
    this.onCreated(this.chat);
    return made;
  }

  async #follow(node: Node): Promise<void> {
    await watch(node, this.#stop.signal);
    this.#settle(node);
  }

  /** Brings the list up to date after an answer. */
  #settle(node: Node): void {
    if (!this.chat || node.turn.id === '') return;
    this.chat = { ...this.chat, updated_at: Math.floor(Date.now() / 1000), leaf: node.turn.id, running: null };
    list.put(this.chat);
  }

  /** What was said before, for a chat that the gateway keeps nothing of. */
  #history(parent: string | null): InputItem[] {
    return pathTo(this.nodes, parent).flatMap((node): InputItem[] => {
      const text = answerText(node.turn);
      return text ? [...node.input, { type: 'message', role: 'assistant', content: text }] : node.input;
    });
  }
}
