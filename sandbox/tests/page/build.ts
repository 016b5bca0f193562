import { build } from 'vite';

/** Once before all tests: the page as the sandbox serves it. */
export default async function buildPage(): Promise<void> {
  const page = new URL('../../page/', import.meta.url).pathname;
  // vitest says "test" here, for which Vite would choose its packages' development builds.
  const environment = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  try {
    await build({ root: page, configFile: `${page}vite.config.ts`, logLevel: 'error' });
  } finally {
    process.env.NODE_ENV = environment;
  }
}
