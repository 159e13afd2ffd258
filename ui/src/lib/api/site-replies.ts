// What `/api/*` answers. Written from crates/site/src/replies.rs: change that, and write this anew as
// crates/site/src/replies/ui_types.rs says.

export type Session = { kind: "key" | "token" | "seed", label: string, is_operator: boolean, expires_at: number, version: string, temporary_by_default: boolean, 
/**
 * Where the public API is: `/v1`, or below `API_PREFIX`.
 */
api_base: string, };

export type Chat = { id: string, 
/**
 * Empty until somebody names it or asks something.
 */
title: string, model: string, created_at: number, updated_at: number, is_pinned: boolean, is_archived: boolean, 
/**
 * The response that was looked at last: the end of one branch.
 */
leaf: string | null, 
/**
 * A response that is being made.
 */
running: string | null, 
/**
 * Where a search found something.
 */
snippet?: string, };

export type ChatPage = { chats: Array<Chat>, 
/**
 * `before` of the next page, if there is one.
 */
next: string | null, };

export type KeptTurn = { response: Record<string, unknown>, input: unknown[], };

export type OpenedChat = { chat: Chat, turns: Array<KeptTurn>, };
