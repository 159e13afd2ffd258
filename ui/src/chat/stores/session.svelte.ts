// Who is signed in. Whoever is not is sent to the sign-in page, and comes back to where they were.
import { api, setApiBase } from '../../lib/api/chat.ts';
import type { Session } from '../../lib/api/chat-types.ts';
import { faultOf, onSignedOut } from '../../lib/api/http.ts';

class SessionStore {
  is = $state.raw<Session | undefined>();
  error = $state.raw<unknown>();

  async ask(): Promise<void> {
    onSignedOut(leaveForSignIn);
    try {
      this.is = await api.session();
      setApiBase(this.is.api_base);
      this.error = undefined;
    } catch (error) {
      if (faultOf(error).status !== 401) this.error = error;
    }
  }
}

function leaveForSignIn(): void {
  const here = location.pathname + location.search;
  location.assign(`/auth/login?next=${encodeURIComponent(here)}`);
}

export const session = new SessionStore();
