"""Cases of conversations: what is typed at the terminal and what it answers (tests/conversations/*.txt), held in Matrix rooms.

The program `matrix_worlds` (examples/) is the bot's face on the worlds of the conversations at their moment; each conversation has a bot
and a room of its own, once plain and once encrypted. Compared are the words, in both forms of the messages. They have a server of their own
and are held beside the other cases, which mostly wait.
"""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import shutil
import tempfile
import time

from frame import ROOT, Failed, Process, case, check, eventually
from human import ENCRYPTION, Human
from matrix_rooms import EACH
from synapse import SERVER_NAME, Synapse, path
from words import INVISIBLE, check_manners, fits, read_html, stream, without_urls

HERE = ROOT / "tests/conversations"
PEOPLE = ("user-1", "user-2", "user-3")
# What may speak as moderator; the operator of the terminal is no more than that in a room.
LEVELS = {"member": 0, "moderator": 50, "operator": 50}
# Conversations held side by side: the machine is the limit, not the bot.
AT_ONCE = 4
# Answers that a run must at least have compared; fewer mean that files were not found or not read.
STEPS_MIN = 150


class Step:
    """One line typed by somebody, and what is expected."""

    def __init__(self, typed, user, level, is_direct):
        self.typed, self.user, self.level, self.is_direct = typed, user, level, is_direct
        self.expected = []


def read(path):
    """Gives the name of the world that a conversation is about, and its steps."""
    lines = path.read_text(encoding="utf-8").splitlines()
    world = "world"
    if lines[0].startswith("= world "):
        world = lines.pop(0).removeprefix("= world ")
    user, level, is_direct, steps = "user-1", LEVELS["operator"], False, []
    for line in lines:
        sign, rest = line[:2], line[2:]
        if sign == "> ":
            steps.append(Step(rest, user, level, is_direct))
        elif sign == "= " and rest in LEVELS:
            level = LEVELS[rest]
        elif sign == "= " and rest in PEOPLE:
            user = rest
        elif sign == "= ":
            check(rest in ("prefix", "direct"), f"{path.name}: {line}")
            is_direct = rest == "direct"
        elif sign != "# " and steps:
            steps[-1].expected.append(line)
    return world, steps


def with_people(text):
    """Gives an answer with people as the conversations write them, and without the addresses that are behind links at the terminal."""
    text = without_urls(INVISIBLE.sub("", text))
    text = re.sub(rf"(user-\d) \(@\1:{re.escape(SERVER_NAME)}\)", r"\1", text)
    return re.sub(rf"@(user-\d):{re.escape(SERVER_NAME)}", r"\1", text)


class Hall:
    """A homeserver of the conversations alone, with people and a host, so that they are held beside the other cases."""

    def __init__(self, stack, loop):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="stancebot-e2e-talk-"))
        stack.callback(shutil.rmtree, self.dir, ignore_errors=True)
        self.server = Synapse(stack, self.dir / "synapse")
        self.people = {}
        for name in PEOPLE:
            self.server.register(name)
            self.people[name] = Human(stack, loop, self.server, name, self.dir / name)
        first = self.people[PEOPLE[0]]
        first.api("PUT", "profile", first.id, "displayname", body={"displayname": "Nell"})
        # makes rooms and gives power; does not listen, as that is what costs the server most
        self.server.register("host")
        self.host = self.server.login("host")["access_token"]

    def api(self, method, *parts, body=None):
        """Asks the server as the host."""
        return self.server.api(method, path(*parts), body, self.host)

    def make_room(self, invited, encrypted):
        body = {"preset": "private_chat", "invite": invited, "initial_state": [ENCRYPTION] if encrypted else []}
        return self.api("POST", "createRoom", body=body)["room_id"]

    def set_level(self, room, user, level):
        levels = self.api("GET", "rooms", room, "state", "m.room.power_levels", "")
        levels["users"][user] = level
        self.api("PUT", "rooms", room, "state", "m.room.power_levels", "", body=levels)

    def is_in(self, room, user):
        return user in self.api("GET", "rooms", room, "joined_members")["joined"]


