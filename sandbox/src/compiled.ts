/**
 * Node strips the types of every file anew at each start, which costs more than all else that a start does.
 * What it makes of them is kept below `node_modules/.cache`, and so is V8's own code cache.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { enableCompileCache, registerHooks, stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIRECTORY = fileURLToPath(new URL('../node_modules/.cache/sandbox', import.meta.url));

/** From here on imports come from the cache; where it cannot be written they are made anew. */
export function keepCompiled(): void {
  try {
    mkdirSync(DIRECTORY, { recursive: true });
  } catch {
    return;
  }
  enableCompileCache(join(DIRECTORY, 'v8'));
  registerHooks({
    load(url, context, next) {
      if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
      const source = stripped(url, readFileSync(fileURLToPath(url), 'utf8'));
      return { format: 'module', source, shortCircuit: true };
    },
  });
}

/** One file in the cache for each of ours; its last line says of which text it was made. */
function stripped(url: string, text: string): string {
  const path = join(DIRECTORY, `${hash(url)}.js`);
  const mark = `\n// ${hash(process.version + text)}`;
  try {
    const kept = readFileSync(path, 'utf8');
    if (kept.endsWith(mark)) return kept;
  } catch {
    // Not there yet.
  }
  const source = strip(text) + mark;
  try {
    // Another start may be writing the same: whole files only.
    writeFileSync(`${path}.${process.pid}`, source);
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // Then the next start strips it again.
  }
  return source;
}

const hash = (text: string): string => createHash('sha1').update(text).digest('hex');

/** What Node does by itself too, without its word on the function being new. */
function strip(text: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}
