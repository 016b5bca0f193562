/** A browser on the page of a sandbox of its own. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { useSandbox, type Fixture } from '../discordjs/support.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface PageFixture extends Fixture {
  /** Opens the page; an error in it fails the test. */
  open(options?: { url?: string; locale?: string; width?: number; height?: number }): Promise<Page>;
}

export function usePage(): PageFixture {
  let browser: Browser;
  let problems: string[] = [];
  beforeAll(async () => {
    if (!existsSync(CHROMIUM)) throw new Error(`these tests need Chromium at ${CHROMIUM} (or in CHROMIUM)`);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  });
  const fixture = useSandbox() as PageFixture;
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    const found = problems;
    problems = [];
    if (found.length > 0) throw new Error(`the page had problems:\n${found.join('\n')}`);
  });
  afterAll(() => browser?.close());

  fixture.open = async ({ url = fixture.ready.page, locale = 'fr-FR', width = 1280, height = 860 } = {}) => {
    const page = await browser.newPage({ locale, viewport: { width, height } });
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (protocol.startsWith('http') && host !== new URL(url).host) problems.push(`asks ${host}`);
    });
    await page.goto(url);
    await page.locator('.channels .channel').first().waitFor({ state: 'attached' });
    return page;
  };
  return fixture;
}
