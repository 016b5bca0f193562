/** The JSON Schemas of contracts/actions, which a dashboard may rely on. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';

const DIRECTORY = fileURLToPath(new URL('../../contracts/actions', import.meta.url));

const ajv = new Ajv2020({ allErrors: true, strict: false });
for (const name of readdirSync(DIRECTORY).filter((file) => file.endsWith('.schema.json'))) {
  ajv.addSchema(JSON.parse(readFileSync(join(DIRECTORY, name), 'utf8')) as object);
}

/** What is wrong with it; empty when nothing is. */
function mistakes(schema: string, data: unknown): string {
  const validate = ajv.getSchema(schema)!;
  return validate(data) ? '' : ajv.errorsText(validate.errors);
}

/** @throws when a row's end is not as the contract says */
export function assertResult(action: string, status: string, result: unknown): void {
  const known = `${action}.result.schema.json`;
  const wrong = mistakes(ajv.getSchema(known) ? known : 'result.schema.json', result);
  if (wrong !== '') throw new Error(`the result of ${action} breaks its contract: ${wrong}`);
  if ((status === 'done') !== (result as { ok: boolean }).ok) throw new Error(`status ${status} belies ok`);
}

export function isPayload(action: string, payload: unknown): boolean {
  return mistakes(`${action}.payload.schema.json`, payload) === '';
}
