"""Cases of bad moments and of people who try things: rooms that lie, changes that were begun, servers that come back late, doors that open."""

import re
import time

from fault_proxy import must_be_met
from frame import case, check, eventually, holds_for
from matrix_delivery import publish, sending_to, told_in_private
from matrix_rooms import EACH


@case("a room that names another as its successor takes nothing over there, and brings the bot into no room that does not confirm it")
def false_successor(world):
    target = world.new_room()
    before = world.ask(world.nell, target, "!settings").body
    room = world.bo.make_room(world.bot_id)
    world.bo.wait_for_member(room, world.bot_id)
    world.ask(world.bo, room, "!settings set power 0")
    world.ask(world.bo, room, "!settings set prefix ?")
    world.ask(world.bo, room, "?follow tull")
    world.bo.set_state(room, "m.room.tombstone", {"body": "moved", "replacement_room": target})
    world.bot.wait_for_line("does not say that it replaces it")
    check(world.ask(world.nell, target, "!settings").body == before, "the settings of another room")
    check("Tull" not in world.ask(world.nell, target, "!follows").body, "what another room follows")
    check("moderator" in world.ask(world.bo, target, "!follow haskavel").body.lower(), "the power of another room")
    public = world.rook.make_room(preset="public_chat")
    world.bo.set_state(room, "m.room.tombstone", {"body": "moved", "replacement_room": public})
    world.rook.wait_for_member(public, world.bot_id, "leave")
    check(not world.rook.messages(public, world.bot_id), "it speaks in a room that nobody asked it into")


@case("a command that changes something and was mistyped is done when it is put right; an edit does nothing a second time")
def put_right(world):
    for encrypted in EACH:
        room = world.new_room(encrypted)
        question = world.nell.say(room, "!folow tull")
        first = world.answer(world.nell, room, question)
        world.nell.edit(room, question, "!follow tull")
        found = eventually("another answer", lambda room=room, first=first: world.nell.edits(room, first.id))
        check("I post here" in found[-1]["body"], found[-1]["body"])
        world.nell.edit(room, question, "!follow haskavel")
        listed = world.ask(world.nell, room, "!follows").body
        check("Tull" in listed and "Haskavel" not in listed, listed)
        world.ask(world.nell, room, "!unfollow tull")


@case("kill -9 between doing and answering: what changes something is done once, and is answered")
def done_once(world):
    for encrypted in EACH:
        room = world.room(encrypted)
        for topic in ("mooring tariff", "pilotage tariff"):
            world.ask(world.nell, room, f"!topic add {topic}")
        hold = world.proxy.hold(sending_to(room), "PUT", before=True)
        question = world.nell.say(room, "!undo")
        hold.wait()
        world.bot.kill()
        world.proxy.release(hold)
        world.start()
        answer = world.answer(world.nell, room, question)
        check("taken back" in answer.body, answer.body)
        listed = world.ask(world.nell, room, "!topics tariff").body
        check("ooring tariff" in listed and "ilotage tariff" not in listed, listed)
        world.ask(world.nell, room, "!undo")


@case("a bot that is back before its server gives the answer that was open")
def server_is_late(world):
    room = world.room()
    world.fence(world.bo, room)
    hold = world.proxy.hold(sending_to(room), "PUT", before=True)
    question = world.bo.say(room, "!stance kremlin")
    hold.wait()
    world.bot.kill()
    world.server.stop()
    world.proxy.release(hold)
    world.bot = world.place.start()
    holds_for("a bot that waits for its server", world.bot.is_running, 18)
    world.server.start()
    world.bot.wait_for_line("Matrix is connected")
    check("oppose" in world.answer(world.bo, room, question, within=60).body.lower())


@case("a room whose history cannot be fetched holds up no other, and gets its answer when it can be, over a restart too")
def lame_history(world):
    lame, other = world.new_room(), world.new_room()
    for room in (lame, other):
        world.fence(world.bo, room)
    world.stop()
    question = world.bo.say(lame, "!stance kremlin")
    world.nell.say_all(lame, [f"talk {number}" for number in range(40)])
    fault = world.proxy.fail(f"/rooms/{re.escape(lame)}/messages", "GET", 10_000, status=503)
    for again in (False, True):
        if again:
            world.bot.kill()
        world.start()
        began = time.monotonic()
        world.fence(world.bo, other)
        check(time.monotonic() - began < 10, "it is held up")
        check(not world.bo.answers(lame, world.bot_id, question))
        must_be_met(fault)
    world.proxy.clear()
    check("oppose" in world.answer(world.bo, lame, question, within=60).body.lower())
    world.fence(world.bo, lame)
    check(len(world.bo.answers(lame, world.bot_id, question)) == 1, "answered twice")


@case("an article whose address is a mention of somebody becomes no mention")
def mention_as_address(world):
    room = world.room(False, "alerts")
    world.ask(world.nell, room, "!follow tull")
    addresses = {
        "the lamps of the mole would burn all night": f"https://matrix.to/#/{world.bo.id}",
        "no pilot had slept since the regatta": f"https://app.example.org/#/user/{world.bo.id}",
    }
    for words, address in addresses.items():
        world.feed.add("Harbour", f"Brannoch Tull said that {words}.", link=address)
        world.make_due(world.feed)
        event = world.alert(world.bo, room, words)
        check("href" not in event.html and event.content["m.mentions"] == {}, event.html)


@case("a bot that may not speak when it comes says who it is when it may")
def late_welcome(world):
    world.start()
    room = world.nell.make_room(world.bot_id, power_level_content_override={"events_default": 10})
    world.nell.wait_for_member(room, world.bot_id)
    world.fence(world.bo, world.room())
    check(not world.nell.messages(room, world.bot_id))
    levels = world.nell.state(room, "m.room.power_levels")
    world.nell.set_state(room, "m.room.power_levels", {**levels, "events_default": 0})
    welcome = eventually("a welcome", lambda: world.nell.messages(room, world.bot_id))
    check("help" in welcome[0].body, welcome[0].body)
    holds_for("one welcome", lambda: len(world.nell.messages(room, world.bot_id)) == 1, 1)


@case("whoever follows something in a room that closes is told each time, also when that fails at first")
def told_each_time(world):
    room = world.new_room()
    world.ask(world.nell, room, "!follow tull")
    levels = world.nell.state(room, "m.room.power_levels")
    before = set(world.nell.client.rooms)
    seen = len(told_in_private(world, before))
    for fails in (True, False):
        fault = world.proxy.fail(r"/send/", "PUT", 3, status=502, after=False) if fails else None
        world.nell.set_state(room, "m.room.power_levels", {**levels, "events_default": 10})
        words = publish(world)
        eventually("the bot to tell it", lambda seen=seen: len(told_in_private(world, before)) == seen + 1, 60)
        seen += 1
        if fault:
            must_be_met(fault)
            world.proxy.clear()
        world.nell.set_state(room, "m.room.power_levels", levels)
        eventually("the alert", lambda words=words: world.alerts(world.bo, room, words), 60)
    check(len(told_in_private(world, before)) == seen, "told too often")
