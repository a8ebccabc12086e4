"""Cases of rooms and talk: invitations, commands, threads, edits, reactions, pictures, power, silence."""

import json
import time

from frame import case, check, eventually, holds_for
from synapse import SERVER_NAME, call, path
from words import check_manners

EACH = (False, True)


def kind(encrypted):
    return "encrypted" if encrypted else "plain"


@case("the frame: people read each other in an encrypted room, and the proxy makes its faults")
def the_frame(world):
    nell, bo = world.nell, world.bo
    room = nell.make_room(bo.id, encrypted=True)
    bo.join(room)
    eventually("an encrypted room", lambda: bo.client.rooms[room].encrypted)
    said = nell.say(room, "Is anybody there?")
    heard = eventually("what was said", lambda: [event for event in bo.events(room) if event.id == said and event.is_readable])
    check(heard[0].body == "Is anybody there?" and heard[0].was_encrypted)
    versions = f"{world.proxy.url}/_matrix/client/versions"
    check(call("GET", versions)[0] == 200)
    fault = world.proxy.fail("/versions$", status=502)
    check(call("GET", versions)[0] == 502 and fault.met == 1)
    # what was sent before the answer was lost is there, once, also after it is sent again
    lost = world.proxy.fail(r"/send/", after=True)
    plain = nell.make_room()
    where = world.proxy.url + path("rooms", plain, "send", "m.room.message", "trial-1")
    try:
        call("PUT", where, {"msgtype": "m.text", "body": "once"}, nell.token)
        check(False, "the connection was not cut")
    except OSError:
        check(lost.met == 1)
    check(call("PUT", where, {"msgtype": "m.text", "body": "once"}, nell.token)[0] == 200)
    eventually("the message", lambda: nell.messages(plain, nell.id))
    check(len(nell.messages(plain, nell.id)) == 1)
    limit = world.proxy.limit("/versions$", retry_ms=10)
    check(call("GET", versions) == (429, {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 10}) and limit.met)
    world.proxy.clear()


@case("the first start logs in, cross-signs its device and keeps its secrets to itself")
def first_start(world):
    world.start()
    log = world.bot.log()
    password = world.server.password("herald")
    check(password not in log, "the password is in the log")
    state = world.place.dir / "state"
    secrets = [file for file in state.rglob("*") if file.is_file() and ("session" in file.name or "recovery" in file.name)]
    check(len(secrets) >= 2, f"{[file.name for file in state.rglob('*')]}")
    for file in secrets:
        check(file.stat().st_mode & 0o077 == 0, f"{file.name} can be read by others: {file.stat().st_mode:o}")
        check(file.read_text(errors="replace").strip() not in log or not file.stat().st_size, f"{file.name} is in the log")
    check(len(world.server.devices("herald")) == 1, world.server.devices("herald"))


@case("an allowed user's invitation is accepted, with one word of welcome")
def invited(world):
    for encrypted in EACH:
        room = world.room(encrypted)
        welcome = eventually("a welcome", lambda room=room: world.nell.messages(room, world.bot_id))
        holds_for("one welcome", lambda room=room: len(world.nell.messages(room, world.bot_id)) == 1, 1)
        check(welcome[0].is_readable and "help" in welcome[0].body, welcome[0].body)
        check_manners(welcome[0], encrypted)
    # bo is no operator, but may invite
    room = world.bo.make_room(world.bot_id)
    world.bo.wait_for_member(room, world.bot_id)


@case("a stranger's invitation is refused, and nothing is said there")
def stranger(world):
    world.start()
    room = world.rook.make_room(world.bot_id)
    eventually("a refusal", lambda: world.rook.membership(room, world.bot_id) == "leave")
    again = world.rook.make_room(world.bot_id, encrypted=True)
    eventually("a refusal", lambda: world.rook.membership(again, world.bot_id) == "leave")
    check(not world.rook.messages(room, world.bot_id))


@case("allowed servers: whoever is there may invite; names that are only like theirs do not count")
def allowed_servers(world):
    place = world.make_place("crier", trust=f'allowed_servers = ["{SERVER_NAME.upper()}"]')
    crier, user = world.start_another(place), world.server.user_id("crier")
    world.rook.wait_for_member(world.rook.make_room(user), user)
    check(crier.terminate()[0] == 0)
    others = [f"sub.{SERVER_NAME}", SERVER_NAME.split(".", 1)[1], f"{SERVER_NAME}:8448", f"{SERVER_NAME}.example"]
    world.configure(place, trust=f"allowed_servers = {json.dumps(others)}")
    crier = world.start_another(place)
    refused = world.rook.make_room(user)
    eventually("a refusal", lambda: world.rook.membership(refused, user) == "leave")
    # patterns are told to be none
    world.configure(place, trust=f'allowed_servers = ["*.{SERVER_NAME}"]')
    code, said = place.run("check")
    check(code == 1 and "is no name of a server" in said, f"{code}: {said}")
    # the operator may all the same
    world.nell.wait_for_member(world.nell.make_room(user), user)
    check(crier.terminate()[0] == 0)


