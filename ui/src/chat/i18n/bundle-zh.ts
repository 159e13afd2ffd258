// Chinese of the chat and of what both pages share, as one file to load.
import { sharedZh } from '../../lib/i18n/shared-zh.ts';
import { zh } from './zh.ts';

export default { shared: sharedZh, app: zh };
