"""Cases of delivery: alerts and answers over restarts, faults and limits, each exactly once; rooms that close and move."""

import os
import random
import re
import time

from fault_proxy import SEND, must_be_met
from frame import case, check, eventually, holds_for
from matrix_rooms import EACH

# Kills between sending and marking; more by hand.
KILLS = int(os.environ.get("STANCEBOT_TEST_KILLS", "9"))
THINGS = ["crane", "jetty", "buoy", "ferry", "lock", "mole", "quay", "winch", "hoist", "barge", "sluice"]
PLACES = ["basin", "bridge", "canal", "harbour", "island", "lagoon", "marsh", "pier", "reef", "shore", "strait", "tower", "wharf"]
SEASONS = ["spring", "summer", "autumn", "winter", "carnival", "harvest", "regatta"]
# Limits somewhat above those that Synapse comes with (0.2 messages and 0.1 joins a second), so that it does not take minutes.
MESSAGES = {"per_second": 1, "burst_count": 3}
JOINS = {"local": {"per_second": 0.5, "burst_count": 1}}


class Press:
    """Writes articles of which no two say the same, and knows what they say."""

    number = 0

    @classmethod
    def article(cls):
        """Gives a title, a text of one statement, and words that only an alert of it has."""
        cls.number += 1
        number = cls.number
        # lengths without a common divisor: two articles that differ in their numbers alone would be copies of each other
        thing, place, season = THINGS[number % 11], PLACES[number % 13], SEASONS[number % 7]
        words = f"{thing} number {number} would"
        text = f"Brannoch Tull said that the {words} leave the {place} before the {season} of {2030 + number}."
        return f"Port news {number}", text, words


def followed(world, encrypted=False, name="alerts"):
    """Gives a room that follows the speaker of the articles."""
    room = world.room(encrypted, name)
    said = world.ask(world.nell, room, "!follow tull").body
    check("I post here" in said or "do that already" in said, said)
    return room


def publish(world, feed=None):
    title, text, words = Press.article()
    world.publish(feed or world.feed, title, text)
    return words


def each_once(world, human, room, all_words, within=90):
    """Waits until every alert is there, and fails when one is there twice."""
    for words in all_words:
        eventually(f"an alert with {words!r}", lambda words=words: world.alerts(human, room, words), within)
    eventually("an empty outbox", lambda: world.is_all_posted(room), within)
    world.fence(human, room)
    for words in all_words:
        found = world.alerts(human, room, words)
        check(len(found) == 1, f"{len(found)} alerts with {words!r}: {[event.id for event in found]}")


@case("an alert of a local feed arrives once, in plain and encrypted rooms, and is edited when a copy appears elsewhere")
def alerts(world):
    rooms = [followed(world, encrypted) for encrypted in EACH]
    title, text, words = Press.article()
    world.publish(world.feed, title, text)
    shown = [world.alert(world.bo, room, words) for room in rooms]
    check(all(event.content["msgtype"] == "m.notice" and "Tull" in event.body for event in shown))
    world.publish(world.wire, f"{title}, a copy", text)
    for room, event in zip(rooms, shown, strict=True):
        found = eventually("an edit that names the copy", lambda room=room, event=event: world.bo.edits(room, event.id))
        check(words in found[-1]["body"] and found[-1]["body"] != event.body, found[-1]["body"])
        check(len(world.alerts(world.bo, room, words)) == 1, "the copy is alerted again")


@case("nothing from a feed mentions, pings, links or formats")
def hostile_feed(world):
    room = followed(world)
    number = Press.number = Press.number + 1
    hostile = f"@room {world.bo.id} [click](https://evil.example) <b>bold</b> https://matrix.to/#/{world.bo.id} evil.example !stance kremlin"
    world.publish(world.feed, f"@room {world.bo.id}", f"\u201cThe {number} piers stay: {hostile},\u201d Brannoch Tull said.")
    event = world.alert(world.bo, room, f"The {number} piers stay")
    check(event.content["m.mentions"] == {} and "@room" not in event.body and world.bo.id not in event.body, event.body)
    check("evil.example" not in event.html and "<b>" not in event.html and "matrix.to/#" not in event.html, event.html)