@case("a command is answered as a notice in reply, in plain and encrypted rooms")
def commands(world):
    for encrypted in EACH:
        room = world.room(encrypted)
        answer = world.ask(world.bo, room, "!stance kremlin")
        check("oppose" in answer.body.lower(), answer.body)
        check(answer.content["msgtype"] == "m.notice" and answer.was_encrypted == encrypted)
        check_manners(answer, encrypted)
        check("there is no" in world.ask(world.bo, room, "!why 999999").body.lower())


@case("a mention, a pill and a direct room need no prefix")
def without_prefix(world):
    for encrypted in EACH:
        room = world.room(encrypted)
        plain = world.ask(world.bo, room, "!stance kremlin").body
        mention = {"m.mentions": {"user_ids": [world.bot_id]}}
        check(world.ask(world.bo, room, "herald: stance kremlin", **mention).body == plain, "by m.mentions")
        pill = f'<a href="https://matrix.to/#/{world.bot_id}">herald</a> stance kremlin'
        html = {"format": "org.matrix.custom.html", "formatted_body": pill}
        check(world.ask(world.bo, room, "herald stance kremlin", **html).body == plain, "by a pill")
        check(world.ask(world.bo, room, f"{world.bot_id} stance kremlin", **mention).body == plain, "by id")
        direct = world.bo.make_room(world.bot_id, encrypted=encrypted, direct=True)
        if encrypted:
            world.encrypted_rooms.add(direct)
        world.bo.wait_for_member(direct, world.bot_id)
        check("oppose" in world.ask(world.bo, direct, "stance kremlin").body.lower(), "in a direct room")


@case("a question in a thread is answered in the thread, one with a quotation is read behind it")
def threads(world):
    for encrypted in EACH:
        room = world.room(encrypted)
        root = world.nell.say(room, "What about the talks?")
        answer = world.ask(world.bo, room, "!stance kremlin", relation={"rel_type": "m.thread", "event_id": root})
        check(answer.thread == root, answer.relation)
        outside = world.ask(world.bo, room, "!stance kremlin")
        check(outside.thread is None, outside.relation)
        quoted = f"> <{world.nell.id}> What about the talks?\n\n!stance kremlin"
        check(world.ask(world.bo, room, quoted, relation={"m.in_reply_to": {"event_id": root}}))


@case("an edited question gets its answer edited, once, and an old message that is edited gets none")
def edits(world):
    for encrypted in EACH:
        room = world.room(encrypted)
        question = world.bo.say(room, "!stanc kremlin")
        first = world.answer(world.bo, room, question)
        world.bo.edit(room, question, "!stance kremlin")
        found = eventually("an edited answer", lambda room=room, first=first: world.bo.edits(room, first.id))
        check("oppose" in found[-1]["body"].lower(), found[-1]["body"])
        check(len(world.bo.answers(room, world.bot_id, question)) == 1, "it is answered anew as well")
        # what was written long ago is not answered because it is touched again
        chatter = world.bo.say(room, "good morning")
        world.proxy.moments = {chatter: int(time.time() * 1000) - 11 * 60_000}
        edit = world.bo.edit(room, chatter, "!stance kremlin")
        world.is_silent_on(world.bo, room, chatter, edit)
        world.proxy.moments = {}


@case("pages turn by !more and by reaction; a reaction of the asker or a moderator removes an answer")
def reactions(world):
    for encrypted in EACH:
        room = world.room(encrypted)
        question = world.bo.say(room, "!said haskavel")
        first = world.answer(world.bo, room, question)
        arrow = eventually(
            "a reaction to turn pages", lambda room=room, first=first: [key for who, key in world.bo.reactions(room, first.id) if who == world.bot_id]
        )
        more = world.ask(world.bo, room, "!more")
        check(more.body != first.body and more.body, more.body)
        turn = next(key for key in arrow if key not in REMOVE)
        world.bo.react(room, first.id, turn)
        turned = eventually("a turned page", lambda room=room, first=first: world.bo.edits(room, first.id))
        check(turned[-1]["body"] != first.body)
        # somebody else's reaction removes nothing
        mine = world.ask(world.nell, room, "!stance kremlin")
        world.bo.react(room, mine.id, REMOVE[0])
        world.fence(world.bo, room)
        check(not world.bo.is_removed(room, mine.id), "a stranger to the question removed its answer")
        # the moderator's does, and the asker's
        asked = world.ask(world.bo, room, "!stance kremlin")
        world.nell.react(room, asked.id, REMOVE[0])
        eventually("removal by a moderator", lambda room=room, asked=asked: world.bo.is_removed(room, asked.id))
        world.bo.react(room, first.id, REMOVE[0])
        eventually("removal by the asker", lambda room=room, first=first: world.bo.is_removed(room, first.id))


