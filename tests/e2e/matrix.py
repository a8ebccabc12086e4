"""The real program against a real Synapse, with matrix-nio as the people and a proxy of faults in between.

    python=$(tests/e2e/install.sh matrix) && cargo build && "$python" tests/e2e/matrix.py [words of cases]
    "$python" tests/e2e/matrix.py --measure [words]     prints the figures instead: idle latency both

`STANCEBOT_TEST_KILLS` says how often the bot is killed between sending and marking, `STANCEBOT_E2E_BINARY` which program runs.
"""

import contextlib
import pathlib
import shutil
import sqlite3
import sys
import tempfile

from fault_proxy import FaultProxy
from frame import ROOT, Feed, Place, case, check, eventually, run_cases
from human import Human, Loop
from synapse import Synapse
from words import check_manners

BOT = "herald"
EXAMPLES = ["harbour-courier.xml", "strait-dispatch.atom", "meridian-wire.json", "northern-ledger.rdf"]
# Time in which an answer that must not come would have come: many times what one takes.
SILENCE_SECONDS = 1.5


def configuration(world, name=BOT, more="", trust=None):
    """Writes a configuration for a bot that reads the example feeds and a feed of the run; `trust` says whom it hears."""
    if trust is None:
        trust = f'allowed_users = ["{world.server.user_id("bo")}"]'
    feeds = "".join(
        f'[[feeds]]\nurl = "file:{ROOT}/data/example/{file}"\noutlet = "{file.split(".")[0]}"\ntext = "feed"\n' for file in EXAMPLES
    )
    return f"""
knowledge_dirs = ["{ROOT}/data/example/knowledge"]
[terminal]
enabled = false
[matrix]
homeserver = "{world.proxy.url}"
user = "{world.server.user_id(name)}"
{trust}
operators = ["{world.server.user_id("nell")}"]
[chat]
commands_per_minute_user = 0
commands_per_minute_channel = 0
commands_per_minute_server = 0
[alerts]
per_poll_max = 100
confidence_min = 0
[http]
allow_hosts = ["{world.feed.host}", "{world.wire.host}"]
{more}
{feeds}
[[feeds]]
url = "{world.feed.url}"
outlet = "harbour-courier"
text = "feed"
[[feeds]]
url = "{world.wire.url}"
outlet = "meridian-wire"
text = "feed"
"""


