"""A person's side of a verification by emoji, as an app does it (Client-Server API, "Short Authentication String"), in a room or from device
to device. The cryptography is vodozemac's; matrix-nio's own side of it speaks only a form of the messages that nobody else takes any more.
"""

import base64
import hashlib
import secrets
import time

import nio
import vodozemac
from canonicaljson import encode_canonical_json
from nio.crypto import Sas

from frame import check, eventually

METHOD = "m.sas.v1"
AGREEMENT = "curve25519-hkdf-sha256"
MAC = "hkdf-hmac-sha256.v2"


def unpadded(data):
    return base64.b64encode(data).rstrip(b"=").decode()


class Comparison:
    """One verification that a person begins with somebody; with a room in that room, else from device to device."""

    def __init__(self, human, other, device, room=None):
        self.human, self.other, self.device, self.room = human, other, device, room
        self.flow = None if room else secrets.token_hex(8)
        self._came, self._sas, self._shared = {}, vodozemac.Sas(), None
        if not room:
            human.client.add_to_device_callback(self._see, nio.ToDeviceEvent)

    # ---- the way

    async def _see(self, event):
        content = event.source.get("content", {})
        if event.sender == self.other and content.get("transaction_id") == self.flow:
            self._came[event.source["type"]] = content

    def _send(self, step, content):
        """Sends a step; gives its content as both sides count it."""
        kind = f"m.key.verification.{step}"
        if self.room:
            content = {**content, "m.relates_to": {"rel_type": "m.reference", "event_id": self.flow}}
            self.human.send(self.room, content, kind)
        else:
            content = {**content, "transaction_id": self.flow}
            body = {"messages": {self.other: {self.device: content}}}
            self.human.api("PUT", "sendToDevice", kind, secrets.token_hex(8), body=body)
        return content

    def came(self, step):
        """Gives the content of a step of the other side, if it came."""
        kind = f"m.key.verification.{step}"
        if not self.room:
            return self._came.get(kind)
        events = (event for event in self.human.events(self.room) if event.sender == self.other and event.type == kind)
        return next((event.content for event in events if event.relation.get("event_id") == self.flow), None)

    def _wait(self, step):
        def probe():
            check(step == "cancel" or not self.came("cancel"), f"cancelled: {self.came('cancel')}")
            return self.came(step)

        return eventually(f"{step!r} of the other side", probe)

    # ---- the steps

    def ask(self, to=None):
        """Asks somebody, the other one unless told, to compare."""
        content = {"from_device": self.human.device, "methods": [METHOD]}
        if self.room:
            words = f"{self.human.name} wants to verify your keys, but your app cannot do that."
            content |= {"msgtype": "m.key.verification.request", "to": to or self.other, "body": words}
            self.flow = self.human.send(self.room, content)
        else:
            self._send("request", {**content, "timestamp": int(time.time() * 1000)})

    def wait_for_cancel(self):
        return self._wait("cancel")

    def compare(self):
        """Goes on until both sides show emoji; gives those of here."""
        check(METHOD in self._wait("ready")["methods"])
        start = {
            "from_device": self.human.device,
            "method": METHOD,
            "key_agreement_protocols": [AGREEMENT],
            "hashes": ["sha256"],
            "message_authentication_codes": [MAC],
            "short_authentication_string": ["emoji", "decimal"],
        }
        start = self._send("start", start)
        commitment = self._wait("accept")["commitment"]
        own_key = self._sas.public_key.to_base64()
        self._send("key", {"key": own_key})
        their_key = self._wait("key")["key"]
        check(commitment == unpadded(hashlib.sha256(their_key.encode() + encode_canonical_json(start)).digest()), "the key was changed")
        self._shared = self._sas.diffie_hellman(vodozemac.Curve25519PublicKey.from_base64(their_key))
        mine, theirs = f"{self.human.id}|{self.human.device}|{own_key}", f"{self.other}|{self.device}|{their_key}"
        found = self._shared.bytes(f"MATRIX_KEY_VERIFICATION_SAS|{mine}|{theirs}|{self.flow}")
        # without the mark that asks for colours, which not everybody writes
        return [Sas.emoji[index][0].rstrip("\ufe0f") for index in found.emoji_indices]

    def refuse(self):
        """Says that the emoji do not match."""
        self._send("cancel", {"code": "m.mismatched_sas", "reason": "they do not match"})

    def confirm(self):
        """Says that they match, and checks that the other side vouches for the keys that the server shows of it; gives their names."""
        name = f"ed25519:{self.human.device}"
        info = f"MATRIX_KEY_VERIFICATION_MAC{self.human.id}{self.human.device}{self.other}{self.device}{self.flow}"
        own = self.human.client.olm.account.identity_keys["ed25519"]
        calculate = self._shared.calculate_mac
        self._send("mac", {"mac": {name: calculate(own, info + name)}, "keys": calculate(name, f"{info}KEY_IDS")})
        theirs = self._wait("mac")
        info = f"MATRIX_KEY_VERIFICATION_MAC{self.other}{self.device}{self.human.id}{self.human.device}{self.flow}"
        check(theirs["keys"] == calculate(",".join(sorted(theirs["mac"])), f"{info}KEY_IDS"))
        known = self.human.api("POST", "keys", "query", body={"device_keys": {self.other: []}})
        keys = {**known["master_keys"][self.other]["keys"], **known["device_keys"][self.other][self.device]["keys"]}
        for key, code in theirs["mac"].items():
            check(code == calculate(keys[key], info + key), key)
        self._send("done", {})
        self._wait("done")
        return set(theirs["mac"]), set(known["master_keys"][self.other]["keys"])