REMOVE = ("\u274c", "\U0001f5d1\ufe0f")


@case("a timeline comes with a picture that has words and a size, encrypted where the room is")
def pictures(world):
    for encrypted in EACH:
        room = world.room(encrypted)
        question = world.bo.say(room, "!timeline varrow on orrin fishing treaty")

        def picture(room=room, question=question):
            found = [event for event in world.bo.messages(room, world.bot_id) if event.content.get("msgtype") == "m.image"]
            return [event for event in found if event.replies_to == question or event.thread]

        world.bo_answer = eventually("words", lambda room=room, question=question: world.bo.answers(room, world.bot_id, question))
        shown = eventually("a picture", picture)[0]
        info = shown.content["info"]
        check(("file" in shown.content) == encrypted, "the picture's file")
        data = world.bo.picture(shown)
        check(data.startswith(b"\x89PNG\r\n") and len(data) == info["size"], f"{len(data)} bytes, {info}")
        width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
        check((width, height) == (info["w"], info["h"]), f"{width}x{height}, {info}")
        check(info.get("xyz.amorgan.blurhash"), f"no blurhash in {info}")
        check_manners(shown, encrypted)


@case("notices, emotes, chatter, other bots' commands and redactions are met with silence")
def silence(world):
    for encrypted in EACH:
        room = world.room(encrypted)
        bo = world.bo
        said = [
            bo.send(room, {"msgtype": "m.notice", "body": "!stance kremlin"}),
            bo.send(room, {"msgtype": "m.emote", "body": "!stance kremlin"}),
            bo.say(room, "what a morning"),
            bo.say(room, "!weather halvane"),
            bo.say(room, "!"),
            bo.say(room, "!!!"),
        ]
        gone = bo.say(room, "never mind")
        bo.api("PUT", "rooms", room, "redact", gone, f"trial-{gone[1:9]}", body={})
        answer = world.fence(bo, room)
        said.append(bo.react(room, answer.id, "\U0001f44d"))
        world.is_silent_on(bo, room, gone, *said)


@case("power decides who changes what; the maker of a room of version 12 has it, and rooms of version 10 work")
def power(world):
    for version, encrypted in (("10", False), ("12", True)):
        room = world.new_room(encrypted, version=version)
        check((":" in room) == (version == "10"), room)
        refused = world.ask(world.bo, room, "!follow haskavel")
        check("moderator" in refused.body.lower(), refused.body)
        check("follow" in world.ask(world.nell, room, "!follow haskavel").body)
        world.nell.set_level(room, world.bo.id, 50)
        check("moderator" not in world.ask(world.bo, room, "!unfollow haskavel").body.lower())
        world.nell.set_level(room, world.bo.id, 0)
        check("moderator" in world.ask(world.bo, room, "!follow haskavel").body.lower(), "power that was taken away is still there")


@case("a room sets its own prefix")
def settings(world):
    room = world.new_room()
    check("prefix" in world.ask(world.nell, room, "!settings").body)
    world.ask(world.nell, room, "!settings set prefix ?")
    check("oppose" in world.ask(world.bo, room, "?stance kremlin").body.lower())
    old = world.bo.say(room, "!stance kremlin")
    world.ask(world.bo, room, "?help why")
    check(not world.bo.answers(room, world.bot_id, old), "the old prefix is still heard")


@case("what the room's history holds from before the invitation is not answered")
def history(world):
    for encrypted in EACH:
        room = world.nell.make_room(world.bo.id, encrypted=encrypted)
        world.bo.join(room)
        old = [world.nell.say(room, "!stance kremlin"), world.nell.say(room, "!help")]
        if encrypted:
            world.encrypted_rooms.add(room)
        world.nell.invite(room, world.bot_id)
        world.nell.wait_for_member(room, world.bot_id)
        world.is_silent_on(world.nell, room, *old)
        check(len(world.nell.messages(room, world.bot_id)) == 2, "more than the welcome and the one answer")


@case("two bots in one room do not talk to each other")
def two_bots(world):
    room = world.new_room()
    crier = world.start_another(world.make_place("crier"))
    other = world.server.user_id("crier")
    world.nell.invite(room, other)
    world.nell.wait_for_member(room, other)
    question = world.bo.say(room, "!stance kremlin")
    eventually("both answers", lambda: world.bo.answers(room, world.bot_id, question) and world.bo.answers(room, other, question))
    mention = {"m.mentions": {"user_ids": [world.bot_id, other]}}
    both = world.bo.say(room, "herald crier: help", **mention)
    world.fence(world.bo, room)
    count = len(world.bo.events(room))
    holds_for("silence after the answers", lambda: len(world.bo.events(room)) <= count + 3, 2)
    for bot in (world.bot_id, other):
        check(len(world.bo.answers(room, bot, question)) == 1 and len(world.bo.answers(room, bot, both)) <= 1, "answers to answers")
    check(crier.terminate()[0] == 0)
