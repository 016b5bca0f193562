import { build } from 'vite';

/** Once before all tests: the page as the sandbox serves it. */
export default async function buildPage(): Promise<void> {
  const page = new URL('../../page/', import.meta.url).pathname;
  await build({ root: page, configFile: `${page}vite.config.ts`, logLevel: 'error' });
}