@case("a restart repeats no answer and no alert, and goes on where it was")
def restart(world):
    rooms = [followed(world, encrypted) for encrypted in EACH]
    before = publish(world)
    questions = [(room, world.bo.say(room, "!stance kremlin")) for room in rooms]
    for room, question in questions:
        world.answer(world.bo, room, question)
        world.alert(world.bo, room, before)
    world.stop()
    world.start()
    after = publish(world)
    for room, question in questions:
        world.alert(world.bo, room, after)
        world.fence(world.bo, room)
        check(len(world.bo.answers(room, world.bot_id, question)) == 1 and len(world.alerts(world.bo, room, before)) == 1, "repeated")


@case("what was asked while the bot was away is answered once, also behind much talk; an invitation from then is taken up")
def away(world):
    rooms = [world.room(encrypted) for encrypted in EACH]
    for room in rooms:
        world.fence(world.bo, room)
    world.stop()
    asked = []
    for room in rooms:
        asked.append((room, world.bo.say(room, "!stance kremlin")))
        # more than the server tells of one room at once
        world.nell.say_all(room, [f"talk {number}" for number in range(40)])
        asked.append((room, world.bo.say(room, "!stance kremlin")))
    invited = world.nell.make_room(world.bot_id)
    world.start()
    for room, question in asked:
        check("oppose" in world.answer(world.bo, room, question, within=60).body.lower())
    world.nell.wait_for_member(invited, world.bot_id)
    for room, question in asked:
        world.fence(world.bo, room)
        check(len(world.bo.answers(room, world.bot_id, question)) == 1, "answered twice")


@case("what is older than ten minutes when the bot returns is not answered")
def too_old(world):
    room = world.room()
    world.fence(world.bo, room)
    world.stop()
    old, young = world.bo.say(room, "!stance kremlin"), world.bo.say(room, "!stance kremlin")
    now = int(time.time() * 1000)
    world.proxy.moments = {old: now - 11 * 60_000, young: now - 8 * 60_000}
    world.begin_earlier(hours=2)
    world.start()
    world.answer(world.bo, room, young)
    world.is_silent_on(world.bo, room, old)
    world.proxy.moments = {}


@case("Synapse restarts, by SIGTERM and by SIGKILL: what was said and what was read meanwhile gets through once")
def server_restarts(world):
    rooms = [followed(world, encrypted) for encrypted in EACH]
    for end in (world.server.stop, world.server.kill):
        end()
        words = publish(world)
        eventually("the bot to try to post", lambda: not world.is_all_posted(rooms[0]))
        time.sleep(1)
        world.server.start()
        for room in rooms:
            check("oppose" in world.ask(world.bo, room, "!stance kremlin").body.lower())
            each_once(world, world.bo, room, [words])


@case("a server with tight limits of its own: every question is answered, every invitation accepted, alerts keep their order")
def tight_limits(world):
    rooms = [followed(world, encrypted) for encrypted in EACH]
    before = world.proxy.statuses[429]
    with world.server.limited(world.server.user_id("herald"), rc_message=MESSAGES, rc_joins=JOINS):
        world.fence(world.bo, rooms[0])
        asked = [(room, world.bo.say(room, "!stance kremlin")) for room in rooms for _ in range(3)]
        words = [publish(world) for _ in range(2)]
        invited = [world.nell.make_room(world.bot_id) for _ in range(3)]
        for room, question in asked:
            world.answer(world.bo, room, question, within=90)
        for room in invited:
            world.nell.wait_for_member(room, world.bot_id, within=90)
        for room in rooms:
            each_once(world, world.bo, room, words, within=120)
            order = [event.body for event in world.bo.messages(room, world.bot_id) if any(part in event.body for part in words)]
            check(words[0] in order[0] and words[1] in order[1], "the order of alerts")
    check(world.proxy.statuses[429] > before, "no limit was met")


def sending_to(room):
    """Gives the pattern of requests that send to a room."""
    return f"/rooms/{re.escape(room)}/send/"


def faults_of(proxy, pattern, method):
    """Sets every fault of the network on requests that fit, one after the other."""
    yield "502 before", lambda: proxy.fail(pattern, method, 2, status=502)
    yield "502 after", lambda: proxy.fail(pattern, method, 1, status=502, after=True)
    yield "cut before", lambda: proxy.fail(pattern, method, 2)
    yield "cut after", lambda: proxy.fail(pattern, method, 2, after=True)
    yield "429 with a time", lambda: proxy.limit(pattern, method, 2, retry_ms=300)
    yield "429 with a header", lambda: proxy.limit(pattern, method, 1, header=1)
    yield "429 without a time", lambda: proxy.limit(pattern, method, 1)