class World:
    """A homeserver with people, the proxy, two feeds and the bot."""

    def __init__(self, stack):
        self.stack = stack
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="stancebot-e2e-synapse-"))
        stack.callback(shutil.rmtree, self.dir, ignore_errors=True)
        self.loop = Loop(stack)
        self.server = Synapse(stack, self.dir)
        for name in (BOT, "nell", "bo", "rook", "crier"):
            self.server.register(name)
        self.proxy = FaultProxy(stack, self.loop, self.server.url)
        # the operator; who may invite; who may not
        self.nell, self.bo, self.rook = self.human("nell"), self.human("bo"), self.human("rook")
        self.feed, self.wire = Feed(stack), Feed(stack, "The Other Trial")
        self.bot_id = self.server.user_id(BOT)
        self.places = []
        self.place = self.make_place(BOT)
        self.bot, self.others = None, []
        # what a person said with the bot's account
        self.said_by_hand = set()
        # rooms that are encrypted; that became so; in which the bot speaks to one person
        self._rooms, self.encrypted_rooms, self.mixed_rooms, self.private_rooms = {}, set(), set(), set()

    def human(self, name, device="a device"):
        place = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.dir))
        return Human(self.stack, self.loop, self.server, name, place, device)

    def make_place(self, name, **how):
        """Makes a place for a bot of its own, which logs in by password; `how` goes into its configuration."""
        place = Place(self.stack, name)
        self.places.append(place)
        self.configure(place, **how)
        place.env["MATRIX_PASSWORD"] = self.server.password(name)
        return place

    def configure(self, place, **how):
        """Writes a bot's configuration, anew where there is one; it holds from its next start."""
        place.configure(configuration(self, place.name, **how))

    # ---- the bot

    def start(self):
        """Starts the bot, if it does not run, and waits until it hears."""
        if self.bot and self.bot.is_running():
            return
        before = self.proxy.count(r"/sync$")
        self.bot = self.place.start()

        def listens():
            check(self.bot.is_running(), f"the bot ended:\n{self.bot.log()[-3000:]}")
            # the second request is made when the first answer was worked through
            return self.proxy.count(r"/sync$") >= before + 2

        eventually("the bot to listen", listens)
        self.bot.wait_for_line("Matrix is connected")

    def start_another(self, place):
        """Starts a second bot and waits until it hears."""
        bot = place.start()
        self.others.append(bot)
        bot.wait_for_line("Matrix is connected")
        return bot

    def stop(self):
        """Ends the bot as a service manager does; it must go in time."""
        code, took = self.bot.terminate()
        check(code == 0, f"exit code {code}:\n{self.bot.log()[-3000:]}")
        check(took < 5.0, f"it took {took:.1f} s to end")

    def begin_earlier(self, hours):
        """Lets the bot's account be in use for longer than the run, while the bot does not run."""
        with contextlib.closing(sqlite3.connect(self.place.dir / "state/stancebot.db", timeout=20)) as database, database:
            database.execute("UPDATE matrix_accounts SET started = started - ?", (hours * 3_600_000_000,))

    # ---- rooms

    def room(self, encrypted=False, name="", **more):
        """Gives a room of a name in which nell (who made it), bo and the bot are; it is made once."""
        key = (encrypted, name)
        self.start()
        if key not in self._rooms:
            self._rooms[key] = self.new_room(encrypted, **more)
        return self._rooms[key]

    def new_room(self, encrypted=False, people=("bo",), **more):
        """Makes a room with the bot and more people in it."""
        self.start()
        others = [getattr(self, name) for name in people]
        room = self.nell.make_room(self.bot_id, *(other.id for other in others), encrypted=encrypted, **more)
        if encrypted:
            self.encrypted_rooms.add(room)
        for other in others:
            other.join(room)
            if encrypted:
                eventually("an encrypted room", lambda other=other: other.client.rooms[room].encrypted)
        self.nell.wait_for_member(room, self.bot_id)
        return room

    # ---- talk

    def answer(self, human, room, event_id, within=30, count=1):
        """Waits for the bot's answers to an event; gives the first of them."""
        found = eventually(
            f"an answer to {event_id}",
            lambda: (lambda answers: answers if len(answers) >= count else None)(human.answers(room, self.bot_id, event_id)),
            within,
        )
        check(len(found) == count, f"{len(found)} answers: {[event.body for event in found]}")
        check(found[0].is_readable, "the answer cannot be read")
        return found[0]

    def ask(self, human, room, text, **more):
        """Says something and gives the answer."""
        return self.answer(human, room, human.say(room, text, **more))

    def fence(self, human, room):
        """Asks something and waits for the answer: whatever was said before would have been answered by then."""
        return self.ask(human, room, "!help why")

    def is_silent_on(self, human, room, *event_ids):
        """Looks whether events get no answer, though a later question gets one."""
        self.fence(human, room)
        for event_id in event_ids:
            found = human.answers(room, self.bot_id, event_id)
            check(not found, f"answered: {[event.body for event in found]}")

    # ---- alerts

    def publish(self, feed, title, text):
        """Puts an article into a feed and makes the feed due, so that nobody waits for the interval."""
        feed.add(title, text)
        self.make_due(feed)

    def make_due(self, feed):
        with contextlib.closing(sqlite3.connect(self.place.dir / "state/stancebot.db", timeout=20)) as database, database:
            database.execute("UPDATE feeds SET due = 0 WHERE url = ?", (feed.url,))

    def is_all_posted(self, room):
        """Tells whether nothing waits to be posted in a room."""
        sql = "SELECT count(*) FROM outbox WHERE room = ? AND state IN ('pending', 'held')"
        with contextlib.closing(sqlite3.connect(self.place.dir / "state/stancebot.db", timeout=20)) as database:
            return database.execute(sql, (room,)).fetchone()[0] == 0

    def alerts(self, human, room, words):
        """Gives the bot's messages in a room that hold some words."""
        return [event for event in human.messages(room, self.bot_id) if words in event.body]

    def alert(self, human, room, words, within=60):
        """Waits for the one alert with these words."""
        found = eventually(f"an alert with {words!r}", lambda: self.alerts(human, room, words), within)
        check(len(found) == 1, f"{len(found)} alerts with {words!r}")
        return found[0]

    def explain(self):
        """Gives what helps to understand a failure."""
        logs = [f"--- {bot.name}\n{bot.log()[-6000:]}" for bot in (self.bot, *self.others) if bot]
        return "\n".join([*logs, f"--- Synapse\n{self.server.log_tail()}"])


def check_all_manners(world):
    """Looks at every message of the bot that anybody saw in the whole run."""
    seen = {}
    for human in (world.nell, world.bo):
        for room in list(human._events):
            for event in human.events(room):
                if event.sender == world.bot_id and event.type == "m.room.message" and event.is_readable:
                    seen[event.id] = (event, room)
    check(len(seen) >= 3, f"only {len(seen)} messages")
    for event_id in world.said_by_hand:
        seen.pop(event_id, None)
    for event, room in seen.values():
        check_manners(event, event.was_encrypted if room in world.mixed_rooms | world.private_rooms else room in world.encrypted_rooms)
    return len(seen)


def check_no_panic(world):
    """Looks whether any bot met what its makers held to be impossible."""
    for place in world.places:
        log = place.dir / "stancebot.log"
        found = log.read_text(errors="replace") if log.exists() else ""
        check("panicked" not in found, found[max(0, found.find("panicked") - 500) :][:2000])


def main():
    if "--measure" in sys.argv:
        sys.argv.remove("--measure")
        import matrix_measure

        return matrix_measure.run(World)
    # each file registers its cases; the order is the order of the run
    import matrix_rooms  # noqa: F401
    import matrix_trust  # noqa: F401
    import matrix_keys  # noqa: F401
    import matrix_delivery  # noqa: F401
    import matrix_state  # noqa: F401
    import matrix_trouble  # noqa: F401
    import matrix_talk  # noqa: F401

    case("every message of the whole run kept the manners of Matrix")(check_all_manners)
    case("no bot panicked in the whole run")(check_no_panic)
    return run_cases("matrix", World)


if __name__ == "__main__":
    main()
