// English of the admin and of what both pages share, as one file to load.
import { sharedEn } from '../../lib/i18n/shared-en.ts';
import { en } from './en.ts';

export default { shared: sharedEn, app: en };
