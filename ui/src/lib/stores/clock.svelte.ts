// The time, as state that moves on every so often, so that "5 minutes ago" stays true.
class Clock {
  now = $state(Date.now() / 1000);

  constructor() {
    setInterval(() => (this.now = Date.now() / 1000), 15_000);
  }
}

export const time = new Clock();
