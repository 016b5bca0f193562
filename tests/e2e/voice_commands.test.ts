/** /hub for administrators: making, listing, configuring, examining and deleting hubs, by command and by button. */
import { afterEach, describe, expect, test } from 'vitest';
import { Hands, isWhispered, pressable, pressables, textOf } from '../support/panel.ts';
import { VoiceScene } from '../support/voice.ts';

const MODAL = 9;

const voice = await VoiceScene.set();
const { scene } = voice;
await scene.start();
const general = scene.channel('général');
const administrator = new Hands(scene, voice.guild.ownerId);

interface HubResult {
  hubId: string;
  rooms: number;
  [setting: string]: unknown;
}
const hubs = async () => ((await voice.ask('hub.list', {})) as { hubs: HubResult[] }).hubs;
const onlyHub = async () => (await hubs())[0]!;

afterEach(async () => {
  for (const { user_id } of [...voice.guild.voiceStates.values()]) voice.leave(user_id);
  for (const { hubId } of await hubs()) await voice.ask('hub.delete', { hubId, deleteChannel: true });
});

describe('/hub create', () => {
  test('makes a voice channel that makes rooms, with a door in its chat', async () => {
    const category = scene.channel('Salons vocaux');
    const { message } = await administrator.hub(general, 'create', { name: 'Entrez', category });
    const hub = scene.channel('Entrez');
    expect(isWhispered(message)).toBe(true);
    expect(textOf(message)).toContain('✅ Le hub est prêt');
    expect(textOf(message)).toContain(`<#${hub}>`);
    expect(voice.channel(hub)).toMatchObject({ type: 2, parent_id: category });
    const [door] = await scene.written(hub);
    expect(pressable(door, `hub/door/${hub}`).label).toBe('Demander à entrer');
    expect(await voice.enter(await voice.person(), hub)).not.toBe(hub);
  });

  test('adopts a voice channel that there is, and no other', async () => {
    const channel = scene.channel('Le canapé');
    await administrator.hub(general, 'create', { channel });
    expect((await onlyHub()).hubId).toBe(channel);
    const again = await administrator.hub(general, 'create', { channel });
    expect(textOf(again.message)).toContain('déjà un hub');
    await voice.ask('hub.delete', { hubId: channel });
    expect(voice.channel(channel)).toBeDefined();
  });

  test('in an English server begins in English, whoever asks for it', async () => {
    await scene.settings('language', { language: 'en' });
    try {
      const { message: panel } = await administrator.hub(general, 'create');
      const hub = (await onlyHub()).hubId;
      expect(voice.channel(hub)!.name).toBe('➕ Make a room');
      expect(await onlyHub()).toMatchObject({ nameTemplate: "{member}'s room" });
      // That is its default: there is nothing to put back, and what is put back is in English again.
      expect(pressable(panel, `hub/reset/${hub}`).disabled).toBe(true);
      await voice.ask('hub.update', { hubId: hub, nameTemplate: '{member} · {game}' });
      const { message: config } = await administrator.hub(general, 'config', { hub });
      await administrator.choose(config!, `hub/reset/${hub}`, ['nameTemplate']);
      expect(await onlyHub()).toMatchObject({ nameTemplate: "{member}'s room" });
      await voice.ask('hub.update', { hubId: hub, nameTemplate: '{game}' });
      const room = await voice.enter(await voice.person(), hub);
      expect(voice.channel(room)!.name).toBe('Room 1');
    } finally {
      await scene.settings('reset', { setting: 'language' });
    }
  });

  test.each([
    ['create', { name: 'Non' }],
    ['list', {}],
    ['doctor', {}],
    ['config', { hub: '1' }],
    ['delete', { hub: '1' }],
  ])('members may not /hub %s', async (subcommand, options) => {
    const member = new Hands(scene, await voice.person());
    const { message } = await member.hub(general, subcommand, options);
    expect(isWhispered(message)).toBe(true);
    expect(textOf(message)).toContain('« Gérer le serveur »');
    expect(await hubs()).toEqual([]);
  });
});

