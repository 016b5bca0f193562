import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startRest } from './support.ts';

const run = promisify(execFile);

/** The error of a handshake that checks for `servername`, or null. */
function handshake(port: number, servername: string, ca?: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(
      { port, host: '127.0.0.1', servername, ...(ca && { ca: readFileSync(ca) }) },
      () => {
        socket.destroy();
        resolve(null);
      },
    );
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

test('the certificate names Discord and localhost, under an authority of its own', async () => {
  const { sandbox } = await startRest({ tls: true });
  const { ca, control, api } = sandbox.ready;
  const port = Number(new URL(control).port);
  expect(api).toMatch(/^https:/);
  for (const name of ['discord.com', 'gateway.discord.gg', 'localhost'])
    expect(await handshake(port, name, ca)).toBeNull();
  expect(await handshake(port, 'example.org', ca)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  expect(await handshake(port, 'discord.com')).toMatch(
    /UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN/,
  );

  const leaf = join(dirname(ca as string), 'leaf.pem');
  const { stdout } = await run('openssl', [
    'verify',
    '-x509_strict',
    '-purpose',
    'sslserver',
    '-verify_hostname',
    'discord.com',
    '-CAfile',
    ca as string,
    leaf,
  ]);
  expect(stdout).toContain('OK');
  await sandbox.close();
  expect(existsSync(ca as string)).toBe(false);
});

test('wrong names can be asked for', async () => {
  const { sandbox } = await startRest({ tls: true, tlsNames: ['example.org', '10.0.0.1'] });
  const port = Number(new URL(sandbox.ready.control).port);
  expect(await handshake(port, 'example.org', sandbox.ready.ca)).toBeNull();
  expect(await handshake(port, 'discord.com', sandbox.ready.ca)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
});

test('addresses to hand out can be chosen', async () => {
  const { sandbox, call } = await startRest({
    publicUrl: 'https://discord.com',
    publicGateway: 'wss://gateway.discord.gg',
  });
  expect(sandbox.ready).toMatchObject({
    api: 'https://discord.com/api/v10',
    gateway: 'wss://gateway.discord.gg',
  });
  expect((await call('GET', '/gateway/bot')).body.url).toBe('wss://gateway.discord.gg');
  expect(sandbox.ready.control).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/sandbox$/);
});

test('names that are none are refused before openssl sees them', async () => {
  await expect(startRest({ tls: true, tlsNames: ['a\nb'] })).rejects.toThrow(RangeError);
});
