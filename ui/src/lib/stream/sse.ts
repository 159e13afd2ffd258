// Reads server-sent events out of bytes that may be cut anywhere, also inside a character or a line end.
export type ServerEvent = { event: string; data: string };

export class EventReader {
  readonly #decoder = new TextDecoder();
  #line = '';
  #event = '';
  #data: string[] = [];
  #endedWithReturn = false;

  /** The events that are complete with these bytes. */
  read(bytes: Uint8Array): ServerEvent[] {
    const events: ServerEvent[] = [];
    for (const char of split(this.#decoder.decode(bytes, { stream: true }))) {
      if (char === '\n' && this.#endedWithReturn) {
        this.#endedWithReturn = false;
        continue;
      }
      this.#endedWithReturn = char === '\r';
      if (char === '\n' || char === '\r') this.#take(events);
      else this.#line += char;
    }
    return events;
  }

  #take(events: ServerEvent[]): void {
    const line = this.#line;
    this.#line = '';
    if (line === '') {
      if (this.#data.length > 0) events.push({ event: this.#event || 'message', data: this.#data.join('\n') });
      this.#event = '';
      this.#data = [];
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.#event = value;
    else if (name === 'data') this.#data.push(value);
  }
}

/** Texts without line ends, and each line end alone. */
function split(text: string): string[] {
  return text.split(/(\r|\n)/).filter((piece) => piece !== '');
}

/** All events of a reply, as they come. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const events = new EventReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      yield* events.read(value);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
