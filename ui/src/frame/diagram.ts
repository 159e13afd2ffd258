// Draws diagrams, in the colours of the page. Loaded with the first of them.
import mermaid from 'mermaid';
import type { ToFrame } from '../lib/preview/messages.ts';

const FONT = 'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
const LIGHT = {
  background: '#f6f6f9',
  edgeLabelBackground: '#f6f6f9',
  primaryColor: '#efedfb',
  primaryBorderColor: '#8d80dd',
  primaryTextColor: '#17181a',
  secondaryColor: '#e9f5ee',
  tertiaryColor: '#fdf6e7',
  lineColor: '#6f7278',
  textColor: '#17181a',
};
const DARK = {
  background: '#101114',
  edgeLabelBackground: '#101114',
  primaryColor: '#2c2850',
  primaryBorderColor: '#7c6bea',
  primaryTextColor: '#ececee',
  secondaryColor: '#1d3229',
  tertiaryColor: '#3a301a',
  lineColor: '#93969d',
  textColor: '#ececee',
};

/** SVG of a diagram; fails where its text cannot be understood. */
export async function diagram(text: string, theme: ToFrame['theme']): Promise<string> {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    suppressErrorRendering: true,
    theme: 'base',
    fontFamily: FONT,
    themeVariables: { darkMode: theme === 'dark', fontFamily: FONT, fontSize: '15px', ...(theme === 'dark' ? DARK : LIGHT) },
  });
  return (await mermaid.render('diagram', text)).svg;
}
