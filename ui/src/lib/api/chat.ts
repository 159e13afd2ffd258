// Every route that the chat uses: the session, the list of chats, and the gateway's public API.
import type * as T from './chat-types.ts';
import { ApiError, json, send, type Fault } from './http.ts';

const chat = (id: string, verb = '') => `/api/chats/${encodeURIComponent(id)}${verb}`;
/** Where the public API is. */
let base = '/v1';

export function setApiBase(path: string | undefined): void {
  if (path?.startsWith('/')) base = path.replace(/\/$/, '');
}

const response = (id: string, verb = '') => `${base}/responses/${encodeURIComponent(id)}${verb}`;

export type ChatChange = { title?: string; is_pinned?: boolean; is_archived?: boolean; leaf?: string };

export const api = {
  session: () => json<T.Session>('/api/session'),

  chats(asked: { archived?: boolean; query?: string; before?: string | null; limit?: number }, signal?: AbortSignal) {
    const query = new URLSearchParams({ archived: String(asked.archived ?? false), limit: String(asked.limit ?? 50) });
    if (asked.query) query.set('query', asked.query);
    if (asked.before) query.set('before', asked.before);
    return json<T.ChatPage>(`/api/chats?${query}`, { signal });
  },
  createChat: (model: string) => json<T.Chat>('/api/chats', { body: { model } }),
  openChat: (id: string, signal?: AbortSignal) => json<T.OpenedChat>(chat(id), { signal }),
  changeChat: (id: string, change: ChatChange) => json<T.Chat>(chat(id), { method: 'PATCH', body: change }),
  removeChat: (id: string) => json<{ undo_until: number }>(chat(id), { method: 'DELETE' }),
  restoreChat: (id: string) => json<T.Chat>(chat(id, '/restore'), { method: 'POST' }),

  ask: (body: T.Ask, chatId: string | undefined, signal: AbortSignal) =>
    send(`${base}/responses`, { body, signal, headers: chatId ? { 'x-flowgpt-chat': chatId } : {} }),
  goOn: (id: string, after: number, signal: AbortSignal) => {
    const rest = after >= 0 ? `&starting_after=${after}` : '';
    return send(`${response(id)}?stream=true${rest}`, { signal });
  },
  cancel: (id: string) => json<unknown>(response(id, '/cancel'), { method: 'POST' }),

  /** A picture of another host, fetched by the gateway. */
  picture: async (url: string) => (await send('/api/pictures', { body: { url } })).blob(),

  models: () => json<{ data: T.Model[] }>(`${base}/models`),
  usage: () => json<{ budgets: T.Budget[] }>(`${base}/usage`),
  file: (id: string) => json<T.StoredFile>(`${base}/files/${encodeURIComponent(id)}`),
  fileAddress: (id: string) => `${base}/files/${encodeURIComponent(id)}/content`,
};

/** Uploads a file, saying how far it is; `fetch` tells nothing of that. */
export function upload(file: File, onProgress: (share: number) => void, signal: AbortSignal): Promise<T.StoredFile> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open('POST', `${base}/files`);
    request.setRequestHeader('x-flowgpt-ui', '1');
    request.responseType = 'json';
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) return done(request.response as T.StoredFile);
      failed(new ApiError(uploadFault(request)));
    };
    request.onerror = () => failed(new ApiError({ status: 0, code: 'unreachable', message: '', facts: {} }));
    request.onabort = () => failed(new DOMException('', 'AbortError'));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    const form = new FormData();
    form.append('purpose', 'user_data');
    form.append('file', file, file.name);
    request.send(form);
  });
}

function uploadFault(request: XMLHttpRequest): Fault {
  const facts = ((request.response as { error?: Record<string, unknown> } | null)?.error ?? {}) as Record<string, unknown>;
  return {
    status: request.status,
    code: String(facts['code'] ?? 'unexpected_reply'),
    message: String(facts['message'] ?? ''),
    facts,
  };
}


