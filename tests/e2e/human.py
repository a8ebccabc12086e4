"""A human in Matrix rooms, by matrix-nio with encryption: makes rooms, says things, and keeps all that it sees, decrypted.

The clients live in one event loop on a thread of its own; what is called here waits for it, so that cases read from top to bottom.
"""

import asyncio
import base64
import collections
import dataclasses
import logging
import os
import threading

import nio
from canonicaljson import encode_canonical_json
from nacl.signing import SigningKey
from nio.crypto import decrypt_attachment

from frame import Failed, eventually
from synapse import call, path

# Events of one room in one answer of the server: far more than a case makes, so that a human misses nothing.
TIMELINE = {"room": {"timeline": {"limit": 1_000}, "state": {"lazy_load_members": False}}, "presence": {"types": []}}
POLL_MS = 20_000
ANSWER_SECONDS = 30
ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}

# what nio tells about keys that a case withholds is no news
logging.getLogger("nio").setLevel(logging.CRITICAL)


class RawBase64:
    """Base64 without padding, as Matrix writes keys and signatures."""

    @staticmethod
    def encode(data):
        return base64.b64encode(data).rstrip(b"=")


def sign(thing, user, name, key):
    """Adds a signature to what a client uploads."""
    bare = {part: value for part, value in thing.items() if part not in ("signatures", "unsigned")}
    signature = key.sign(encode_canonical_json(bare), RawBase64).signature
    thing.setdefault("signatures", {}).setdefault(user, {})[f"ed25519:{name}"] = signature.decode()


class Loop:
    """An event loop on a thread of its own."""

    def __init__(self, stack):
        self._loop = asyncio.new_event_loop()
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()

        def end():
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(5)

        stack.callback(end)

    def run(self, work, within=60):
        """Waits for a coroutine."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(within)

    def call(self, function):
        """Calls a function in the loop, without waiting for it."""
        self._loop.call_soon_threadsafe(function)


@dataclasses.dataclass
class Event:
    """An event as a human sees it."""

    id: str
    sender: str
    type: str
    content: dict
    state_key: str | None
    redacts: str | None
    millis: int
    was_encrypted: bool
    is_readable: bool

    @property
    def body(self):
        return self.content.get("body", "")

    @property
    def html(self):
        return self.content.get("formatted_body", "")

    @property
    def relation(self):
        return self.content.get("m.relates_to") or {}

    @property
    def replies_to(self):
        return (self.relation.get("m.in_reply_to") or {}).get("event_id")

    @property
    def thread(self):
        return self.relation.get("event_id") if self.relation.get("rel_type") == "m.thread" else None

    @property
    def replaces(self):
        return self.relation.get("event_id") if self.relation.get("rel_type") == "m.replace" else None


def as_event(event):
    """Makes an event of nio's."""
    source = event.source
    content = source.get("content") or {}
    return Event(
        id=source.get("event_id") or event.event_id,
        sender=source.get("sender") or event.sender,
        type=source.get("type", ""),
        content=content,
        state_key=source.get("state_key"),
        redacts=source.get("redacts") or (content.get("redacts") if source.get("type") == "m.room.redaction" else None),
        millis=source.get("origin_server_ts") or event.server_timestamp,
        was_encrypted=bool(event.decrypted) or isinstance(event, nio.MegolmEvent),
        is_readable=not isinstance(event, nio.MegolmEvent),
    )