class Talk:
    """A conversation in a room."""

    def __init__(self, hall, file, encrypted):
        self.hall, self.file, self.encrypted = hall, file, encrypted
        self.bot = f"talk-{file.stem}-{'e' if encrypted else 'p'}"
        self.bot_id = hall.server.user_id(self.bot)
        self.world_name, self.steps = read(file)
        # who has a part in it, and the power that they have
        self.levels = {step.user: 0 for step in self.steps}

    def enter(self):
        """Makes the room, with everybody in it."""
        humans = [self.hall.people[name] for name in self.levels]
        self.room = self.hall.make_room([self.bot_id, *(human.id for human in humans)], self.encrypted)
        for human in humans:
            human.join(self.room)
            if self.encrypted:
                eventually("an encrypted room", lambda human=human: human.client.rooms[self.room].encrypted)
        eventually(f"{self.bot} to come", lambda: self.hall.is_in(self.room, self.bot_id), within=120)

    def say(self, human, step):
        if not step.is_direct:
            return human.say(self.room, step.typed)
        return human.say(self.room, f"{self.bot}: {step.typed}", **{"m.mentions": {"user_ids": [self.bot_id]}})

    def set_level(self, human, level):
        if self.levels[human.name] != level:
            self.hall.set_level(self.room, human.id, level)
            self.levels[human.name] = level

    def answers(self, human, question):
        found = [event for event in human.answers(self.room, self.bot_id, question) if event.content.get("msgtype") == "m.notice"]
        check(all(event.is_readable for event in found), "an answer cannot be read")
        return found

    def hold(self):
        """Says everything; gives how many answers were compared, and what differed."""
        self.enter()
        held, failures = 0, []
        for step in self.steps:
            human = self.hall.people[step.user]
            self.set_level(human, step.level)
            question = self.say(human, step)
            held += 1
            expected = stream(without_urls("\n".join(step.expected)))
            if expected == "(silence)":
                # where members are not heard, who moderates is
                self.set_level(human, LEVELS["moderator"])
                fence = human.say(self.room, "!health")
                eventually("the next answer", lambda human=human, fence=fence: self.answers(human, fence))
                if self.answers(human, question):
                    failures.append(f"{self.file.name}: {step.typed} is answered")
                continue
            found = eventually(f"{self.file.name}: an answer to {step.typed!r}", lambda human=human, question=question: self.answers(human, question))
            for event in found:
                check_manners(event, self.encrypted)
            said = stream(with_people("\n".join(event.body for event in found)))
            if not fits(expected, said):
                failures.append(f"{self.file.name} ({'encrypted' if self.encrypted else 'plain'})\n> {step.typed}\n{said}\n--- expected\n{expected}\n---")
            shown = "\n".join(read_html(event.html)[0] for event in found)
            check(shown.strip(), "there is no HTML")
        return held, failures

    def try_to_hold(self):
        """Holds the conversation; where it breaks off, tells what was said last."""
        try:
            return self.hold()
        except Failed as error:
            seen = self.hall.people[self.steps[0].user].events(self.room)[-6:]
            last = [f"{event.sender} {event.type} {event.id} → {event.replies_to}: {event.body[:80]!r}" for event in seen]
            return 0, [f"{self.bot}: {error}; the last events:\n" + "\n".join(last)]


def start_worlds(hall, stack, talks):
    """Starts the face on the worlds of the conversations."""
    binary = pathlib.Path(os.environ.get("STANCEBOT_E2E_WORLDS") or ROOT / "target/debug/examples/matrix_worlds")
    check(binary.is_file(), f"there is no program at {binary}: cargo build --example matrix_worlds")
    bots = []
    for talk in talks:
        hall.server.register(talk.bot)
        bots.append({"user": talk.bot_id, "password": hall.server.password(talk.bot), "world": talk.world_name, "dir": str(hall.dir / talk.bot)})
    wanted = {"homeserver": hall.server.url, "operators": [hall.server.user_id("host")], "bots": bots}
    (hall.dir / "worlds.json").write_text(json.dumps(wanted))
    program = Process("matrix_worlds", [binary, hall.dir / "worlds.json"], hall.dir / "log", ROOT)
    stack.callback(program.kill)
    return program


def hold_all(files, loop):
    """Holds all conversations; gives how many answers were compared, what differed, and the seconds that it took."""
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        hall = Hall(stack, loop)
        talks = [Talk(hall, file, encrypted) for file in files for encrypted in EACH]
        # the longest first, so that none is left alone at the end
        talks.sort(key=lambda talk: -len(talk.steps))
        program = start_worlds(hall, stack, talks)
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            results = list(pool.map(Talk.try_to_hold, talks))
        check(program.is_running(), program.log()[-3000:])
    return sum(held for held, _ in results), [words for _, failed in results for words in failed], time.monotonic() - began


def begin_conversations(world, stack):
    """Begins to hold them; gives what will be known in the end. All people are in one loop, as nio cannot bear more than one thread."""
    pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(1))
    files = sorted(HERE.glob("*.txt"))
    return files, pool.submit(hold_all, files, world.loop)


@case("every conversation of the terminal goes as written, in plain and encrypted rooms", begin=begin_conversations)
def conversations(_, begun):
    files, holding = begun
    held, failures, took = holding.result()
    check(not failures, f"{len(failures)} differ:\n" + "\n".join(failures))
    check(held >= STEPS_MIN, f"only {held} steps in {len(files)} files")
    print(f"      {held} steps in {len(files)} files, plain and encrypted, in {took:.0f} s beside the other cases", flush=True)
