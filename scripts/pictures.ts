/**
 * pictures.ts [binary]: draws docs/images/voice-*.png anew, with the real bot, the sandbox and its page in Chromium.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import type { Page } from 'playwright-core';
import { SandboxClient } from '@vagrolant/sandbox/client';
import { createSandbox } from '@vagrolant/sandbox/server';

const binary = process.argv[2] ?? 'build/release/vagrolant';
const IMAGES = 'docs/images';
const DATA = '.data/pictures-postgres';
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const READY_WITHIN_MS = 60_000;
const MAX_DISMISSALS = 30;

const postgres = (...args: string[]): string =>
  execFileSync('scripts/postgres.sh', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();

postgres('start', DATA, '--fast');
// So many changes of one channel at a time would have to wait for Discord's limits.
const sandbox = await createSandbox({ port: 0, seed: 'default', restLimits: { bucketFactor: 20 } });
const { ready, world } = sandbox;
const client = new SandboxClient(ready.control);
const guild = world.guilds.get(ready.guildId)!;
const bot = spawn(binary, [], {
  env: {
    ...process.env,
    BOT_TOKEN: ready.botToken,
    DISCORD_API_URL: ready.api,
    DATABASE_URL: postgres('url', DATA),
    ENABLE_PRESENCES: 'true',
    LOG_FORMAT: 'json',
  },
  stdio: ['ignore', 'ignore', 'pipe'],
});
const exited = once(bot, 'exit');
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});

try {
  await botIsReady();
  await draw();
} finally {
  await browser.close();
  bot.kill('SIGTERM');
  await exited;
  await client.close();
  await sandbox.close();
  postgres('stop', DATA);
  // What is remembered of people would show in the next pictures.
  rmSync(DATA, { recursive: true });
}

async function botIsReady(): Promise<void> {
  const said = new Promise<'ready'>((resolve) => {
    createInterface(bot.stderr).on('line', (line) => {
      if (line.includes('"event":"ready"')) resolve('ready');
    });
  });
  const late = new Promise<'late'>((resolve) => setTimeout(resolve, READY_WITHIN_MS, 'late').unref());
  if ((await Promise.race([said, exited, late])) !== 'ready') throw new Error(`${binary} does not get ready`);
}

/** Once it is so; looked at with every event. */
async function until(holds: () => boolean): Promise<void> {
  await client.waitFor(() => holds());
}

async function draw(): Promise<void> {
  const { ownerId } = guild;
  const general = [...guild.channels.values()].find(({ name }) => name === 'général')!;
  const who = (name: string) =>
    [...guild.members.values()].find(({ user, nick }) => [nick, user.global_name].includes(name))!.user.id;
  const run = (subcommand: string, options: Record<string, string>) =>
    client.people('command', {
      channelId: general.id,
      userId: ownerId,
      name: 'hub',
      subcommand,
      options,
      locale: 'fr',
      waitForFinal: true,
    });
  // The server's own voice channel becomes the hub.
  const hub = [...guild.channels.values()].find(({ name }) => name === '➕ Créer un salon')!;
  await run('create', { channel: hub.id });

  const [owner, ...friends] = ['Zoé', 'Hugo', 'Inès'].map(who) as [string, ...string[]];
  await client.people('join-voice', { guildId: guild.id, userId: owner, channelId: hub.id });
  const place = () => guild.voiceStates.get(owner)?.channel_id;
  await until(() => place() !== undefined && place() !== hub.id);
  const room = place()!;
  for (const userId of friends)
    await client.people('join-voice', { guildId: guild.id, userId, channelId: room });
  await until(() => world.messages.history(room, { limit: 1 }).length > 0);
  const { id: messageId } = world.messages.history(room, { limit: 1 })[0]!;
  const click = (...rest: string[]) =>
    client.people('click', {
      channelId: room,
      messageId,
      userId: owner,
      customId: ['room', ...rest].join('/'),
      locale: 'fr',
      waitForFinal: true,
    });
  const menu = (await click('list', room, 'allowed')).message!;
  const select = JSON.stringify(menu.components).match(/room\/choice[^"]*/)![0];
  await client.people('choose', {
    channelId: room,
    messageId: menu.id,
    userId: owner,
    customId: select,
    values: ['Inès', 'Manon', 'Théo'].map(who),
    waitForFinal: true,
  });
  const fill = async (form: string, values: Record<string, string | string[]>) => {
    const { interactionId } = await click(form, room);
    await client.people('submit-modal', { interactionId, userId: owner, values, waitForFinal: true });
  };
  await fill('settings', { limit: '8', bitrate: ['96000'], region: ['auto'] });
  // The third name waits.
  for (const name of ['Studio', 'Répétition', 'Concert de Zoé']) await fill('name', { name });
  await fill('status', { status: 'Jazz jusqu’à minuit' });
  await click('mode', room, 'conference');

  const asOwner = await open(owner, room, { width: 1180, height: 700 });
  await asOwner.getByText('Oublier mes réglages').waitFor();
  await dismissAll(asOwner);
  await asOwner
    .locator('discord-message')
    .first()
    .screenshot({ path: `${IMAGES}/voice-panel.png` });
  await asOwner.screenshot({ path: `${IMAGES}/voice-room.png` });
  await asOwner.context().close();
  const asAdministrator = await open(ownerId, general.id, { width: 1180, height: 1000 }, 1);
  // What /hub create has said.
  await asAdministrator.getByText('Accès et limites').waitFor();
  await dismissAll(asAdministrator);
  await run('config', { hub: hub.id });
  await asAdministrator.getByText('Accès et limites').waitFor();
  await asAdministrator.screenshot({ path: `${IMAGES}/voice-config.png` });
}

/** Away with what only this person sees. */
async function dismissAll(page: Page): Promise<void> {
  const dismissals = page.getByText('Masquer le message');
  // The list is drawn anew with each that goes, and takes the button away from under the click.
  for (let left = MAX_DISMISSALS; left > 0 && (await dismissals.count()) > 0; left--)
    await dismissals
      .first()
      .click({ timeout: 2_000 })
      .catch(() => undefined);
  // Nothing is drawn as if somebody pointed at it.
  await page.mouse.move(0, 0);
}

/** The page as that person sees the channel, in French. */
async function open(
  userId: string,
  channelId: string,
  viewport: { width: number; height: number },
  deviceScaleFactor = 1.5,
): Promise<Page> {
  const context = await browser.newContext({ locale: 'fr-FR', viewport, deviceScaleFactor });
  const page = await context.newPage();
  await page.addInitScript(`localStorage.setItem('sandbox.actor', ${JSON.stringify(userId)})`);
  await page.goto(`${ready.page}#${guild.id}/${channelId}`);
  await page.locator('.channels .channel').first().waitFor();
  await page.evaluate('document.fonts.ready');
  return page;
}
