// The texts of the chat in the language in use.
import { locale, type Loaders } from '../../lib/i18n/locale.svelte.ts';
import type { Translated } from '../../lib/i18n/shape.ts';
import type { en } from './en.ts';

export type ChatMessages = Translated<typeof en>;

export const loaders: Loaders<ChatMessages> = {
  en: async () => (await import('./bundle-en.ts')).default,
  zh: async () => (await import('./bundle-zh.ts')).default,
};

export const t = (): ChatMessages => locale.dictionary.app as ChatMessages;
