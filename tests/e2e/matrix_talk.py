"""Cases of conversations: what is typed at the terminal and what it answers (tests/conversations/*.txt), held in Matrix rooms.

The program `matrix_worlds` (examples/) is the bot's face on the worlds of the conversations at their moment; each conversation has a bot
and a room of its own, once plain and once encrypted. Compared are the words, in both forms of the messages.
"""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import tempfile

from frame import ROOT, Failed, Process, case, check, eventually
from human import Human
from synapse import SERVER_NAME
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


class Talk:
    """A conversation in a room."""

    def __init__(self, world, people, path, encrypted):
        self.world, self.people, self.path, self.encrypted = world, people, path, encrypted
        self.bot = f"talk-{path.stem}-{'e' if encrypted else 'p'}"
        self.bot_id = world.server.user_id(self.bot)
        self.world_name, self.steps = read(path)
        # who has a part in it, and the power that they have
        self.levels = {step.user: 0 for step in self.steps}

    def enter(self):
        """Makes the room, with everybody in it."""
        nell = self.world.nell
        humans = [self.people[name] for name in self.levels]
        self.room = nell.make_room(self.bot_id, *(human.id for human in humans), encrypted=self.encrypted)
        for human in humans:
            human.join(self.room)
            if self.encrypted:
                eventually("an encrypted room", lambda human=human: human.client.rooms[self.room].encrypted)
        nell.wait_for_member(self.room, self.bot_id, within=120)

    def say(self, human, step):
        if not step.is_direct:
            return human.say(self.room, step.typed)
        return human.say(self.room, f"{self.bot}: {step.typed}", **{"m.mentions": {"user_ids": [self.bot_id]}})

    def answers(self, human, question):
        found = [event for event in human.answers(self.room, self.bot_id, question) if event.content.get("msgtype") == "m.notice"]
        check(all(event.is_readable for event in found), "an answer cannot be read")
        return found

    def hold(self):
        """Says everything; gives how many answers were compared, and what differed."""
        self.enter()
        held, failures = 0, []
        for step in self.steps:
            human = self.people[step.user]
            if self.levels[step.user] != step.level:
                self.world.nell.set_level(self.room, human.id, step.level)
                self.levels[step.user] = step.level
            question = self.say(human, step)
            held += 1
            expected = stream(without_urls("\n".join(step.expected)))
            if expected == "(silence)":
                fence = self.world.nell.say(self.room, "!health")
                eventually("the next answer", lambda fence=fence: self.answers(self.world.nell, fence))
                if self.answers(human, question):
                    failures.append(f"{self.path.name}: {step.typed} is answered")
                continue
            found = eventually(f"{self.path.name}: an answer to {step.typed!r}", lambda human=human, question=question: self.answers(human, question))
            for event in found:
                check_manners(event, self.encrypted)
            said = stream(with_people("\n".join(event.body for event in found)))
            if not fits(expected, said):
                failures.append(f"{self.path.name} ({'encrypted' if self.encrypted else 'plain'})\n> {step.typed}\n{said}\n--- expected\n{expected}\n---")
            shown = "\n".join(read_html(event.html)[0] for event in found)
            check(shown.strip(), "there is no HTML")
        return held, failures


    def try_to_hold(self):
        """Holds the conversation; where it breaks off, tells what was said last."""
        try:
            return self.hold()
        except Failed as error:
            last = [f"{event.sender} {event.type} {event.id} → {event.replies_to}: {event.body[:80]!r}" for event in self.world.nell.events(self.room)[-6:]]
            return 0, [f"{self.bot}: {error}; the last events:\n" + "\n".join(last)]


def start_worlds(world, stack, talks):
    """Starts the face on the worlds of the conversations."""
    binary = pathlib.Path(os.environ.get("STANCEBOT_E2E_WORLDS") or ROOT / "target/debug/examples/matrix_worlds")
    check(binary.is_file(), f"there is no program at {binary}: cargo build --example matrix_worlds")
    place = pathlib.Path(tempfile.mkdtemp(prefix="talk-", dir=world.dir))
    bots = []
    for talk in talks:
        world.server.register(talk.bot)
        bots.append({"user": talk.bot_id, "password": world.server.password(talk.bot), "world": talk.world_name, "dir": str(place / talk.bot)})
    wanted = {"homeserver": world.server.url, "operators": [world.nell.id], "bots": bots}
    (place / "worlds.json").write_text(json.dumps(wanted))
    program = Process("matrix_worlds", [binary, place / "worlds.json"], place / "log", ROOT)
    stack.callback(program.kill)
    return program


@case("every conversation of the terminal goes as written, in plain and encrypted rooms")
def conversations(world):
    files = sorted(HERE.glob("*.txt"))
    with contextlib.ExitStack() as stack:
        people = {}
        for name in PEOPLE:
            world.server.register(name)
            place = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=world.dir))
            people[name] = Human(stack, world.loop, world.server, name, place)
        people["user-1"].api("PUT", "profile", people["user-1"].id, "displayname", body={"displayname": "Nell"})
        talks = [Talk(world, people, path, encrypted) for path in files for encrypted in (False, True)]
        program = start_worlds(world, stack, talks)
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            results = list(pool.map(Talk.try_to_hold, talks))
        check(program.is_running(), program.log()[-3000:])
    failures = [words for _, failed in results for words in failed]
    held = sum(count for count, _ in results)
    check(not failures, f"{len(failures)} differ:\n" + "\n".join(failures))
    check(held >= STEPS_MIN, f"only {held} steps in {len(files)} files")
    print(f"      {held} steps in {len(files)} files, plain and encrypted", flush=True)
