"""discord.py on the flood: handlers that count. Arguments: port. SSL_CERT_FILE names the certificate.

Its hosts are fixed; two public class attributes are set instead: http.Route.BASE and
gateway.DiscordWebSocket.DEFAULT_GATEWAY. Transport compression is switched off, as for the other clients.
"""

import json
import resource
import sys
import time

import discord
import yarl

port = sys.argv[1]
discord.http.Route.BASE = f"https://localhost:{port}/api/v10"
Socket = discord.gateway.DiscordWebSocket
Socket.DEFAULT_GATEWAY = yarl.URL(f"wss://localhost:{port}/")
from_client = Socket.from_client.__func__
Socket.from_client = classmethod(lambda cls, *args, **named: from_client(cls, *args, **{**named, "zlib": False}))

END_OF_FLOOD = "end of flood"


def used():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Counter(discord.Client):
    events = 0
    last = 0
    in_order = True
    began = 0.0
    used = 0.0

    async def on_ready(self):
        self.began = time.monotonic()
        self.used = used()
        await self.change_presence(status=discord.Status.online)

    async def on_voice_state_update(self, member, before, after):
        self.events += 1

    async def on_member_update(self, before, after):
        self.events += 1

    async def on_typing(self, channel, user, when):
        self.events += 1

    async def on_message(self, message):
        if message.id <= self.last:
            self.in_order = False
        self.last = message.id
        if message.content != END_OF_FLOOD:
            self.events += 1
            return
        result = {
            "events": self.events,
            "wall": time.monotonic() - self.began,
            "cpu": used() - self.used,
            "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "inOrder": self.in_order,
        }
        print(json.dumps(result), flush=True)
        await self.close()


intents = discord.Intents(
    guilds=True, members=True, voice_states=True, messages=True, typing=True, message_content=True
)
Counter(intents=intents, chunk_guilds_at_startup=False).run("bench.token.0", log_handler=None)
