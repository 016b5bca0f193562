import type { APIAttachment } from 'discord-api-types/v10';
import type { MessageDraft, Snowflake, UploadedFile } from './types.ts';
import type { World } from './world.ts';

/** Bytes of files kept in memory; beyond it the oldest are forgotten (their links answer 404). */
const CAPACITY = 64 * 1024 * 1024;

/** Files that came with messages, and the addresses they are served under. */
export class Attachments {
  /** Where `/attachments/...` is served; set once the server listens. */
  base = 'https://cdn.discordapp.com';
  #world: World;
  #files = new Map<Snowflake, UploadedFile>();
  #bytes = 0;

  constructor(world: World) {
    this.#world = world;
  }

  file(id: Snowflake): UploadedFile | undefined {
    return this.#files.get(id);
  }

  /**
   * The attachments of a message: those kept of `present`, then the files sent. The list of an edit names all
   * that shall be there afterwards (Discord Docs/Reference, "Editing Message Attachments").
   */
  resolve(channelId: Snowflake, draft: MessageDraft, present?: APIAttachment[]): APIAttachment[] {
    const listed = draft.attachments;
    const files = draft.files ?? [];
    if (listed == null)
      return [...(present ?? []), ...files.map((file) => this.#add(channelId, file, listed))];
    const kept = (present ?? []).flatMap((attachment) => {
      const wanted = listed.find(({ id }) => id === attachment.id);
      if (wanted === undefined) return [];
      return { ...attachment, ...(wanted.description != null && { description: wanted.description }) };
    });
    const added =
      present === undefined
        ? files
        : files.filter(({ index }) => listed.some(({ id }) => id === String(index)));
    return [...kept, ...added.map((file) => this.#add(channelId, file, listed))];
  }

  #add(channelId: Snowflake, file: UploadedFile, listed: MessageDraft['attachments']): APIAttachment {
    const id = this.#world.snowflake();
    const described = listed?.find((one) => one.id === String(file.index));
    const filename = (described?.filename ?? file.filename).replace(/[^\w.-]+/g, '_');
    this.#files.set(id, file);
    this.#bytes += file.data.byteLength;
    for (const [oldest, { data }] of this.#files) {
      if (this.#bytes <= CAPACITY || oldest === id) break;
      this.#files.delete(oldest);
      this.#bytes -= data.byteLength;
    }
    const url = `${this.base}/attachments/${channelId}/${id}/${filename}`;
    return {
      id,
      filename,
      size: file.data.byteLength,
      url,
      proxy_url: url,
      content_type: file.contentType,
      ...(described?.description && { description: described.description }),
    };
  }
}
