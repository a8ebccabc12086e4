"""Cases of encryption and of the session: devices and their signatures, keys that come late or never, a session that was ended elsewhere."""

import json

from canonicaljson import encode_canonical_json
from nacl.encoding import Base64Encoder
from nacl.signing import VerifyKey

from comparing import Comparison
from frame import case, check, eventually, holds_for
from human import ENCRYPTION
from matrix_rooms import EACH


def signed_by(thing, user, key):
    """Fails unless a thing carries a valid signature of a user's key (in base64 without padding)."""
    unsigned = {name: value for name, value in thing.items() if name not in ("signatures", "unsigned")}
    signature = thing.get("signatures", {}).get(user, {}).get(f"ed25519:{key}")
    check(signature, f"no signature of {key} in {json.dumps(thing.get('signatures'))}")
    padded = (signature + "==").encode()
    VerifyKey((key + "=").encode(), Base64Encoder).verify(encode_canonical_json(unsigned), Base64Encoder.decode(padded))
    return signature


def keys_of(world, user):
    """Gives what the server shows others of somebody's devices and keys."""
    return world.bo.api("POST", "keys", "query", body={"device_keys": {user: []}})


def check_cross_signed(world):
    """Fails unless the bot has one device, signed by its own keys, so that whoever verifies the bot trusts it."""
    asked = keys_of(world, world.bot_id)
    master = next(iter(asked["master_keys"][world.bot_id]["keys"].values()))
    own = asked["self_signing_keys"][world.bot_id]
    signed_by(own, world.bot_id, master)
    devices = asked["device_keys"][world.bot_id]
    for device in world.server.devices("herald"):
        signed_by(devices[device], world.bot_id, next(iter(own["keys"].values())))
    return master


@case("the bot's device is signed by its own keys, and a restart keeps device and keys")
def cross_signed(world):
    world.start()
    before = eventually("a signed device", lambda: check_cross_signed(world))
    devices = world.server.devices("herald")
    world.stop()
    # the session is enough from here on
    password = world.place.env.pop("MATRIX_PASSWORD")
    world.start()
    world.place.env["MATRIX_PASSWORD"] = password
    check(world.server.devices("herald") == devices and check_cross_signed(world) == before)
    for encrypted in EACH:
        check("oppose" in world.ask(world.bo, world.room(encrypted), "!stance kremlin").body.lower())


@case("many questions at once in a room whose key holds for a few messages: each is answered once, and can be read")
def short_keys(world):
    content = {**ENCRYPTION["content"], "rotation_period_msgs": 4}
    room = world.new_room(initial_state=[{**ENCRYPTION, "content": content}])
    world.encrypted_rooms.add(room)
    eventually("an encrypted room", lambda: world.bo.client.rooms[room].encrypted)
    world.fence(world.bo, room)
    asked = world.bo.say_all(room, ["!stance kremlin"] * 16)
    for question in asked:
        check("oppose" in world.answer(world.bo, room, question).body.lower())
    world.fence(world.bo, room)
    for question in asked:
        check(len(world.bo.answers(room, world.bot_id, question)) == 1, "answered twice")


@case("a person's second device reads the next answer")
def second_device(world):
    room = world.room(True)
    world.ask(world.bo, room, "!help why")
    phone = world.human("bo", "a phone")
    phone.wait_for_room(room)
    question = phone.say(room, "!stance kremlin")
    check("oppose" in world.answer(phone, room, question).body.lower())
    check("oppose" in world.answer(world.bo, room, question).body.lower(), "the first device")
    # what the old device asks can be read on the new one
    question = world.bo.say(room, "!stance kremlin")
    world.answer(world.bo, room, question)
    eventually("the answer on the phone", lambda: [event for event in phone.answers(room, world.bot_id, question) if event.is_readable])
    phone.end()


@case("what the bot's own account says on another device is not answered, and the device gets keys")
def own_other_device(world):
    room = world.room(True)
    own = world.human("herald", "the operator's desk")
    own.wait_for_room(room)
    said = [own.say(room, "!stance kremlin"), own.say(world.room(False), "!stance kremlin")]
    world.said_by_hand.update(said)
    world.fence(world.bo, world.room(False))
    world.is_silent_on(world.bo, room, *said)
    question = world.bo.say(room, "!help why")
    world.answer(world.bo, room, question)
    eventually("the answer there", lambda: [event for event in own.messages(room, world.bot_id) if event.replies_to == question and event.is_readable])
    own.api("POST", "logout", body={})
    own.end()


