/** The command line: starts a sandbox and prints one line of JSON when it is ready. */
import { parseArgs } from 'node:util';
import { keepCompiled } from './compiled.ts';
import type { SandboxOptions } from './server.ts';

const USAGE = `usage: sandbox [--port N] [--host ADDRESS] [--seed default|empty|large:N[:members]]
               [--tls] [--tls-names a,b] [--tls-dir DIRECTORY]
               [--public-url ORIGIN] [--public-gateway URL]
`;

/** @throws TypeError, RangeError for arguments that make no sense */
function readOptions(args: string[]): SandboxOptions {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string', default: '0' },
      host: { type: 'string' },
      seed: { type: 'string' },
      tls: { type: 'boolean', default: false },
      'tls-names': { type: 'string' },
      'tls-dir': { type: 'string' },
      'public-url': { type: 'string' },
      'public-gateway': { type: 'string' },
    },
  });
  if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535)
    throw new RangeError('--port: 0 to 65535');
  const url = (name: 'public-url' | 'public-gateway', schemes: string[]): string | undefined => {
    const text = values[name];
    if (text === undefined) return undefined;
    if (!schemes.includes(URL.parse(text)?.protocol ?? ''))
      throw new RangeError(`--${name}: no such address: ${text}`);
    return text;
  };
  return {
    port: Number(values.port),
    host: values.host,
    seed: values.seed,
    tls: values.tls || values['tls-names'] !== undefined,
    tlsNames: values['tls-names']?.split(','),
    tlsDirectory: values['tls-dir'],
    publicUrl: url('public-url', ['http:', 'https:']),
    publicGateway: url('public-gateway', ['ws:', 'wss:']),
  };
}

try {
  const options = readOptions(process.argv.slice(2));
  keepCompiled();
  const { createSandbox } = await import('./server.ts');
  const sandbox = await createSandbox(options);
  const stop = () => {
    process.off('SIGTERM', stop).off('SIGINT', stop);
    void sandbox.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  process.stdout.write(`${JSON.stringify(sandbox.ready)}\n`);
} catch (error) {
  const isUsage = error instanceof TypeError || error instanceof RangeError;
  process.stderr.write(`sandbox: ${(error as Error).message}\n${isUsage ? USAGE : ''}`);
  process.exit(isUsage ? 2 : 1);
}
