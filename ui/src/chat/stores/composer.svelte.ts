// What is being written: the text, kept as a draft for each chat, and the files that go with it.
import { upload } from '../../lib/api/chat.ts';
import { faultOf, wasAborted } from '../../lib/api/http.ts';
import { recall, remember } from '../../lib/stores/storage.ts';
import type { Attached } from '../input.ts';
import { fileNames } from './file-names.svelte.ts';

/** The gateway's usual FILE_LIMIT_BYTES. */
const LARGEST = 512 * 1024 * 1024;
export const LONG_PASTE = 4000;

export class Attachment {
  readonly file: File;
  /** The text of a paste that became a file. */
  readonly pasted: string | undefined;
  readonly preview: string | undefined;
  readonly isImage: boolean;
  state = $state<'uploading' | 'ready' | 'failed' | 'too-large'>('uploading');
  share = $state(0);
  reason = $state('');
  id = $state('');
  #stop = new AbortController();

  constructor(file: File, pasted?: string) {
    this.file = file;
    this.pasted = pasted;
    this.isImage = /^image\/(png|jpeg|webp|gif)$/.test(file.type);
    this.preview = this.isImage ? URL.createObjectURL(file) : undefined;
    if (file.size > LARGEST) this.state = 'too-large';
    else void this.send();
  }

  async send(): Promise<void> {
    this.state = 'uploading';
    this.share = 0;
    try {
      const stored = await upload(this.file, (share) => (this.share = share), this.#stop.signal);
      this.id = stored.id;
      fileNames.put(stored.id, this.file.name, this.preview);
      this.state = 'ready';
    } catch (error) {
      if (wasAborted(error)) return;
      const fault = faultOf(error);
      this.state = fault.status === 413 ? 'too-large' : 'failed';
      this.reason = fault.message;
    }
  }

  drop(): void {
    this.#stop.abort();
  }
}

export class Draft {
  text = $state('');
  files = $state<Attachment[]>([]);
  readonly isUploading = $derived.by(() => this.files.some((file) => file.state === 'uploading'));
  readonly isBlocked = $derived.by(() => this.files.some((file) => file.state !== 'ready'));
  #name = '';

  /** Takes up what was written in a chat before. */
  begin(chatId: string | undefined, isTemporary: boolean): void {
    this.#name = isTemporary ? '' : `draft.${chatId ?? 'new'}`;
    this.text = this.#name ? (recall(this.#name) ?? '') : '';
    this.files = [];
  }

  write(text: string): void {
    this.text = text;
    if (this.#name) remember(this.#name, text);
  }

  add(files: Iterable<File>): void {
    for (const file of files) this.files.push(new Attachment(file));
  }

  addPasted(text: string, name: string): void {
    this.files.push(new Attachment(new File([text], name, { type: 'text/plain' }), text));
  }

  remove(attachment: Attachment): void {
    attachment.drop();
    this.files = this.files.filter((it) => it !== attachment);
  }

  /** Hands out what was written, and begins anew. */
  take(): { text: string; files: Attached[] } {
    const text = this.text.trim();
    const files = this.files.map((it) => ({ id: it.id, name: it.file.name, isImage: it.isImage }));
    this.write('');
    this.files = [];
    return { text, files };
  }
}
