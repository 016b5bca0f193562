import type { APIApplicationCommand } from 'discord-api-types/v10';

export interface CommandOption {
  type: number;
  name: string;
  description: string;
  name_localizations?: Record<string, string> | null;
  description_localizations?: Record<string, string> | null;
  required?: boolean;
  autocomplete?: boolean;
  choices?: { name: string; value: string | number; name_localizations?: Record<string, string> | null }[];
  options?: CommandOption[];
  channel_types?: number[];
  min_value?: number;
  max_value?: number;
  min_length?: number;
  max_length?: number;
}

/** A registered command, in the shape that the API answers with. */
export type Command = Omit<APIApplicationCommand, 'options'> & { options?: CommandOption[] };

/** Where a command is registered: everywhere, or in one guild. */
export type Scope = 'global' | (string & {});
