// A chat as a file: Markdown for people, JSON for programs.
import type { OpenedChat } from '../lib/api/chat-types.ts';
import { turnOf } from '../lib/stream/fold.ts';
import type { Turn } from '../lib/stream/turn.ts';
import { filesOf, questionText } from './input.ts';
import { pathTo } from './tree.ts';

export type Labels = { you: string; assistant: string; thoughts: string; attached: string };

/** The way through the chat that is shown. */
export function markdownOf(opened: OpenedChat, labels: Labels, nameOf: (id: string) => string): string {
  const nodes = opened.turns.map(({ response, input }) => ({
    key: String(response['id']),
    parent: (response['previous_response_id'] as string | null) ?? null,
    question: '',
    input,
    turn: turnOf(response),
  }));
  const leaf = opened.chat.leaf ?? nodes.at(-1)?.key ?? null;
  const parts = pathTo(nodes, leaf).flatMap((node) => {
    const files = filesOf(node.input).map((file) => `- ${labels.attached}: ${nameOf(file.id)}`);
    return [`## ${labels.you}`, ...files, questionText(node.input), `## ${labels.assistant}`, turnMarkdown(node.turn)];
  });
  return [`# ${opened.chat.title}`, ...parts].filter(Boolean).join('\n\n') + '\n';
}

/** Answers with the code that was run and the documents that were written, in their order. */
export function turnMarkdown(turn: Turn): string {
  const pieces = turn.items.map((item) => {
    if (item.kind === 'code') {
      const output = item.outputs.length > 0 ? `\n\n${fenced('text', item.outputs.join('\n'))}` : '';
      return fenced('python', item.code) + output;
    }
    if (item.kind === 'tool' && item.server === 'canvas' && item.output) return fenced('markdown', item.output);
    if (item.kind === 'message') return item.parts.map((part) => part.text || part.refusal).join('');
    return '';
  });
  return pieces.filter(Boolean).join('\n\n');
}

/** Markdown as plain text, roughly: without its marks. */
export function plainText(markdown: string): string {
  return markdown
    .replace(/^```.*$/gm, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^(#{1,6}|>|[-*+])\s+/gm, '')
    .replace(/(\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1/g, '$2')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

export function jsonOf(opened: OpenedChat): string {
  return `${JSON.stringify({ format: 'flowgpt.chat.v1', ...opened }, null, 2)}\n`;
}

/** A fence longer than any inside. */
function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}


