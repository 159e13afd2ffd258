// Entry of the admin page: language first, then the application.
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/controls.css';
import { mount } from 'svelte';
import { locale } from '../lib/i18n/locale.svelte.ts';
import { reloadWhenPiecesAreGone } from '../lib/stores/version.ts';
import App from './App.svelte';
import { loaders } from './i18n/texts.ts';

reloadWhenPiecesAreGone();
await locale.begin(loaders);
const target = document.getElementById('app');
if (target) mount(App, { target });
