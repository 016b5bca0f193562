/** A certificate authority of the sandbox's own, and the certificate that it serves with. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const DEFAULT_NAMES = [
  'discord.com',
  'gateway.discord.gg',
  'cdn.discordapp.com',
  'localhost',
  '127.0.0.1',
  '::1',
];
const DAYS = '825';

export interface TlsFiles {
  key: string;
  cert: string;
  /** PEM of the authority, for clients to trust. */
  caPath: string;
  /** Deletes the directory, unless it was given. */
  remove(): Promise<void>;
}

/**
 * Makes authority and certificate, new at every start, with the `openssl` command. The extensions are those
 * that a strict verification (X509_V_FLAG_X509_STRICT, RFC 5280 section 4.2) asks for.
 */
export async function makeTls(options: {
  names?: string[] | undefined;
  directory?: string | undefined;
}): Promise<TlsFiles> {
  const names = options.names ?? DEFAULT_NAMES;
  for (const name of names) {
    if (!/^[A-Za-z0-9.*:_-]+$/.test(name)) throw new RangeError(`no name for a certificate: ${name}`);
  }
  if (options.directory !== undefined) await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'vagrolant-sandbox-')));
  const at = (name: string) => join(directory, name);
  const ca = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial'];
  const curve = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  await writeFile(at('ca.cnf'), CA_CONFIG);
  await writeFile(at('leaf.ext'), leafExtensions(names));
  try {
    await openssl('genpkey', ...curve, '-out', at('ca.key'));
    await openssl(
      'req',
      '-x509',
      '-new',
      '-key',
      at('ca.key'),
      '-config',
      at('ca.cnf'),
      '-days',
      DAYS,
      '-out',
      at('ca.pem'),
    );
    await openssl('genpkey', ...curve, '-out', at('leaf.key'));
    await openssl('req', '-new', '-key', at('leaf.key'), '-subj', `/CN=${names[0]}`, '-out', at('leaf.csr'));
    await openssl(
      'x509',
      '-req',
      '-in',
      at('leaf.csr'),
      ...ca,
      '-days',
      DAYS,
      '-sha256',
      '-extfile',
      at('leaf.ext'),
      '-out',
      at('leaf.pem'),
    );
    const key = await readFile(at('leaf.key'), 'utf8');
    const cert = await readFile(at('leaf.pem'), 'utf8');
    return { key, cert, caPath: at('ca.pem'), remove };
  } catch (error) {
    await remove();
    throw error;
  }

  async function remove(): Promise<void> {
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
  }
}

async function openssl(...args: string[]): Promise<void> {
  try {
    await run('openssl', args, { timeout: 20_000 });
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') throw new Error('--tls needs the openssl command', { cause: error });
    throw new Error(`openssl ${args[0]}: ${stderr?.trim() ?? String(error)}`, { cause: error });
  }
}

const CA_CONFIG = `[req]
distinguished_name = dn
x509_extensions = ext
prompt = no
[dn]
CN = Vagrolant sandbox
[ext]
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
`;

const leafExtensions = (names: string[]): string => `basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = ${names.map((name) => `${isIP(name) ? 'IP' : 'DNS'}:${name}`).join(', ')}
`;
