// Chinese texts of the admin.
import { accounts } from './zh/accounts.ts';
import { activity } from './zh/activity.ts';
import { adding } from './zh/adding.ts';
import { audit } from './zh/audit.ts';
import { keys } from './zh/keys.ts';
import { overview } from './zh/overview.ts';
import { seeds } from './zh/seeds.ts';
import { settings } from './zh/settings.ts';
import { setup } from './zh/setup.ts';
import { shell } from './zh/shell.ts';
import { testing } from './zh/testing.ts';
import type { AdminMessages } from './texts.ts';

export const zh: AdminMessages = {
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
