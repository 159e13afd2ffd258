// Pictures of other hosts that answers name. The gateway fetches one only when the person asks for it, so that its
// host learns nothing of who looks. What was fetched is kept by its address, as blocks are drawn anew while they grow.
import { api } from '../api/chat.ts';
import { faultOf } from '../api/http.ts';

export class FarPicture {
  readonly url: string;
  /** Where the browser finds it, once it is fetched. */
  address = $state<string>();
  isLoading = $state(false);
  /** Why it could not be fetched, as the gateway says it; empty where it says nothing. */
  refusal = $state<string>();

  constructor(url: string) {
    this.url = url;
  }

  async load(): Promise<void> {
    if (this.isLoading) return;
    this.isLoading = true;
    this.refusal = undefined;
    try {
      this.address = URL.createObjectURL(await api.picture(this.url));
    } catch (error) {
      this.refusal = faultOf(error).message;
    } finally {
      this.isLoading = false;
    }
  }
}

const known = new Map<string, FarPicture>();

export function farPicture(url: string): FarPicture {
  const found = known.get(url) ?? new FarPicture(url);
  known.set(url, found);
  return found;
}
