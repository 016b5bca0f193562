/**
 * The bare limit of a join: four calls, written by hand as soon as an event or an answer has come. Nothing is checked,
 * cached or limited: a floor to compare with, no bot. Arguments: API address, token, the hubs' name.
 */
import net from 'node:net';
import { WebSocket } from 'ws';

interface State {
  guild_id: string;
  channel_id: string | null;
  user_id: string;
}
interface Guild {
  id: string;
  channels: { id: string; name: string; parent_id: string }[];
}
interface Message {
  op: number;
  s: number | null;
  t: string | null;
  d: unknown;
}

const HUB_NAME = process.argv[4]!;
const token = process.argv[3]!;
const api = new URL(process.argv[2]!);

/** One call at a time. */
class Connection {
  #socket = net.connect(Number(api.port), api.hostname).setNoDelay(true);
  #received = '';
  #answer: (body: string) => void = () => undefined;

  constructor() {
    this.#socket.on('data', (bytes) => {
      this.#received += bytes.toString('latin1');
      const end = this.#received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const size = Number(/content-length: (\d+)/i.exec(this.#received.slice(0, end))?.[1] ?? 0);
      if (this.#received.length < end + 4 + size) return;
      const body = this.#received.slice(end + 4);
      this.#received = '';
      idle.push(this);
      this.#answer(body);
    });
  }

  send(request: string): Promise<string> {
    this.#socket.write(request);
    return new Promise((resolve) => (this.#answer = resolve));
  }
}

const idle: Connection[] = [];

function call(method: string, path: string, body: string): Promise<string> {
  const type = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  const head = `host: ${api.host}\r\nauthorization: Bot ${token}\r\nuser-agent: DiscordBot (https://example.org, 1)`;
  const request = `${method} ${api.pathname}${path} HTTP/1.1\r\n${head}\r\n${body === '' ? '' : type}\r\n${body}`;
  return (idle.pop() ?? new Connection()).send(request);
}

const hubs = new Map<string, string>();
/** Who is in a room, and in which. */
const inside = new Map<string, string>();

async function serve({ guild_id: guild, channel_id: channel, user_id: user }: State): Promise<void> {
  const parent = channel === null ? undefined : hubs.get(channel);
  const left = inside.get(user);
  if (parent !== undefined) {
    const overwrites = `[{"id":"${user}","type":1,"allow":"3146752","deny":"0"}]`;
    const made = await call(
      'POST',
      `/guilds/${guild}/channels`,
      `{"name":"Salon","type":2,"parent_id":"${parent}","permission_overwrites":${overwrites}}`,
    );
    const { id: room } = JSON.parse(made) as { id: string };
    await call('PATCH', `/guilds/${guild}/members/${user}`, `{"channel_id":"${room}"}`);
    inside.set(user, room);
    await call('POST', `/channels/${room}/messages`, '{"content":"panel"}');
  } else if (left !== undefined && left !== channel) {
    inside.delete(user);
    await call('DELETE', `/channels/${left}`, '');
  }
}

const { url } = JSON.parse(await call('GET', '/gateway/bot', '')) as { url: string };
const gateway = new WebSocket(`${url}/?v=10&encoding=json`);
let last: number | null = null;
gateway.on('message', (bytes: Buffer) => {
  const { op, s, t, d } = JSON.parse(bytes.toString()) as Message;
  last = s ?? last;
  if (op === 10) {
    setInterval(
      () => gateway.send(`{"op":1,"d":${last}}`),
      (d as { heartbeat_interval: number }).heartbeat_interval,
    );
    const properties = '{"os":"linux","browser":"limit","device":"limit"}';
    gateway.send(`{"op":2,"d":{"token":"${token}","intents":129,"properties":${properties}}}`);
  } else if (t === 'GUILD_CREATE') {
    const { channels } = d as Guild;
    for (const { id, name, parent_id: parent } of channels) if (name === HUB_NAME) hubs.set(id, parent);
    if (hubs.size === 100) console.log('ready');
  } else if (t === 'VOICE_STATE_UPDATE') void serve(d as State);
});
process.on('SIGTERM', () => process.exit(0));