@case("answers and alerts survive every fault of sending, each exactly once")
def faults_of_sending(world):
    names = [name for name, _ in faults_of(world.proxy, SEND, "PUT")]
    # a room for each fault, so that the waits after them pass side by side
    rooms = [followed(world, number % 2 == 1, name) for number, name in enumerate(names)]

    def set_all():
        return [dict(faults_of(world.proxy, sending_to(room), "PUT"))[name]() for room, name in zip(rooms, names, strict=True)]

    met = set_all()
    asked = [(room, world.bo.say(room, "!stance kremlin")) for room in rooms]
    for room, question in asked:
        world.answer(world.bo, room, question)
    for fault in met:
        must_be_met(fault)
    world.proxy.clear()
    met = set_all()
    words = publish(world)
    for room in rooms:
        each_once(world, world.bo, room, [words])
    for fault in met:
        must_be_met(fault)
    world.proxy.clear()
    for (room, question), name in zip(asked, names, strict=True):
        check(len(world.bo.answers(room, world.bot_id, question)) == 1, f"{name}: answered twice")
        world.ask(world.nell, room, "!unfollow tull")


@case("a server that is slow for one room does not hold up the others")
def slow_room(world):
    slow, quick = world.room(), world.new_room()
    for room in (slow, quick):
        world.fence(world.bo, room)
    hold = world.proxy.hold(SEND, "PUT", before=True)
    question = world.bo.say(slow, "!stance kremlin")
    hold.wait()
    check("oppose" in world.ask(world.bo, quick, "!stance kremlin").body.lower())
    check(not world.bo.answers(slow, world.bot_id, question))
    world.proxy.release(hold)
    world.answer(world.bo, slow, question)


@case("the long poll survives errors, limits, cuts and a token that the server no longer knows")
def faults_of_listening(world):
    room = world.room()
    lost = {"errcode": "M_UNKNOWN_POS", "error": "the position is not known"}
    faults = [*faults_of(world.proxy, r"/sync$", "GET"), ("lost place", lambda: world.proxy.fail(r"/sync$", "GET", status=400, body=lost))]
    for name, fault in faults:
        met = fault()
        question = world.bo.say(room, "!stance kremlin")
        world.answer(world.bo, room, question, within=60)
        eventually(f"{name} to be met", lambda met=met: met.met)
        world.proxy.clear()
        world.fence(world.bo, room)
        check(len(world.bo.answers(room, world.bot_id, question)) == 1, f"{name}: answered twice")


@case("an invitation is accepted although joining meets a limit, an error and a cut")
def faults_of_joining(world):
    world.start()
    for fault in (lambda: world.proxy.limit(r"/join", times=1, retry_ms=200), lambda: world.proxy.fail(r"/join", times=1), lambda: world.proxy.fail(r"/join", status=502)):
        met = fault()
        room = world.nell.make_room(world.bot_id)
        world.nell.wait_for_member(room, world.bot_id, within=60)
        must_be_met(met)
        world.proxy.clear()


@case("kill -9 between sending and marking: every alert and every answer exactly once")
def killed(world):
    rooms = [followed(world, encrypted) for encrypted in EACH]
    told, asked = {room: [] for room in rooms}, []
    for life in range(KILLS):
        room = rooms[life % 2]
        hold = world.proxy.hold(SEND, "PUT", before=life % 3 == 0)
        if life % 3 == 2:
            # between claim and answer, or after the answer was sent
            asked.append((room, world.bo.say(room, "!stance kremlin")))
        else:
            words = publish(world)
            for each in rooms:
                told[each].append(words)
        hold.wait()
        if life % 6 == 4:
            # the answer of the server is on its way: the mark may be written or not
            world.proxy.release(hold)
            time.sleep(random.random() * 0.004)
            world.bot.kill()
        else:
            world.bot.kill()
            world.proxy.release(hold)
        world.start()
    for room in rooms:
        each_once(world, world.bo, room, told[room], within=120)
    for room, question in asked:
        world.answer(world.bo, room, question)
        check(len(world.bo.answers(room, world.bot_id, question)) == 1, "answered twice")
    found = (re.search(r"number (\d+) would", event.body) for event in world.bo.messages(rooms[0], world.bot_id))
    numbers = [match[1] for match in found if match]
    check(len(numbers) == len(set(numbers)), "an alert is there twice")
    print(f"      killed {KILLS} times, {sum(map(len, told.values()))} alerts, {len(asked)} answers", flush=True)


