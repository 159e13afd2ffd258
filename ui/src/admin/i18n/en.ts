// English texts of the admin. Their shape is what every other language has to fill.
import { accounts } from './en/accounts.ts';
import { activity } from './en/activity.ts';
import { adding } from './en/adding.ts';
import { audit } from './en/audit.ts';
import { keys } from './en/keys.ts';
import { overview } from './en/overview.ts';
import { seeds } from './en/seeds.ts';
import { settings } from './en/settings.ts';
import { setup } from './en/setup.ts';
import { shell } from './en/shell.ts';
import { testing } from './en/testing.ts';

export const en = {
  ...shell,
  ...overview,
  ...accounts,
  ...testing,
  ...setup,
  ...adding,
  ...keys,
  ...seeds,
  ...activity,
  ...settings,
  ...audit,
};
