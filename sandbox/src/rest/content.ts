import type { APIMessage } from 'discord-api-types/v10';
import type { SandboxContext } from '../context.ts';
import { withoutContent } from '../gateway/message_content.ts';

/**
 * Shows messages as REST does: what the MESSAGE_CONTENT intent protects is empty for an application that
 * may not use it, whatever it identified with (Discord Docs/Gateway, "Message Content Intent").
 */
export const readable =
  ({ world, weather }: SandboxContext) =>
  (message: APIMessage): APIMessage => {
    const guild_id = world.channelGuild.get(message.channel_id);
    if (guild_id === undefined) return message;
    const shown = withoutContent({ ...message, guild_id }, weather.allowedIntents, world.bot.id);
    const { guild_id: _, ...rest } = shown as APIMessage & { guild_id?: string };
    return rest as APIMessage;
  };
