"""The figures of the face for Matrix: how long an answer takes, and what the bot costs while nothing happens.

An answer's time is the difference of the moments at which the server took the question and the answer, so that the people's client is
not counted; their work does load the machine, and so does the server's, which is told beside it.
"""

import asyncio
import contextlib
import json
import os
import statistics
import sys
import time
import urllib.request

import nio

from frame import ROOT, Process, check, eventually

RATES = ((1, 60), (20, 400))
# Messages for finding out what the server can take.
ALONE = 400
ROOMS = (1, 100, 500)
IDLE_SECONDS = 60
TICKS = os.sysconf("SC_CLK_TCK")


def memory_mb(pid):
    """Gives the memory that a process holds (VmRSS)."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def cpu_seconds(pid):
    """Gives the processor time that a process has used."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def quantile(values, share):
    """Gives the value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * len(ordered)))]


def ask_steadily(world, human, room, per_second, count):
    """Asks so many questions at a steady rate; gives their ids."""

    async def one(number):
        await asyncio.sleep(number / per_second)
        content = {"msgtype": "m.text", "body": "!stance kremlin"}
        answer = await human.client.room_send(room, "m.room.message", content, ignore_unverified_devices=True)
        check(isinstance(answer, nio.RoomSendResponse), answer)
        return answer.event_id

    async def all_of_them():
        return await asyncio.gather(*(one(number) for number in range(count)))

    return world.loop.run(all_of_them(), count / per_second + 300)


def latency(world, encrypted, per_second, count):
    """Measures one rate in one kind of room and prints a line."""
    room = world.room(encrypted, f"measure {per_second}")
    for _ in range(3):
        world.fence(world.bo, room)
    processes = {"the bot": world.bot.pid, "Synapse": world.server.pid, "people and proxy": os.getpid()}
    before = {name: cpu_seconds(pid) for name, pid in processes.items()}
    began = time.monotonic()
    questions = ask_steadily(world, world.bo, room, per_second, count)
    wanted = set(questions)

    def answered():
        return len({event.replies_to for event in world.bo.messages(room, world.bot_id)} & wanted) == count

    eventually("all answers", answered, 300)
    took = time.monotonic() - began
    asked = {event.id: event.millis for event in world.bo.events(room) if event.id in wanted}
    times = [event.millis - asked[event.replies_to] for event in world.bo.messages(room, world.bot_id) if event.replies_to in wanted]
    check(len(times) == count, f"{len(times)} answers to {count} questions")
    used = {name: cpu_seconds(pid) - before[name] for name, pid in processes.items()}
    kind = "encrypted" if encrypted else "plain"
    shares = ", ".join(f"{name} {seconds / took * 100:.0f} % of a processor ({seconds / count * 1000:.0f} ms)" for name, seconds in used.items())
    print(
        f"{kind:9} {per_second:3}/s asked, {count / took:5.1f}/s answered: median {statistics.median(times):6.0f} ms, "
        f"p95 {quantile(times, 0.95):6.0f} ms, longest {max(times):6.0f} ms; while that lasted, and for an answer: {shares}",
        flush=True,
    )


def server_alone(world):
    """Measures how many messages a second the server takes at most while the bot does not run, and prints a line."""
    room = world.room(False, "measure alone")
    world.stop()
    load, began = cpu_seconds(world.server.pid), time.monotonic()
    world.bo.say_all(room, [f"message {number}" for number in range(ALONE)])
    took = time.monotonic() - began
    used = cpu_seconds(world.server.pid) - load
    world.start()
    print(
        f"Synapse without the bot takes {ALONE / took:.1f} messages/s with {used / took * 100:.0f} % of a processor "
        f"({used / ALONE * 1000:.0f} ms each); a question and its answer are two",
        flush=True,
    )


def at_rest(world):
    """Waits while nothing happens; gives what the bot costs."""
    time.sleep(10)
    before = cpu_seconds(world.bot.pid)
    time.sleep(IDLE_SECONDS)
    used = cpu_seconds(world.bot.pid) - before
    return f"{memory_mb(world.bot.pid):.1f} MB, {used / IDLE_SECONDS * 100:.2f} % of a processor"


def idle(world, rooms):
    """Measures memory and processor time in so many rooms, every second of them encrypted, after a fresh start."""
    joined = world.server.as_admin("GET", f"v1/users/{world.bot_id}/joined_rooms")["total"]
    made = []
    for number in range(joined, rooms):
        made.append(world.nell.make_room(world.bot_id, encrypted=number % 2 == 1))
    for room in made:
        world.nell.wait_for_member(room, world.bot_id, within=300)
    world.stop()
    began = time.monotonic()
    world.start()
    ready = time.monotonic() - began
    room = made[0] if made else next(iter(world.nell.client.rooms))
    print(
        f"idle in {max(rooms, joined):4} rooms: {at_rest(world)}, "
        f"listening {ready:.2f} s after the start (room {room[:6]}…)",
        flush=True,
    )


def discord(world, stack):
    """Starts a model of Discord (tests/e2e/install.sh discord) and gives its address."""
    python, token = ROOT / ".e2e/discord/bin/python", "of-no.value"
    check(python.is_file(), "the model of Discord is not installed: tests/e2e/install.sh discord")
    bridge = Process("bridge", [python, "-P", ROOT / "tests/e2e/discord_bridge.py", token], world.place.dir / "bridge.log")
    stack.callback(bridge.kill)
    world.place.env["DISCORD_TOKEN"] = token
    return f"http://127.0.0.1:{bridge.wait_for_line(r'^listening on ([0-9]+)$')[1]}"


def both(world, stack):
    """Measures the bot with Matrix alone and with Discord beside it: until both hear, memory, processor time at rest."""
    url = discord(world, stack)

    def is_connected():
        request = urllib.request.Request(f"{url}/_human/state", b"{}", {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["connected"] == 1

    world.room(False), world.room(True)
    for name, more in (("Matrix alone", ""), ("both", f'[discord]\napi_url = "{url}"\n')):
        world.stop()
        world.configure(world.place, more=more)
        began = time.monotonic()
        world.start()
        matrix = time.monotonic() - began
        if more:
            eventually("Discord", is_connected)
        ready = time.monotonic() - began
        rest = at_rest(world)
        print(f"{name}: Matrix hears {matrix:.2f} s after the start, all that is set up after {ready:.2f} s; at rest {rest}", flush=True)


def run(make_world):
    """Prints all figures; words on the command line choose `latency`, `idle` or `both`."""
    chosen = sys.argv[1:] or ["idle", "latency"]
    with contextlib.ExitStack() as stack:
        world = make_world(stack)
        world.start()
        load = os.getloadavg()
        print(f"program {world.place.binary}, {os.cpu_count()} processors, load before {load[0]:.1f}", flush=True)
        if "idle" in chosen:
            for rooms in ROOMS:
                idle(world, rooms)
        if "both" in chosen:
            both(world, stack)
        if "latency" in chosen:
            server_alone(world)
            for encrypted in (False, True):
                for per_second, count in RATES:
                    latency(world, encrypted, per_second, count)
        print(f"Synapse {memory_mb(world.server.pid):.0f} MB; load after {os.getloadavg()[0]:.1f}", flush=True)