class Human:
    """A user on one device."""

    def __init__(self, stack, loop, server, name, directory, device="a device"):
        self.name, self.id, self.server = name, server.user_id(name), server
        self._loop, self._events = loop, collections.defaultdict(dict)
        self._raw = {}
        directory.mkdir(parents=True, exist_ok=True)
        config = nio.AsyncClientConfig(
            encryption_enabled=True, store_sync_tokens=False, backoff_factor=0.05, max_timeout_retry_wait_time=1, request_timeout=60
        )
        self.client = loop.run(self._make(server, directory, config, device))
        self._task = None
        loop.run(self._begin())
        stack.callback(self.end)

    async def _make(self, server, directory, config, device):
        client = nio.AsyncClient(server.url, self.id, store_path=str(directory), config=config)
        answer = await client.login(server.password(self.name), device_name=device)
        if not isinstance(answer, nio.LoginResponse):
            raise Failed(f"{self.name} cannot log in: {answer}")
        client.add_event_callback(self._see, None)
        return client

    async def _begin(self):
        self._keys = asyncio.Lock()
        await self.client.sync(0, TIMELINE, full_state=True)
        await self._mind_keys()
        self._task = asyncio.create_task(self._listen())

    async def _listen(self):
        # nio's own loop asks for keys at the same time as whoever sends, and stops when the two get into each other's way
        while True:
            try:
                await self.client.sync(POLL_MS, TIMELINE)
                async with self._keys:
                    await self._mind_keys()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                # a server that restarts; nio gives up on answers that are no JSON
                print(f"      {self.name} lost the thread: {error!r}", flush=True)
                await asyncio.sleep(0.2)

    async def _mind_keys(self):
        client = self.client
        await client.send_to_device_messages()
        if client.should_upload_keys:
            await client.keys_upload()
        if client.should_query_keys:
            await client.keys_query()
        if client.should_claim_keys:
            await client.keys_claim(client.get_users_for_key_claiming())

    def end(self):
        """Stops listening."""

        async def close():
            self._task.cancel()
            await self.client.close()

        self._loop.run(close())

    async def _see(self, room, event):
        if isinstance(room, nio.MatrixInvitedRoom):
            return
        seen = as_event(event)
        self._raw[seen.id] = (room.room_id, event)
        self._events[room.room_id][seen.id] = seen

    @property
    def token(self):
        return self.client.access_token

    @property
    def device(self):
        return self.client.device_id

    def api(self, method, *parts, body=None):
        """Asks the server as this user; an error fails."""
        return self.server.api(method, path(*parts), body, self.token)

    def may(self, method, *parts, body=None):
        """Asks the server as this user and gives the status."""
        return call(method, self.server.url + path(*parts), body, self.token)[0]

    # ---- rooms

    def make_room(self, *invited, encrypted=False, version=None, direct=False, levels=None, **more):
        """Makes a room and invites people; waits until it is seen."""
        body = {"preset": "private_chat", "invite": list(invited), "is_direct": direct, **more}
        if encrypted:
            body["initial_state"] = [ENCRYPTION]
        if version:
            body["room_version"] = version
        if levels:
            body["power_level_content_override"] = {"users": levels}
        room = self.api("POST", "createRoom", body=body)["room_id"]
        self.wait_for_room(room)
        if encrypted:
            eventually("an encrypted room", lambda: self.client.rooms[room].encrypted)
        return room

    def wait_for_room(self, room):
        eventually(f"{self.name} to see {room}", lambda: room in self.client.rooms)

    def join(self, room):
        self.api("POST", "join", room, body={})
        self.wait_for_room(room)

    def invite(self, room, user):
        self.api("POST", "rooms", room, "invite", body={"user_id": user})

    def kick(self, room, user, how="kick"):
        self.api("POST", "rooms", room, how, body={"user_id": user, "reason": "a trial"})

    def state(self, room, kind, key=""):
        """Gives a state event's content; none where there is none."""
        status, answer = call("GET", self.server.url + path("rooms", room, "state", kind, key), token=self.token)
        return answer if status == 200 else None

    def set_state(self, room, kind, content, key=""):
        return self.api("PUT", "rooms", room, "state", kind, key, body=content)["event_id"]

    def set_level(self, room, user, level):
        """Gives somebody power in a room; nothing where it is so already."""
        levels = self.state(room, "m.room.power_levels") or {}
        if (levels.get("users") or {}).get(user, levels.get("users_default", 0)) != level:
            users = {**(levels.get("users") or {}), user: level}
            self.set_state(room, "m.room.power_levels", {**levels, "users": users})

    def membership(self, room, user):
        return (self.state(room, "m.room.member", user) or {}).get("membership")

    def wait_for_member(self, room, user, membership="join", within=ANSWER_SECONDS):
        eventually(f"{user} to be {membership!r}", lambda: self.membership(room, user) == membership, within)

    # ---- saying

    def send(self, room, content, kind="m.room.message", within=60):
        """Sends an event, encrypted where the room is, and gives its id."""

        async def send():
            client = self.client
            if not client.rooms[room].encrypted:
                return await client.room_send(room, kind, content)
            async with self._keys:
                # a device that came since the last look gets the key too
                client.olm.update_tracked_users(client.rooms[room])
                if client.should_query_keys:
                    await client.keys_query()
                return await client.room_send(room, kind, content, ignore_unverified_devices=True)

        answer = self._loop.run(send(), within)
        if not isinstance(answer, nio.RoomSendResponse):
            raise Failed(f"{self.name} cannot send: {answer}")
        return answer.event_id

    def say(self, room, text, **more):
        """Says a text; further keys go into the content, `relation` into `m.relates_to`."""
        relation = more.pop("relation", None)
        content = {"msgtype": "m.text", "body": text, **more}
        if relation:
            content["m.relates_to"] = relation
        return self.send(room, content)

    def say_all(self, room, texts):
        """Says many things as fast as the server takes them, in any order; gives their ids in the order of the texts."""

        async def all_of_them():
            contents = ({"msgtype": "m.text", "body": text} for text in texts)
            sent = (self.client.room_send(room, "m.room.message", content, ignore_unverified_devices=True) for content in contents)
            return await asyncio.gather(*sent)

        said = self._loop.run(all_of_them())
        for answer in said:
            if not isinstance(answer, nio.RoomSendResponse):
                raise Failed(f"{self.name} cannot send: {answer}")
        return [answer.event_id for answer in said]

    def edit(self, room, event_id, text):
        new = {"msgtype": "m.text", "body": text}
        return self.say(room, f"* {text}", relation={"rel_type": "m.replace", "event_id": event_id}, **{"m.new_content": new})

    def react(self, room, event_id, key):
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return self.send(room, {"m.relates_to": relation}, "m.reaction")

    # ---- seeing

    def events(self, room):
        """Gives all that was seen in a room, in the order of the server; what became readable since is read now."""
        for event_id, seen in list(self._events[room].items()):
            if not seen.is_readable:
                self._read_again(room, event_id)
        return list(self._events[room].values())

    def _read_again(self, room, event_id):
        async def decrypt():
            return self.client.decrypt_event(self._raw[event_id][1])

        try:
            self._events[room][event_id] = as_event(self._loop.run(decrypt()))
        except nio.EncryptionError:
            pass

    def messages(self, room, sender):
        """Gives the messages of somebody in a room that replace nothing."""
        return [event for event in self.events(room) if event.sender == sender and event.type == "m.room.message" and not event.replaces]

    def answers(self, room, sender, event_id):
        """Gives somebody's messages that reply to an event."""
        return [event for event in self.messages(room, sender) if event.replies_to == event_id]

    def edits(self, room, event_id):
        """Gives the contents that replaced a message, the last one last."""
        return [event.content.get("m.new_content", {}) for event in self.events(room) if event.replaces == event_id]

    def reactions(self, room, event_id):
        """Gives who reacted with what."""
        found = [event for event in self.events(room) if event.type == "m.reaction" and event.relation.get("event_id") == event_id]
        return [(event.sender, event.relation.get("key")) for event in found if not self.is_removed(room, event.id)]

    def is_removed(self, room, event_id):
        return any(event.redacts == event_id for event in self.events(room))

    def picture(self, event):
        """Gives the bytes of a picture, decrypted where it was encrypted."""
        file = event.content.get("file")
        mxc = file["url"] if file else event.content["url"]
        answer = self._loop.run(self.client.download(mxc=mxc))
        if not isinstance(answer, nio.MemoryDownloadResponse):
            raise Failed(f"the picture cannot be had: {answer}")
        if not file:
            return answer.body
        return decrypt_attachment(answer.body, file["key"]["k"], file["hashes"]["sha256"], file["iv"])

    # ---- keys

    def sign_device(self):
        """Makes the account's own keys and signs this device with them, as a client does that lets its owner verify sessions."""
        keys = {usage: SigningKey.generate() for usage in ("master", "self_signing", "user_signing")}
        public = {usage: key.verify_key.encode(RawBase64).decode() for usage, key in keys.items()}
        body = {}
        for usage, name in public.items():
            body[f"{usage}_key"] = {"user_id": self.id, "usage": [usage], "keys": {f"ed25519:{name}": name}}
            if usage != "master":
                sign(body[f"{usage}_key"], self.id, public["master"], keys["master"])
        # a first upload needs no password
        self.api("POST", "keys", "device_signing", "upload", body=body)
        device = self.api("POST", "keys", "query", body={"device_keys": {self.id: [self.device]}})["device_keys"][self.id][self.device]
        device.pop("unsigned", None)
        sign(device, self.id, public["self_signing"], keys["self_signing"])
        answer = self.api("POST", "keys", "signatures", "upload", body={self.id: {self.device: device}})
        if answer.get("failures"):
            raise Failed(f"the signature is not accepted: {answer}")

    def begin_backup(self):
        """Begins a backup of message keys at the server, whose own key nobody has, as another app's is to the bot."""
        public = base64.b64encode(os.urandom(32)).decode().rstrip("=")
        body = {"algorithm": "m.megolm_backup.v1.curve25519-aes-sha2", "auth_data": {"public_key": public, "signatures": {}}}
        self.api("POST", "room_keys", "version", body=body)

    def backup(self):
        """Gives the version of the account's backup of message keys; none where there is none."""
        status, answer = call("GET", self.server.url + path("room_keys", "version"), token=self.token)
        return answer["version"] if status == 200 else None

    def master_key(self):
        """Gives the account's master key, as the server shows it."""
        asked = self.api("POST", "keys", "query", body={"device_keys": {self.id: []}})
        return next(iter(asked["master_keys"][self.id]["keys"].values()))

    def secret_storage(self):
        """Gives which key opens the account's stored secrets; none where nothing is stored."""
        where = path("user", self.id, "account_data", "m.secret_storage.default_key")
        status, answer = call("GET", self.server.url + where, token=self.token)
        return answer.get("key") if status == 200 else None

    def forget_outbound_session(self, room):
        """Makes the next message in a room go out under a new key, which is handed to everybody anew."""

        async def forget():
            self.client.invalidate_outbound_session(room)

        self._loop.run(forget())

    def keep_key_from(self, user, withheld=True):
        """Gives the devices of somebody no keys any more, or gives them again."""

        async def change():
            async with self._keys:
                self.client.olm.users_for_key_query.add(user)
                await self.client.keys_query()
            for device in self.client.device_store.active_user_devices(user):
                (self.client.blacklist_device if withheld else self.client.unblacklist_device)(device)

        self._loop.run(change())
