// The last gate before HTML of an answer reaches the page.
import DOMPurify from 'dompurify';

const SAFE_ADDRESS = /^(?:https?:|mailto:|tel:|\/(?!\/)|#)/i;

export function sanitize(html: string): string {
  return DOMPurify.sanitize(html, {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ['style', 'form', 'input', 'textarea', 'select', 'iframe', 'video', 'audio'],
    FORBID_ATTR: ['style', 'srcset', 'id', 'name'],
    ADD_ATTR: ['target', 'download'],
    ALLOWED_URI_REGEXP: SAFE_ADDRESS,
    // Without it values such as `tabindex="0"` are checked as addresses and dropped.
    ADD_URI_SAFE_ATTR: ['tabindex', 'start', 'align', 'type', 'checked', 'disabled', 'download', 'target', 'rel', 'loading', 'role', 'class'],
  });
}
