import { Locale } from 'discord-api-types/v10';
import { z } from 'zod';
import type { PeopleVerbs } from './api.ts';
import { define, type VerbTable } from './verbs.ts';

type InteractionVerbs = Pick<PeopleVerbs, 'command' | 'autocomplete' | 'click' | 'choose' | 'submit-modal'>;

const id = z.string().regex(/^\d{15,20}$/, 'expected a snowflake');
const locale = z.enum(Locale).optional();
const waitForFinal = z.boolean().optional();
const options = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional();
const name = z.string().min(1).max(32);
const subcommand = z.string().min(1).max(65).optional();
const onMessage = {
  channelId: id,
  messageId: id,
  userId: id,
  customId: z.string().min(1).max(100),
  locale,
  waitForFinal,
};

/** The verbs by which people use the application. */
export const interactionVerbs: VerbTable<InteractionVerbs> = {
  command: define(
    z.strictObject({
      channelId: id,
      userId: id,
      name,
      subcommand,
      options,
      target: id.optional(),
      locale,
      waitForFinal,
    }),
    ({ interactions }, body) => interactions.command(body),
  ),
  autocomplete: define(
    z.strictObject({ channelId: id, userId: id, name, subcommand, options, focused: name, locale }),
    ({ interactions }, body) => interactions.autocomplete(body),
  ),
  click: define(z.strictObject(onMessage), ({ interactions }, body) => interactions.click(body)),
  choose: define(
    z.strictObject({ ...onMessage, values: z.array(z.string()).max(25) }),
    ({ interactions }, body) => interactions.choose(body),
  ),
  'submit-modal': define(
    z.strictObject({
      interactionId: id,
      userId: id,
      values: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
      locale,
      waitForFinal,
    }),
    ({ interactions }, body) => interactions.submitModal(body),
  ),
};
