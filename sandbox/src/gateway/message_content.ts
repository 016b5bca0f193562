import { GatewayIntentBits, type APIMessage, type APIUser } from 'discord-api-types/v10';

const NO_CONTENT = { content: '', embeds: [], attachments: [], components: [] };

type GatewayMessage = APIMessage & { guild_id?: string; mentions?: APIUser[] };

/**
 * Empties what the MESSAGE_CONTENT intent protects, unless the message is the bot's own, of a direct
 * message channel, or mentions the bot (Discord Docs/Gateway, "Message Content Intent").
 * Returns the same object when nothing is to be hidden.
 */
export function withoutContent(data: unknown, intents: number, botId: string): unknown {
  if ((intents & GatewayIntentBits.MessageContent) !== 0) return data;
  const message = data as GatewayMessage;
  if (message.guild_id === undefined) return data;
  return blank(message, botId);
}

function blank(message: GatewayMessage, botId: string): GatewayMessage {
  const referenced = message.referenced_message;
  const shown: GatewayMessage = referenced
    ? { ...message, referenced_message: blank(referenced as GatewayMessage, botId) }
    : message;
  const own = message.author?.id === botId || message.application_id === botId;
  if (own || message.mentions?.some((user) => user.id === botId)) return shown;
  const { poll: _, message_snapshots: snapshots, ...rest } = shown;
  return {
    ...rest,
    ...NO_CONTENT,
    ...(snapshots && {
      message_snapshots: snapshots.map(({ message, ...more }) => ({
        ...more,
        message: { ...message, ...NO_CONTENT },
      })),
    }),
  };
}
