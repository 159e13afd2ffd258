// What goes over `/api` and the public API: the replies as they are written from Rust, what the chat sends, and what
// the public API answers.
import type * as Reply from './site-replies.ts';

export type * from './site-replies.ts';

export type InputPart =
  | { type: 'input_text'; text: string }
  | { type: 'input_image'; file_id?: string; image_url?: string; detail?: string }
  | { type: 'input_file'; file_id?: string; filename?: string }
  | { type: 'output_text'; text: string };

export type InputItem = { type: 'message'; role: 'user' | 'assistant' | 'system' | 'developer'; content: string | InputPart[] };

/** The site keeps what was asked as it came, which is what the chat sends. */
export type KeptTurn = Omit<Reply.KeptTurn, 'input'> & { input: InputItem[] };
export type OpenedChat = Omit<Reply.OpenedChat, 'turns'> & { turns: KeptTurn[] };

export type Model = { id: string; drivers: string[]; capabilities: string[] };

export type StoredFile = { id: string; filename: string; bytes: number };

export type Ask = {
  model: string;
  input: InputItem[];
  previous_response_id?: string | null;
  stream: true;
  store: boolean;
  background?: boolean;
  reasoning?: { effort: string };
};

export type Budget = {
  period: 'day' | 'week' | 'month';
  resets_at: number;
  requests: { used: number; reserved: number; limit: number | null };
  tokens: { used: number; reserved: number; limit: number | null };
};
