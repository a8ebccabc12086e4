"""Serves simcord's model of Discord over HTTP and WebSocket on loopback, for a bot of any language, and lets people act in it.

    python -P discord_bridge.py TOKEN        (-P: the library `discord` is meant, not the run beside this file)

What Discord refuses is decided by simcord, not here. Added is what a connection needs and simcord leaves to its own client: the
gateway's protocol with RESUME, recognised nonces, the limit of a channel (5 messages in 5 s), and the real clock. What a person does
comes in at `/_human/NAME` as JSON. What the bot must never do, though Discord would bear it, is kept under `violations`.
Uses the inside of simcord 3.2.1; the version is pinned.
"""

import asyncio
import copy
import io
import json
import sys
import time
from datetime import UTC, datetime

import discord
import simcord
from aiohttp import WSMsgType, web
from simcord import intents as sim_intents
from simcord._clock import Clock
from simcord.actors import MemberActor, _dispatch_actor_interaction, _resolve_visible_command, _slash
from simcord.backend import serializers
from simcord.backend.errors import BackendError
from simcord.backend.models import Overwrite
from simcord.enums import InteractionType, OverwriteType
from simcord.http import router
from simcord.interactions import nest_options, walk_to_subcommand
from simcord.results import InteractionResult, ResponseMessage

API = "/api/v10"
HEARTBEAT_MILLIS = 41_250
# Discord's limit for messages in a channel.
BURST, WINDOW = 5, 5.0


class RealClock(Clock):
    """The clock of the model, which otherwise stands still."""

    def now(self):
        return datetime.now(UTC)


class Upload:
    """What simcord expects of a file."""

    def __init__(self, name, data, description):
        self.filename, self.fp, self.description = name, io.BytesIO(data), description


class Session:
    """A session of the gateway: what was sent in it, and who listens."""

    def __init__(self, number, intents):
        self.id, self.intents = f"session-{number}", intents
        self.history, self.socket = [], None

    def send(self, kind, data):
        frame = {"op": 0, "s": len(self.history) + 1, "t": kind, "d": data}
        self.history.append(frame)
        if self.socket is not None:
            asyncio.ensure_future(send(self.socket, frame))