@case("a room without the power to speak pauses what it follows, tells the owner once, and goes on when the power returns")
def muted(world):
    room = world.new_room()
    world.ask(world.nell, room, "!follow tull")
    levels = world.nell.state(room, "m.room.power_levels")
    world.nell.set_state(room, "m.room.power_levels", {**levels, "events_default": 10})
    before = set(world.nell.client.rooms)
    missed = publish(world)
    eventually("the bot to tell the owner", lambda: told_in_private(world, before), 60)
    check(not world.alerts(world.bo, room, missed))
    tries = world.proxy.count(SEND, "PUT")
    holds_for("no endless tries", lambda: world.proxy.count(SEND, "PUT") < tries + 8, 3)
    world.nell.set_state(room, "m.room.power_levels", levels)
    check("oppose" in world.ask(world.bo, room, "!stance kremlin").body.lower())
    each_once(world, world.bo, room, [missed, publish(world)])
    check(len(told_in_private(world, before)) == 1, "told more than once")


def told_in_private(world, before):
    """Gives what the bot said to the operator in private rooms that came since, and where; joins rooms it is invited to."""
    for room in list(world.nell.client.invited_rooms):
        world.nell.join(room)
    found = []
    for room in list(world.nell.client.rooms):
        members = set(world.nell.client.rooms[room].users)
        if members == {world.nell.id, world.bot_id} and (room not in before or room in world.private_rooms):
            world.private_rooms.add(room)
            found += [event for event in world.nell.messages(room, world.bot_id) if "cannot post" in event.body]
    return found


@case("a bot that is put out stops posting there, and goes on when it is invited again; a ban keeps it out")
def put_out(world):
    room = world.new_room()
    world.ask(world.nell, room, "!follow tull")
    world.nell.kick(room, world.bot_id)
    world.nell.wait_for_member(room, world.bot_id, "leave")
    missed = publish(world)
    eventually("the article to be read", lambda: not world.is_all_posted(room))
    world.nell.invite(room, world.bot_id)
    world.nell.wait_for_member(room, world.bot_id)
    check("Tull" in world.ask(world.nell, room, "!follows").body, "what it followed is gone")
    # what came meanwhile comes now, and what comes from now on
    each_once(world, world.bo, room, [missed, publish(world)])
    world.nell.kick(room, world.bot_id, "ban")
    world.nell.wait_for_member(room, world.bot_id, "ban")
    publish(world)
    other = world.room()
    world.fence(world.bo, other)
    tries = world.proxy.count(r"/join|/send/")
    holds_for("no tries against a ban", lambda: world.proxy.count(r"/join|/send/") < tries + 8, 3)


@case("an upgraded room is followed, with what is watched and set there")
def upgraded(world):
    room = world.new_room(version="10")
    world.ask(world.nell, room, "!follow tull")
    world.ask(world.nell, room, "!settings set timezone europe/berlin")
    new = world.nell.api("POST", "rooms", room, "upgrade", body={"new_version": "12"})["replacement_room"]
    world.nell.wait_for_room(new)
    if world.nell.membership(new, world.bot_id) != "join":
        time.sleep(1)
        if world.nell.membership(new, world.bot_id) is None:
            world.nell.invite(new, world.bot_id)
    world.nell.wait_for_member(new, world.bot_id, within=60)
    eventually("what is watched to come along", lambda: "Tull" in world.ask(world.nell, new, "!follows").body)
    check("Europe/Berlin" in world.ask(world.nell, new, "!settings").body)
    words = publish(world)
    world.alert(world.nell, new, words)
    check(not world.alerts(world.nell, room, words), "the old room is still posted to")


@case("a room in which the bot is alone is left")
def alone(world):
    room = world.new_room(people=())
    world.nell.api("POST", "rooms", room, "leave", body={})
    def is_out():
        joined = world.server.as_admin("GET", f"v1/users/{world.bot_id}/joined_rooms")["joined_rooms"]
        return room not in joined

    eventually("the bot to leave", is_out)


@case("the bot ends within five seconds, with the long poll open and an answer on its way")
def ends(world):
    world.start()
    hold = world.proxy.hold(SEND, "PUT")
    room = world.room()
    question = world.bo.say(room, "!stance kremlin")
    hold.wait()
    world.stop()
    world.proxy.release(hold)
    world.start()
    world.answer(world.bo, room, question)
    world.fence(world.bo, room)
    check(len(world.bo.answers(room, world.bot_id, question)) == 1, "answered twice")
    code, said = world.place.run("healthcheck")
    check(code == 0, said)
