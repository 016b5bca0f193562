/** Files over plain GET: the page, and what was attached to messages. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { World } from './world/world.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/** Serves `/attachments/...`, and the built page below `/` where there is one. */
export function registerFiles(app: FastifyInstance, world: World, pageRoot: string | undefined): void {
  app.get<{ Params: { id: string } }>('/attachments/:channel/:id/:name', (request, reply) => {
    const file = world.messages.attachments.file(request.params.id);
    if (file === undefined)
      return reply.code(404).type('text/plain').send('This content is no longer available.');
    // What people upload must never run as a page of this origin.
    reply
      .header('content-security-policy', "default-src 'none'; sandbox")
      .header('x-content-type-options', 'nosniff');
    return reply.type(file.contentType).send(Buffer.from(file.data));
  });

  app.get<{ Params: { '*': string } }>('/*', async (request, reply) => {
    const path = pageRoot && (await insideOf(pageRoot, request.params['*'] || 'index.html'));
    if (!path) return reply.callNotFound();
    return reply.type(TYPES[extname(path)] ?? 'application/octet-stream').send(createReadStream(path));
  });
}

/** The file below `root` that the path names; never one outside of it. */
async function insideOf(root: string, path: string): Promise<string | undefined> {
  if (path.includes('\0')) return undefined;
  const full = normalize(join(root, path));
  if (!full.startsWith(root + sep)) return undefined;
  const found = await stat(full).catch(() => undefined);
  return found?.isFile() ? full : undefined;
}