def without_nulls(value):
    """Leaves out what is null: Discord takes it for "not there", the model does not."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


async def send(socket, frame):
    if not socket.closed:
        try:
            await socket.send_str(json.dumps(frame, default=str))
        except ConnectionError:
            pass


class Bridge:
    def __init__(self, env, token):
        self.env, self.backend, self.token = env, env.backend, token
        self.sessions, self.nonces, self.windows = {}, {}, {}
        self.identifies = self.resumes = 0
        self.may_read_content = True
        self.violations, self.refusals, self.requests = [], [], []
        self.humans = Humans(self)
        env.backend.subscribers.append(self.event)

    # ---- the gateway

    def event(self, kind, data):
        if kind == "READY":
            return
        for session in self.sessions.values():
            gate = sim_intents.required_intent(kind, data)
            if gate and not getattr(session.intents, gate):
                continue
            seen = copy.deepcopy(dict(data))
            if kind in ("MESSAGE_CREATE", "MESSAGE_UPDATE") and not session.intents.message_content:
                sim_intents.censor_message(seen, self.backend.bot_user.id, backend=self.backend)
            session.send(kind, seen)

    async def gateway(self, request):
        socket = web.WebSocketResponse(max_msg_size=1 << 20)
        await socket.prepare(request)
        await send(socket, {"op": 10, "d": {"heartbeat_interval": HEARTBEAT_MILLIS}, "s": None, "t": None})
        session = None
        async for frame in socket:
            if frame.type != WSMsgType.TEXT:
                continue
            asked = json.loads(frame.data)
            if asked["op"] == 1:
                await send(socket, {"op": 11, "d": None, "s": None, "t": None})
            elif asked["op"] == 2:
                session = await self.identify(socket, asked["d"])
            elif asked["op"] == 6:
                session = await self.resume(socket, asked["d"])
        if session is not None and session.socket is socket:
            session.socket = None
            if socket.close_code in (1000, 1001):
                self.sessions.pop(session.id, None)
        return socket

    async def identify(self, socket, asked):
        self.identifies += 1
        intents = discord.Intents._from_value(asked["intents"])
        code = 4004 if asked["token"] != self.token else 4014 if intents.message_content and not self.may_read_content else None
        if code:
            await socket.close(code=code)
            return None
        session = Session(self.identifies, intents)
        session.socket = socket
        guilds = list(self.backend.guilds.values())
        session.send("READY", {
            "v": 10, "user": dict(serializers.user_payload(self.backend.bot_user)), "session_id": session.id, "shard": asked.get("shard"),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds], "resume_gateway_url": self.url("ws"),
            "application": {"id": str(self.backend.application_id), "flags": 0},
        })
        for guild in guilds:
            data = copy.deepcopy(dict(serializers.guild_create_payload(self.backend, guild)))
            sim_intents.prune_guild_create(data, intents, self.backend.bot_user.id)
            # the model says "now"
            data["joined_at"] = guild.members[self.backend.bot_user.id].joined_at
            session.send("GUILD_CREATE", data)
        self.sessions[session.id] = session
        return session

    async def resume(self, socket, asked):
        self.resumes += 1
        session = self.sessions.get(asked["session_id"])
        if session is None:
            await send(socket, {"op": 9, "d": False, "s": None, "t": None})
            return None
        for frame in session.history[asked["seq"] :]:
            await send(socket, frame)
        session.socket = socket
        session.send("RESUMED", {})
        return session

    def url(self, scheme):
        return f"{scheme}://127.0.0.1:{self.port}"

    # ---- the HTTP interface

    async def answer(self, request):
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self.gateway(request)
        if request.path.startswith("/_human/"):
            return await self.humans.act(request)
        path = request.path.removeprefix(API)
        if request.headers.get("Authorization") != f"Bot {self.token}":
            return web.json_response({"message": "401: Unauthorized", "code": 0}, status=401)
        if path == "/gateway/bot":
            limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
            return web.json_response({"url": self.url("ws"), "shards": 1, "session_start_limit": limit})
        body, files = await self.body(request)
        self.watch(request, path, body)
        is_message = request.method == "POST" and path.startswith("/channels/") and path.endswith("/messages")
        headers, wait = self.limit(path) if is_message else ({}, 0)
        if wait:
            self.violations.append(f"more than {BURST} messages in {WINDOW} s: {path}")
            return web.json_response({"message": "You are being rate limited.", "retry_after": wait, "global": False}, status=429, headers=headers)
        key = (path, str(body.get("nonce"))) if is_message and body.get("enforce_nonce") else None
        if key in self.nonces:
            return web.json_response(text=self.nonces[key], headers=headers)
        try:
            done = router.dispatch(
                self.backend, request.method, path, json=body, params=dict(request.query), files=files,
                message_content_access=self.may_read_content,
            )
        except BackendError as error:
            self.requests.append(f"{error.status} {request.method} {path}")
            self.refusals.append(f"{request.method} {path}: {error}")
            return web.json_response(error.to_json(), status=error.status, headers=headers)
        self.requests.append(f"200 {request.method} {path}")
        if done is None:
            return web.Response(status=204)
        text = json.dumps(done, default=str)
        if key:
            self.nonces[key] = text
        return web.json_response(text=text, headers=headers)

    async def body(self, request):
        if not request.content_type.startswith("multipart/"):
            raw = await request.read()
            return (without_nulls(json.loads(raw)) if raw else {}), []
        body, found = {}, []
        async for part in await request.multipart():
            raw = bytes(await part.read(decode=True))
            if part.name == "payload_json":
                body = without_nulls(json.loads(raw))
            else:
                found.append((part.filename, raw))
        message = body.get("data") or body
        described = {item["id"]: item.get("description") for item in message.get("attachments", [])}
        return body, [Upload(name, data, described.get(index)) for index, (name, data) in enumerate(found)]

    def watch(self, request, path, body):
        """Notes what Discord would bear and the bot must not do."""
        if not request.headers.get("User-Agent", "").startswith("DiscordBot ("):
            self.violations.append(f"{path}: the User-Agent is not as Discord asks")
        message = (body.get("data") if "/callback" in path else body) if isinstance(body, dict) else None
        if isinstance(message, dict) and (message.get("content") or message.get("embeds")):
            if message.get("allowed_mentions") != {"parse": []}:
                self.violations.append(f"{path}: a message that may mention somebody")

    def limit(self, path):
        """Counts a message of a channel; gives the headers that tell of it, and how long to wait when there were too many."""
        now = time.monotonic()
        began, count = self.windows.get(path, (now, 0))
        if now - began >= WINDOW:
            began, count = now, 0
        left = began + WINDOW - now
        headers = {"X-RateLimit-Limit": str(BURST), "X-RateLimit-Reset-After": f"{left:.3f}", "X-RateLimit-Bucket": "messages"}
        if count >= BURST:
            return {**headers, "X-RateLimit-Remaining": "0", "Retry-After": f"{left:.3f}"}, left
        self.windows[path] = (began, count + 1)
        return {**headers, "X-RateLimit-Remaining": str(BURST - count - 1)}, 0


class Humans:
    """What people do, checked by simcord as their client would: nobody presses a button that is not there."""

    def __init__(self, bridge):
        self.bridge, self.env, self.backend = bridge, bridge.env, bridge.backend
        self.guilds, self.users, self.channels, self.interactions = {}, {}, {}, {}
        self.turn = asyncio.Lock()

    async def act(self, request):
        asked = await request.json() if request.can_read_body else {}
        try:
            # the model takes one act at a time
            async with self.turn:
                done = await getattr(self, "do_" + request.path.removeprefix("/_human/"))(**asked)
            return web.json_response(text=json.dumps(done, default=str))
        except Exception as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

    def member(self, user, channel):
        guild = self.channels[channel].guild
        return MemberActor(self.env, guild, self.users[user])

    def actor_for(self, user, channel):
        return self.users[user] if self.channels[channel].guild is None else self.member(user, channel)

    def message(self, channel, message):
        return ResponseMessage(self.env, self.backend.get_message(self.channels[channel].id, int(message)))

    async def do_guild(self, name, owner):
        """Somebody makes a server and invites the bot."""
        self.users.setdefault(owner, self.env.create_user(owner))
        guild = self.env.create_guild(name=name, owner=self.users[owner])
        self.guilds[name] = guild
        return str(guild.id)

    async def do_join(self, guild, user, permissions=()):
        """Somebody comes to a server, with a role that has these permissions."""
        self.users.setdefault(user, self.env.create_user(user))
        roles = [self.guilds[guild].create_role(f"role of {user}", permissions=discord.Permissions(**dict.fromkeys(permissions, True)))]
        self.guilds[guild].add_member(self.users[user], roles=roles if permissions else ())
        return str(self.users[user].id)

    async def do_channel(self, guild, name, denied=()):
        """A channel is made; the bot is denied what is named."""
        made = self.guilds[guild].create_text_channel(name)
        self.channels[name] = made
        if denied:
            await self.do_deny(name, denied)
        return str(made.id)

    async def do_deny(self, channel, denied):
        """The bot's exceptions in a channel become these."""
        deny = discord.Permissions(**dict.fromkeys(denied, True)).value
        exception = Overwrite(target_id=self.backend.bot_user.id, type=OverwriteType.MEMBER, allow=0, deny=deny)
        self.backend.set_overwrite(self.channels[channel].id, exception)
        return None

    async def do_kick(self, guild):
        """The bot is thrown out."""
        self.backend.remove_guild(self.guilds.pop(guild).id)
        return None

    async def do_say(self, user, channel, content):
        message = await self.member(user, channel).send(self.channels[channel], content)
        return str(message.id)

    async def do_whisper(self, user, content):
        """Somebody writes to the bot in private; the channel is then known by the user's name."""
        message = await self.users[user].send_dm(content)
        self.channels[f"@{user}"] = self.users[user].dm_channel
        return str(message.id)

    async def do_edit(self, user, channel, message, content):
        await self.actor_for(user, channel).edit(self.message(channel, message), content)
        return None

    async def do_react(self, user, channel, message, emoji):
        await self.member(user, channel).react(self.message(channel, message), emoji)
        return None

    def note(self, result):
        number = str(result._interaction.id)
        self.interactions[number] = result
        return number

    async def do_slash(self, user, channel, name, options):
        return self.note(await _slash(self.member(user, channel), self.channels[channel], name, options))

    async def do_type(self, user, channel, name, option, value):
        """Somebody types into an option."""
        actor = self.member(user, channel)
        root = _resolve_visible_command(actor, self.channels[channel].id, name.split()[0], 1)
        leaf, nesting = walk_to_subcommand(root, name.split()[1:])
        kind = next(item["type"] for item in leaf["options"] if item["name"] == option and item.get("autocomplete"))
        focused = [{"name": option, "type": kind, "value": value, "focused": True}]
        data = {"id": root["id"], "name": root["name"], "type": 1, "options": nest_options(root, nesting, focused)}
        kind = InteractionType.APPLICATION_COMMAND_AUTOCOMPLETE
        return self.note(await _dispatch_actor_interaction(actor, kind, self.channels[channel], data))

    async def do_press(self, user, channel, message, label):
        return self.note(await self.actor_for(user, channel).click(self.message(channel, message), label=label))

    async def do_menu(self, user, channel, name, message):
        actor = self.member(user, channel)
        return self.note(await actor.context_menu(self.channels[channel], name, self.message(channel, message)))

    async def do_interaction(self, number):
        """Gives what came of an interaction."""
        result: InteractionResult = self.interactions[number]
        shown = result.response
        return {
            "acknowledged": result.acknowledged, "deferred": result.deferred, "ephemeral": result.ephemeral,
            "choices": result.autocomplete_choices, "response": shown and self.shown(shown._message),
        }

    async def do_messages(self, channel, viewer=None):
        """Gives what somebody sees in a channel, oldest first."""
        if channel.startswith("@"):
            self.channels[channel] = self.users[channel[1:]].dm_channel
        stored = sorted(self.backend.messages.get(self.channels[channel].id, {}).values(), key=lambda message: message.id)
        viewer_id = self.users[viewer].id if viewer else None
        return [self.shown(message) for message in stored if message.visible_to(viewer_id)]

    def shown(self, message):
        data = serializers.message_payload(self.backend, message)
        embeds = [embed.get("description") or "" for embed in data["embeds"]]
        labels = [item["label"] for row in data.get("components", []) for item in row.get("components", [])]
        reference = data.get("message_reference") or {}
        return {
            "id": data["id"], "bot": message.author_id == self.backend.bot_user.id, "text": "\n".join([data["content"], *embeds]).strip(),
            "embeds": len(embeds), "buttons": labels, "answers": reference.get("message_id"), "flags": data.get("flags", 0),
            "files": [item["filename"] for item in data["attachments"]], "edited": data.get("edited_timestamp"),
            "mentions": data.get("mention_everyone") or bool(data.get("mentions")),
        }

    async def do_portal(self, message_content):
        """Whoever owns the application turns MESSAGE CONTENT INTENT on or off."""
        self.bridge.may_read_content = message_content
        return None

    async def do_cut(self, code=None):
        """The connection breaks, or is closed with a code."""
        for session in list(self.bridge.sessions.values()):
            if session.socket is None:
                continue
            if code is None:
                session.socket._req.transport.abort()
            else:
                asyncio.ensure_future(session.socket.close(code=code))
        return None

    async def do_state(self):
        bridge = self.bridge
        return {
            "connected": sum(session.socket is not None for session in bridge.sessions.values()), "identifies": bridge.identifies,
            "resumes": bridge.resumes, "violations": bridge.violations, "refusals": bridge.refusals[-20:], "requests": bridge.requests[-30:],
            "commands": [[name, kind] for scope in self.backend.commands.values() for name, kind in scope],
            "bot": str(self.backend.bot_user.id),
        }


async def main(token):
    idle = discord.Client(intents=discord.Intents.none())
    async with simcord.run(idle, strict_sync=False, check_errors=False) as env:
        env.backend.clock = RealClock()
        bridge = Bridge(env, token)
        app = web.Application(client_max_size=32 << 20)
        app.router.add_route("*", "/{path:.*}", bridge.answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        bridge.port = site._server.sockets[0].getsockname()[1]
        print(f"listening on {bridge.port}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