@case("a message that cannot be read is answered once with the reason and the way out")
def unreadable(world):
    room = world.new_room(True)
    world.fence(world.bo, room)
    world.bo.keep_key_from(world.bot_id)
    world.bo.forget_outbound_session(room)
    first, second = world.bo.say(room, "!stance kremlin"), world.bo.say(room, "!stance haskavel")
    told = eventually("the reason", lambda: [event for event in world.nell.messages(room, world.bot_id) if event.replies_to in (first, second)])
    check(len(told) == 1 and "stance" not in told[0].body.lower(), told[0].body)
    check(any(word in told[0].body.lower() for word in ("decrypt", "key", "read")), told[0].body)
    holds_for("one telling", lambda: sum(event.replies_to in (first, second) for event in world.nell.messages(room, world.bot_id)) == 1, 3)
    world.bo.keep_key_from(world.bot_id, withheld=False)
    world.bo.forget_outbound_session(room)
    check("oppose" in world.ask(world.bo, room, "!stance kremlin").body.lower(), "after the keys came back")


@case("a key that comes late gets its command answered, once")
def late_key(world):
    room = world.new_room(True)
    world.fence(world.bo, room)
    world.proxy.keeps_keys = True
    world.bo.forget_outbound_session(room)
    question = world.bo.say(room, "!stance kremlin")
    eventually("the message to have passed", lambda: any(event.id == question for event in world.nell.events(room)))
    holds_for("no answer without the key", lambda: "oppose" not in " ".join(event.body for event in world.bo.answers(room, world.bot_id, question)).lower(), 1)
    world.proxy.keeps_keys = False
    # the next thing that happens brings the keys
    world.bo.say(room, "there they are")

    def answered():
        answers = [event for event in world.bo.answers(room, world.bot_id, question) if "oppose" in event.body.lower()]
        edits = [edit for event in world.bo.answers(room, world.bot_id, question) for edit in world.bo.edits(room, event.id)]
        return answers or [edit for edit in edits if "oppose" in edit["body"].lower()]

    eventually("the late answer", answered)
    world.fence(world.bo, room)
    check(len(answered()) == 1, "it is answered twice")


@case("a room that is encrypted while the bot is in it goes on encrypted")
def encrypted_later(world):
    room = world.new_room()
    check(not world.ask(world.bo, room, "!stance kremlin").was_encrypted)
    world.nell.set_state(room, ENCRYPTION["type"], ENCRYPTION["content"])
    for human in (world.nell, world.bo):
        eventually("an encrypted room", lambda human=human: human.client.rooms[room].encrypted)
    answer = world.ask(world.bo, room, "!stance kremlin")
    check(answer.was_encrypted and "oppose" in answer.body.lower(), answer.body)
    world.mixed_rooms.add(room)


@case("where only signed sessions are read, an unsigned one is told so, and the same one is answered once it is signed")
def signed_only(world):
    world.server.register("vera")
    vera, user = world.human("vera"), world.server.user_id("crier")
    crier = world.start_another(world.make_place("crier", trust="cross_signed_only = true"))
    room = world.nell.make_room(user, vera.id, encrypted=True)
    vera.join(room)
    eventually("an encrypted room", lambda: vera.client.rooms[room].encrypted)
    world.nell.wait_for_member(room, user)
    question = vera.say(room, "!stance kremlin")
    told = eventually("the reason", lambda: [event for event in vera.answers(room, user, question) if event.is_readable])
    check("verified" in told[0].body and "oppose" not in told[0].body.lower(), told[0].body)
    vera.sign_device()
    # keys that were handed out under the unsigned session stay its own
    vera.forget_outbound_session(room)
    question = vera.say(room, "!stance kremlin")
    found = eventually("an answer", lambda: vera.answers(room, user, question))
    check("oppose" in found[0].body.lower(), found[0].body)
    check(crier.terminate()[0] == 0)
    vera.end()


@case("an operator verifies the bot by emoji, in a room and from device to device: its log shows the same, and its keys are vouched for")
def by_emoji(world):
    room = world.room(True)
    world.fence(world.nell, room)
    device = world.server.devices("herald")[0]
    for place in (room, None):
        comparison = Comparison(world.nell, world.bot_id, device, place)
        comparison.ask()
        emoji = comparison.compare()
        line = world.bot.wait_for_line(r"^.*verifies this bot.*" + ".*".join(emoji)).group()
        check(world.nell.id in line, line)
        vouched, master = comparison.confirm()
        check(master <= vouched and f"ed25519:{device}" in vouched, vouched)
        eventually("the end", lambda: world.bot.log().count("this bot was verified") == (1 if place else 2))
    check("oppose" in world.ask(world.nell, room, "!stance kremlin").body.lower())


