/** discord.js on the flood: handlers that count. Arguments: port. NODE_EXTRA_CA_CERTS names the certificate. */
import { Client, Events, GatewayIntentBits } from 'discord.js';
import { END_OF_FLOOD } from './gateway_frames.ts';

const port = process.argv[2];
const client = new Client({
  rest: { api: `https://localhost:${port}/api`, version: '10' },
  intents: [
    GatewayIntentBits.Guilds,
    GatewayIntentBits.GuildMembers,
    GatewayIntentBits.GuildVoiceStates,
    GatewayIntentBits.GuildMessages,
    GatewayIntentBits.GuildMessageTyping,
    GatewayIntentBits.MessageContent,
  ],
});

let events = 0;
let inOrder = true;
let last = 0n;
let began = performance.now();
let used = process.cpuUsage();

const count = (): void => {
  events++;
};
client.on(Events.VoiceStateUpdate, count);
client.on(Events.GuildMemberUpdate, count);
client.on(Events.TypingStart, count);
client.on(Events.MessageCreate, (message) => {
  const id = BigInt(message.id);
  if (id <= last) inOrder = false;
  last = id;
  if (message.content !== END_OF_FLOOD) {
    events++;
    return;
  }
  const cpu = process.cpuUsage(used);
  console.log(
    JSON.stringify({
      events,
      wall: (performance.now() - began) / 1000,
      cpu: (cpu.user + cpu.system) / 1e6,
      rss: process.resourceUsage().maxRSS * 1024,
      inOrder,
    }),
  );
  process.exit(0);
});
client.once(Events.ClientReady, (ready) => {
  began = performance.now();
  used = process.cpuUsage();
  ready.user.setPresence({ status: 'online' });
});
await client.login('MTIzNDU2Nzg5MDEyMzQ1Njc4.bench.000000000000000000000000000');
