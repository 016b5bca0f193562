import type { UploadedFile } from '../world/types.ts';
import { entityTooLarge, invalidField } from './errors.ts';
import { parseJson } from './json.ts';

const MAX_FILES = 10;
/** Discord Docs/Reference, "Uploading Files". */
const MAX_FILE_BYTES = 20 * 1024 * 1024;
const MEDIA_TYPE = /^[\w.+-]+\/[\w.+-]+(; ?[\w-]+=[\w.-]+)*$/;

export interface MultipartForm {
  payload: unknown;
  files: UploadedFile[];
}

/** Reads `payload_json` (or plain fields) and `files[n]`. @throws 50109, 50035, 40005 */
export async function readMultipart(
  body: Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<MultipartForm> {
  let form: FormData;
  try {
    form = await new Response(body, { headers: { 'content-type': contentType } }).formData();
  } catch {
    throw invalidField([], 'CONTENT_TYPE_INVALID', 'The multipart body could not be read.');
  }
  const files: UploadedFile[] = [];
  let payload: unknown;
  const fields: Record<string, unknown> = {};
  for (const [name, value] of form) {
    if (typeof value !== 'string') {
      if (value.size > MAX_FILE_BYTES) throw entityTooLarge();
      const index = Number(/^files?\[?(\d{0,4})\]?$/.exec(name)?.[1] || files.length);
      files.push({
        index,
        filename: value.name || 'file',
        contentType: MEDIA_TYPE.test(value.type) ? value.type : 'application/octet-stream',
        data: new Uint8Array(await value.arrayBuffer()),
      });
    } else if (name === 'payload_json') {
      payload = parseJson(value);
    } else fields[name] = value;
  }
  if (files.length > MAX_FILES) {
    throw invalidField(['files'], 'BASE_TYPE_MAX_LENGTH', `Must be ${MAX_FILES} or fewer in length.`);
  }
  return { payload: payload ?? fields, files };
}
