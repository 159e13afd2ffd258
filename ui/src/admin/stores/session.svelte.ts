// Whether somebody is signed in, and what is asked of whoever is not.
import { admin } from '../../lib/api/admin.ts';
import type { AdminSession } from '../../lib/api/admin-types.ts';
import { faultOf, onSignedOut } from '../../lib/api/http.ts';

class Session {
  state = $state<'asking' | 'in' | 'out' | 'broken'>('asking');
  is = $state.raw<AdminSession | undefined>();
  error = $state.raw<unknown>();

  async ask(): Promise<void> {
    onSignedOut(() => (this.state = 'out'));
    try {
      this.is = await admin.session();
      this.state = 'in';
    } catch (error) {
      this.error = error;
      this.state = faultOf(error).status === 401 ? 'out' : 'broken';
    }
  }

  async leave(): Promise<void> {
    await admin.logout();
    this.is = undefined;
    this.state = 'out';
  }
}

export const session = new Session();