@case("emoji that do not match end a verification, and the next one works")
def not_matching(world):
    room, device = world.room(True), world.server.devices("herald")[0]
    first = Comparison(world.nell, world.bot_id, device, room)
    first.ask()
    first.compare()
    first.refuse()
    world.bot.wait_for_line("a verification was cancelled")
    second = Comparison(world.nell, world.bot_id, device, room)
    second.ask()
    second.compare()
    second.confirm()


@case("who is no operator is told why the bot cannot be verified here; what is for somebody else is left alone")
def not_by_emoji(world):
    room, device = world.room(True), world.server.devices("herald")[0]
    wanted = Comparison(world.bo, world.bot_id, device, room)
    wanted.ask()
    wanted.wait_for_cancel()
    told = eventually("the reason", lambda: world.bo.answers(room, world.bot_id, wanted.flow))
    check("operators" in told[0].body, told[0].body)
    quiet = Comparison(world.bo, world.bot_id, device)
    quiet.ask()
    quiet.wait_for_cancel()
    other = Comparison(world.bo, world.bot_id, device, room)
    other.ask(to=world.nell.id)
    world.is_silent_on(world.bo, room, other.flow)
    check(not other.came("ready") and not other.came("cancel"), "it took what was for somebody else")


@case("the commands of the program tell how it stands: check --online, matrix verify")
def commands_of_the_program(world):
    world.start()
    code, said = world.place.run("check", "--online")
    check(code == 0 and world.bot_id in said, f"{code}: {said}")
    # the keys are one process's
    world.stop()
    code, said = world.place.run("matrix", "verify")
    world.start()
    check(code == 0 and ("sign" in said or "verif" in said), f"{code}: {said}")
    secret = world.server.password("herald")
    check(secret not in said)


@case("a session that was ended elsewhere ends the bot with its own code, without a storm; a new log-in signs the new device")
def ended_elsewhere(world):
    world.start()
    room = world.room(True)
    world.fence(world.bo, room)
    master = check_cross_signed(world)
    device = world.server.devices("herald")[0]
    before = world.proxy.count(r"/sync$")
    world.server.end_session("herald", device)
    code = world.bot.wait()
    log = world.bot.log()
    check(code not in (0, 1, 2, 101) and code > 0, f"exit code {code}: {log[-1500:]}")
    check("log" in log.lower() and ("session" in log.lower() or "token" in log.lower()), log[-1500:])
    check(world.proxy.count(r"/sync$") <= before + 3, "it asked on and on")
    code_again, said = world.place.run()
    check(code_again == code, f"{code_again} at the next start, {code} before: {said}")
    code_again, said = world.place.run("matrix", "login")
    check(code_again == 0, said)
    world.start()
    new = world.server.devices("herald")
    check(device not in new and len(new) == 1, new)
    eventually("a signed device", lambda: check_cross_signed(world) == master)
    answer = world.ask(world.bo, room, "!stance kremlin")
    check("oppose" in answer.body.lower() and answer.was_encrypted)


@case("a log-out ends the session at the server, and a log-in by token works too")
def logged_out(world):
    place = world.make_place("crier")
    code, said = place.run("matrix", "login")
    check(code == 0, said)
    check(len(world.server.devices("crier")) >= 1, "no device after the log-in")
    code, said = place.run("matrix", "logout")
    check(code == 0, said)
    token = world.server.login("crier", "by token")
    del place.env["MATRIX_PASSWORD"]
    place.env["MATRIX_TOKEN"] = token["access_token"]
    crier = world.start_another(place)
    room = world.nell.make_room(world.server.user_id("crier"), encrypted=True)
    world.nell.wait_for_member(room, world.server.user_id("crier"))
    question = world.nell.say(room, "!stance kremlin")
    eventually("an answer", lambda: [e for e in world.nell.answers(room, world.server.user_id("crier"), question) if "oppose" in e.body.lower()])
    check(token["access_token"] not in crier.log(), "the token is in the log")
    check(crier.terminate()[0] == 0)
