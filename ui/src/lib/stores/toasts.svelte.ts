// Short messages in the corner, some of which can undo what they tell of.
export type Toast = {
  id: number;
  text: string;
  tone: 'plain' | 'bad';
  action?: { label: string; run: () => void } | undefined;
};

const SECONDS = 6;

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;

  show(text: string, options: { tone?: Toast['tone']; action?: Toast['action']; seconds?: number } = {}): number {
    const id = this.#next++;
    this.list.push({ id, text, tone: options.tone ?? 'plain', action: options.action });
    setTimeout(() => this.dismiss(id), (options.seconds ?? SECONDS) * 1000);
    return id;
  }

  bad(text: string): number {
    return this.show(text, { tone: 'bad', seconds: 10 });
  }

  dismiss(id: number): void {
    this.list = this.list.filter((it) => it.id !== id);
  }
}

export const toasts = new Toasts();