describe('/hub config', () => {
  test('is completed by name, and shows every setting', async () => {
    const hub = await voice.hub({}, { name: 'Studio' });
    await voice.hub({}, { name: 'Cabane' });
    const { choices } = await scene.client.people('autocomplete', {
      channelId: general,
      userId: administrator.userId,
      name: 'hub',
      subcommand: 'config',
      focused: 'hub',
      options: { hub: 'stu' },
    });
    expect(choices).toEqual([{ name: 'Studio', value: hub }]);
    const { message } = await administrator.hub(general, 'config', { hub });
    expect(isWhispered(message)).toBe(true);
    for (const shown of ['Modèle de nom : `Salon de {member}`', 'Mode au départ : Ouvert', 'Droit de retour'])
      expect(textOf(message)).toContain(shown);
    // A name that was typed does as well.
    expect(textOf((await administrator.hub(general, 'config', { hub: 'studio' })).message)).toContain(
      `<#${hub}>`,
    );
    const unknown = await administrator.hub(general, 'config', { hub: 'rien' });
    expect(textOf(unknown.message)).toContain("« rien » n'est pas un hub.");
  });

  const role = () => [...voice.guild.roles.values()].find(({ name }) => name === 'Joueurs')!.id;
  const forms: [string, () => Record<string, string | string[]>, Record<string, unknown>][] = [
    [
      'rooms',
      () => ({
        nameTemplate: 'Chez {member}',
        defaultMode: ['private'],
        userLimit: '4',
        bitrate: ['64000'],
        region: ['rotterdam'],
      }),
      {
        nameTemplate: 'Chez {member}',
        defaultMode: 'private',
        userLimit: 4,
        bitrate: 64_000,
        region: 'rotterdam',
      },
    ],
    [
      'place',
      () => ({
        categoryId: [scene.channel('Salons vocaux')],
        overflowCategoryIds: [scene.channel('Discussion'), scene.channel('Accueil')],
        position: ['end'],
        permissionsFrom: ['category'],
        templateChannelId: [],
      }),
      {
        categoryId: scene.channel('Salons vocaux'),
        overflowCategoryIds: [scene.channel('Discussion'), scene.channel('Accueil')],
        position: 'end',
        permissionsFrom: 'category',
        templateChannelId: '',
      },
    ],
    [
      'life',
      () => ({
        emptyGrace: '30',
        ownerLeaves: ['transfer'],
        keepFor: '0',
        returnWindow: '60',
        remember: ['no'],
      }),
      { emptyGrace: 30, ownerLeaves: 'transfer', keepFor: 0, returnWindow: 60, remember: false },
    ],
    [
      'access',
      () => ({
        allowedRoleIds: [role()],
        maxRooms: '7',
        memberPerMinute: '2',
        guildPerMinute: '30',
        logChannelId: [general],
      }),
      {
        allowedRoleIds: [role()],
        maxRooms: 7,
        memberPerMinute: 2,
        guildPerMinute: 30,
        logChannelId: general,
      },
    ],
  ];

  test.each(forms)('changes the group %s with a modal, and puts it back', async (group, values, expected) => {
    const hub = await voice.hub();
    const before = await onlyHub();
    const { message: panel } = await administrator.hub(general, 'config', { hub });
    const opened = await administrator.click(panel!, `hub/group/${hub}/${group}`);
    expect(opened.callbackType).toBe(MODAL);
    const { message: saved } = await administrator.submit(opened, values());
    expect(saved!.id).toBe(panel!.id);
    expect(textOf(saved)).toContain("✅ C'est enregistré.");
    expect(await onlyHub()).toEqual({ ...before, ...expected });
    // The modal now begins with what is set: sent as it is, it changes nothing.
    const again = await administrator.click(saved!, `hub/group/${hub}/${group}`);
    const untouched = Object.fromEntries(
      pressables(again.modal).map((input) => [input.custom_id, valueOf(input)]),
    );
    await administrator.submit(again, untouched);
    expect(await onlyHub()).toEqual({ ...before, ...expected });
    const changed = pressable(saved, `hub/reset/${hub}`).options!.map((one) => one.value);
    const { message: reset } = await administrator.choose(saved!, `hub/reset/${hub}`, changed);
    expect(textOf(reset)).toContain("↩️ C'est remis par défaut.");
    expect(pressable(reset, `hub/reset/${hub}`).disabled).toBe(true);
  });

  test('of several who save at once, none takes back what another has changed', async () => {
    const hub = await voice.hub();
    const before = await onlyHub();
    const { message: panel } = await administrator.hub(general, 'config', { hub });
    const opened: Awaited<ReturnType<Hands['click']>>[] = [];
    for (const [group] of forms) opened.push(await administrator.click(panel!, `hub/group/${hub}/${group}`));
    await Promise.all(forms.map(([, values], n) => administrator.submit(opened[n]!, values())));
    const expected = Object.assign({}, ...forms.map(([, , changed]) => changed));
    expect(await onlyHub()).toEqual({ ...before, ...expected });
  });

  test('says what is wrong with a value, and keeps the old one', async () => {
    const hub = await voice.hub();
    const before = await onlyHub();
    const { message: panel } = await administrator.hub(general, 'config', { hub });
    for (const [template, sentence] of [
      ['{membre}', /\{membre\}|modèle/],
      ['{member', /modèle|\{/],
    ] as const) {
      const opened = await administrator.click(panel!, `hub/group/${hub}/rooms`);
      const { message } = await administrator.submit(opened, {
        nameTemplate: template,
        defaultMode: ['open'],
        userLimit: '0',
        bitrate: ['0'],
        region: ['auto'],
      });
      expect(isWhispered(message)).toBe(true);
      expect(textOf(message)).toMatch(sentence);
    }
    const opened = await administrator.click(panel!, `hub/group/${hub}/life`);
    const { message } = await administrator.submit(opened, {
      emptyGrace: '301',
      ownerLeaves: ['keep'],
      keepFor: '0',
      returnWindow: '0',
      remember: ['yes'],
    });
    expect(textOf(message)).toContain("« Sursis d'un salon vide » est un nombre de 0 à 300.");
    expect(await onlyHub()).toEqual(before);
  });
});

/** What a person leaves there who touches nothing. */
function valueOf(input: Record<string, unknown> | object): string | string[] {
  const {
    value,
    options,
    default_values: chosen,
  } = input as {
    value?: string;
    options?: { value: string; default?: boolean }[];
    default_values?: { id: string }[];
  };
  if (options !== undefined) return options.filter((one) => one.default).map((one) => one.value);
  return value ?? (chosen ?? []).map((one) => one.id);
}

describe('/hub list', () => {
  test('says so when there is none, and leads to the settings when there is', async () => {
    expect(textOf((await administrator.hub(general, 'list')).message)).toContain('`/hub create`');
    const hub = await voice.hub();
    await voice.enter(await voice.person(), hub);
    const { message } = await administrator.hub(general, 'list');
    expect(textOf(message)).toContain(`<#${hub}>`);
    expect(textOf(message)).toContain('1 salon ouvert');
    const { message: panel } = await administrator.click(message!, `hub/config/${hub}`);
    expect(textOf(panel)).toContain('Modèle de nom');
  });
});

describe('/hub delete', () => {
  test('asks, says what becomes of the rooms, and keeps or deletes the channel', async () => {
    const hub = await voice.hub({}, { name: 'Adieu' });
    const person = await voice.person();
    const room = await voice.enter(person, hub);
    const { message: question } = await administrator.hub(general, 'delete', { hub });
    expect(textOf(question)).toContain("Il a 1 salon ouvert : chacun reste jusqu'à ce qu'il soit vide.");
    expect(await hubs()).toHaveLength(1);
    const outcome = await administrator.click(question!, `hub/delete-now/${hub}/keep`);
    await administrator.edited(outcome, "🔌 « Adieu » n'est plus un hub ; le salon vocal reste.");
    expect(await hubs()).toEqual([]);
    expect(voice.where(person)).toBe(room);
    voice.leave(person);
    await voice.gone(room);
    expect(voice.channel(hub)).toBeDefined();
  });

  test('deletes the channel too', async () => {
    const hub = await voice.hub();
    const { message: question } = await administrator.hub(general, 'delete', { hub });
    await administrator.click(question!, `hub/delete-now/${hub}/channel`);
    await voice.gone(hub);
    await expect.poll(hubs).toEqual([]);
  });
});

describe('/hub doctor', () => {
  test('has nothing to say when all is well', async () => {
    await voice.hub();
    const { message } = await administrator.hub(general, 'doctor');
    expect(textOf(message)).toContain('🟢 Tout va bien');
  });

  test('names a permission that is missing, and where', async () => {
    const hub = await voice.hub();
    const parent = voice.channel(hub)!.parent_id!;
    await scene.client.people('edit-channel', {
      channelId: parent,
      changes: {
        permission_overwrites: [
          { id: voice.world.bot.id, type: 1, allow: '0', deny: String((1n << 4n) | (1n << 24n)) },
        ],
      },
    });
    const examined = async () => textOf((await administrator.hub(general, 'doctor')).message);
    await expect.poll(examined).toContain('🔴');
    expect(await examined()).toContain('« Gérer les salons »');
  });
});
