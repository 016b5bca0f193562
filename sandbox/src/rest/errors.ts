/** Discord's errors: status, code, message, and for an invalid form the tree of its fields. */

export interface FieldError {
  code: string;
  message: string;
}

/** `errors` of code 50035: keys and array indices down to `_errors`. */
export interface ErrorTree {
  _errors?: FieldError[];
  [key: string]: ErrorTree | FieldError[] | undefined;
}

export class DiscordError extends Error {
  readonly status: number;
  readonly code: number;
  readonly errors: ErrorTree | undefined;

  constructor(status: number, code: number, message: string, errors?: ErrorTree) {
    super(message);
    this.name = 'DiscordError';
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  body(): { message: string; code: number; errors?: ErrorTree } {
    return { message: this.message, code: this.code, ...(this.errors && { errors: this.errors }) };
  }
}

const make = (status: number, code: number, message: string) => () => new DiscordError(status, code, message);

export const unauthorized = make(401, 0, '401: Unauthorized');
export const notFoundRoute = make(404, 0, '404: Not Found');
export const methodNotAllowed = make(405, 0, '405: Method Not Allowed');

export const unknownApplication = make(404, 10002, 'Unknown Application');
export const unknownChannel = make(404, 10003, 'Unknown Channel');
export const unknownGuild = make(404, 10004, 'Unknown Guild');
export const unknownMember = make(404, 10007, 'Unknown Member');
export const unknownMessage = make(404, 10008, 'Unknown Message');
export const unknownOverwrite = make(404, 10009, 'Unknown Overwrite');
export const unknownRole = make(404, 10011, 'Unknown Role');
export const unknownUser = make(404, 10013, 'Unknown User');
export const unknownEmoji = make(400, 10014, 'Unknown Emoji');
export const unknownWebhook = make(404, 10015, 'Unknown Webhook');
export const unknownBan = make(404, 10026, 'Unknown Ban');
export const unknownInteraction = make(404, 10062, 'Unknown interaction');
export const unknownCommand = make(404, 10063, 'Unknown application command');
export const unknownVoiceState = make(404, 10065, 'Unknown Voice State');

export const maxPins = make(400, 30003, 'Maximum number of pins reached for the channel (250)');
export const maxRoles = make(400, 30005, 'Maximum number of guild roles reached (250)');
export const maxChannels = make(400, 30013, 'Maximum number of guild channels reached (500)');
export const maxReactions = make(400, 30010, 'Maximum number of reactions reached (20)');

export const maxOverwrites = make(
  400,
  30060,
  'Maximum number of channel permission overwrites reached (1000)',
);

export const oneParentAtATime = make(400, 40009, 'Only one channel can have a parent_id modified at a time');
export const entityTooLarge = make(413, 40005, 'Request entity too large');
export const notConnectedToVoice = make(400, 40032, 'Target user is not connected to voice.');
export const alreadyCrossposted = make(400, 40033, 'This message has already been crossposted.');
export const alreadyAcknowledged = make(400, 40060, 'Interaction has already been acknowledged.');
export const threadLocked = make(400, 160005, 'Thread is locked');
export const threadExists = make(400, 160004, 'A thread has already been created for this message');
export const cloudflareBlocked = make(403, 40333, 'internal network error');

export const missingAccess = make(403, 50001, 'Missing Access');
export const cannotExecuteOnDm = make(403, 50003, 'Cannot execute action on a DM channel');
export const notAuthor = make(403, 50005, 'Cannot edit a message authored by another user');
export const emptyMessage = make(400, 50006, 'Cannot send an empty message');
export const cannotSendInChannel = make(400, 50008, 'Cannot send messages in a non-text channel');
export const missingPermissions = make(403, 50013, 'Missing Permissions');
export const badBulkCount = make(
  400,
  50016,
  'Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100 messages to delete',
);
export const systemMessage = make(403, 50021, 'Cannot execute action on a system message');
export const wrongChannelType = make(403, 50024, 'Cannot execute action on this channel type');
export const invalidRole = make(400, 50028, 'Invalid Role');
export const tooOldForBulkDelete = make(
  400,
  50034,
  'You can only bulk delete messages that are under 14 days old.',
);
export const cannotDm = make(403, 50007, 'Cannot send messages to this user');
export const invalidSticker = make(400, 50081, 'Invalid sticker sent');
export const archivedThread = make(400, 50083, 'Thread is archived');
export const voiceMessageContent = make(400, 50159, 'Voice messages do not support additional content');
export const voiceMessageFile = make(400, 50160, 'Voice messages must have a single audio attachment');
export const voiceMessageMetadata = make(400, 50161, 'Voice messages must have supporting metadata');
export const voiceMessageEdit = make(400, 50162, 'Voice messages cannot be edited');
export const noVoiceMessages = make(403, 50173, 'You cannot send voice messages in this channel');
export const invalidApiVersion = make(400, 50041, 'Invalid API version specified');
export const communityChannel = make(400, 50074, 'Cannot delete a channel required for community servers');
export const invalidGuild = make(400, 50055, 'Invalid Guild');
export const invalidJson = make(400, 50109, 'The request body contains invalid JSON.');
export const overloaded = make(503, 130000, 'API resource is currently overloaded. Try again a little later');
export const noMutualGuilds = make(
  403,
  50278,
  'Cannot send messages to this user due to having no mutual guilds',
);

/** 50035 with this tree. */
export const invalidForm = (errors: ErrorTree) => new DiscordError(400, 50035, 'Invalid Form Body', errors);

/** 50035 with one mistake, at `path` (`[]` for the body as a whole). */
export function invalidField(path: readonly PropertyKey[], code: string, message: string): DiscordError {
  const tree: ErrorTree = {};
  addFieldError(tree, path, { code, message });
  return invalidForm(tree);
}

/** Adds a mistake to the tree at `path`. */
export function addFieldError(tree: ErrorTree, path: readonly PropertyKey[], error: FieldError): void {
  let node = tree;
  for (const key of path) {
    const next = node[String(key)];
    node = next !== undefined && !Array.isArray(next) ? next : (node[String(key)] = {});
  }
  (node._errors ??= []).push(error);
}

/** Runs a check of a part: what it finds wrong stands below `path` in the tree. */
export function under<T>(path: readonly PropertyKey[], check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof DiscordError) || error.errors === undefined) throw error;
    throw invalidForm(path.reduceRight<ErrorTree>((inner, key) => ({ [String(key)]: inner }), error.errors));
  }
}
