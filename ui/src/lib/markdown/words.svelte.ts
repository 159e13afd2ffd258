// The texts of buttons inside answers, in the language in use. Apart from the lexer, which is loaded later.
export type Words = {
  copy: string;
  code: string;
  openImage: (host: string) => string;
  loadImage: (host: string) => string;
  imageFailed: string;
  viewImage: string;
  table: string;
  copyCsv: string;
  copyMarkdown: string;
  preview: string;
  showCode: string;
  notDrawn: string;
};

let current = $state.raw<Words>();

export function setWords(next: Words): void {
  current = next;
}

const NONE: Words = {
  copy: '',
  code: '',
  openImage: (host) => host,
  loadImage: (host) => host,
  imageFailed: '',
  viewImage: '',
  table: '',
  copyCsv: '',
  copyMarkdown: '',
  preview: '',
  showCode: '',
  notDrawn: '',
};

export const words = (): Words => current ?? NONE;
