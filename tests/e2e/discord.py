"""Discord, end to end: the real program against a model of Discord that others wrote (simcord, behind `discord_bridge.py`).

    .e2e/discord/bin/python tests/e2e/discord.py [WORDS…]        cases that have one of the words; else all

What people do and see is checked, not how. `STANCEBOT_E2E_BINARY` names another program than target/debug/stancebot.
"""

import json
import pathlib
import re
import shutil
import sys
import urllib.error
import urllib.request

from frame import ROOT, STOP_SECONDS, Failed, Feed, Place, Process, case, check, eventually, holds_for, run_cases

TOKEN = "e2e-token.of-no.value"
HERE = pathlib.Path(__file__).resolve().parent
EPHEMERAL = 1 << 6
SPEAKER = "Brannoch Tull"
ARTICLES = [
    ("Quay stays closed", f"{SPEAKER} said on Monday that the quay would stay closed until the levy was gone."),
    ("Pilots called back", f"{SPEAKER} said on Tuesday that the pilots had been called back from the strait."),
    ("Harbour light mended", f"{SPEAKER} said on Wednesday that the harbour light had been mended at last."),
]


class World:
    """The model of Discord with its people, the bot, and a feed."""

    def __init__(self, stack):
        self.stack, self.kept = stack, {}
        self.feed = Feed(stack)
        self.feed.add(*ARTICLES[0])
        self.place = Place(stack, "discord")
        self.place.env["DISCORD_TOKEN"] = TOKEN
        shutil.copytree(ROOT / "data/example", self.place.dir / "data/example")
        bridge = [sys.executable, "-P", HERE / "discord_bridge.py", TOKEN]
        self.bridge = Process("bridge", bridge, self.place.dir / "bridge.log")
        stack.callback(self.bridge.kill)
        port = self.bridge.wait_for_line(r"^listening on (\d+)$")[1]
        self.url = f"http://127.0.0.1:{port}"
        feeds = ("harbour-courier.xml", "strait-dispatch.atom", "meridian-wire.json", "northern-ledger.rdf")
        listed = "".join(
            f"[[feeds]]\nurl = 'file:data/example/{name}'\noutlet = '{name.split('.')[0]}'\ntext = 'feed'\n" for name in feeds
        )
        self.place.configure(
            "knowledge_dirs = ['data/example/knowledge']\n[chat]\npage_size = 2\n"
            "commands_per_minute_user = 0\ncommands_per_minute_channel = 0\ncommands_per_minute_server = 0\n[terminal]\nenabled = false\n"
            f"[discord]\napi_url = '{self.url}'\n[http]\nallow_hosts = ['{self.feed.host}']\n[polling]\ninterval_secs = 60\n" + listed
        )
        self.bot = None

    def act(self, what, **how):
        """Lets somebody do something in Discord."""
        request = urllib.request.Request(f"{self.url}/_human/{what}", json.dumps(how).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Failed(f"{what} {how}: {json.load(error).get('error')}") from None

    def state(self):
        return self.act("state")

    def start(self):
        self.bot = self.place.start()
        eventually("the bot to connect", lambda: self.state()["connected"] == 1)

    def stop(self):
        code, seconds = self.bot.terminate()
        check(code == 0, f"the bot ended with {code}")
        check(seconds < STOP_SECONDS, f"it took {seconds:.1f} s to end")

    def messages(self, channel="news", viewer=None):
        return self.act("messages", channel=channel, viewer=viewer)

    def answers_to(self, message, channel="news"):
        return [found for found in self.messages(channel) if found["bot"] and found["answers"] == message]

    def answer_to(self, message, channel="news"):
        found = eventually(f"an answer to {message}", lambda: self.answers_to(message, channel))
        check(len(found) == 1, f"{len(found)} answers")
        return found[0]

    def ask(self, words, user="reader", channel="news"):
        """Somebody types something; gives the bot's answer."""
        return self.answer_to(self.act("say", user=user, channel=channel, content=words), channel)

    def outcome(self, number):
        """Waits for what comes of an interaction."""

        def done():
            found = self.act("interaction", number=number)
            loading = (found["response"] or {}).get("flags", 0) & 1 << 7
            return found if found["acknowledged"] and not loading else None

        return eventually("an answer to an interaction", done)

    def slash(self, name, user="reader", channel="news", **options):
        return self.outcome(self.act("slash", user=user, channel=channel, name=name, options=options))

    def alerts(self, channel="news"):
        """Gives the bot's messages that answer nobody and hold words of the feed."""
        loose = [found["text"] for found in self.messages(channel) if found["bot"] and not found["answers"]]
        return [text for text in loose if any(article[1].split(" that ")[1] in text for article in ARTICLES)]

    def explain(self):
        log = "\n".join(self.bot.log().splitlines()[-25:]) if self.bot else ""
        return f"--- the bot's log\n{log}\n--- Discord\n{self.state()}"


def make_world(stack):
    world = World(stack)
    world.act("guild", name="Newsroom", owner="owner")
    world.act("join", guild="Newsroom", user="reader")
    world.act("join", guild="Newsroom", user="editor", permissions=["manage_guild"])
    world.act("channel", guild="Newsroom", name="news")
    world.act("channel", guild="Newsroom", name="quiet")
    world.act("channel", guild="Newsroom", name="plain", denied=["embed_links"])
    world.start()
    world.bot.wait_for_line("^Read 4 feeds")
    return world


def has_stance(text):
    check(re.search(r"oppos|support|condition", text, re.I), f"no stance in {text!r}")


@case("the look before the start finds token and server in order")
def _(world):
    code, text = world.place.run("check", "--online")
    check(code == 0 and "the token is accepted" in text and "Newsroom" in text, code, text)


@case("a command by prefix is answered in an embed, as a reply, mentioning nobody")
def _(world):
    answer = world.ask("!stance kremlin")
    has_stance(answer["text"])
    check(answer["embeds"] == 1 and not answer["mentions"], answer)


@case("a command by mention is answered")
def _(world):
    has_stance(world.ask(f"<@{world.state()['bot']}> stance kremlin")["text"])


@case("plain talk is not answered")
def _(world):
    talk = [world.act("say", user="reader", channel="news", content=words) for words in ("hello", "stance kremlin", "! what", "?stance")]
    world.ask("!help why")
    check(not any(world.answers_to(message) for message in talk), "somebody's talk was answered")


@case("slash commands are registered, private unless public is chosen")
def _(world):
    eventually("commands", lambda: ["stance", 1] in world.state()["commands"])
    private = world.slash("stance", actor="kremlin")
    has_stance(private["response"]["text"])
    check(private["ephemeral"], "a slash answer is for the asker alone")
    number = private["response"]["id"]
    check(all(found["id"] != number for found in world.messages(viewer="editor")), "others see it")
    check(any(found["id"] == number for found in world.messages(viewer="reader")), "the asker does not see it")
    public = world.slash("stance", actor="kremlin", public=True)
    check(not public["ephemeral"], "a public answer is for everybody")


@case("an option is completed while it is typed")
def _(world):
    found = world.outcome(world.act("type", user="reader", channel="news", name="stance", option="actor", value="tul"))
    names = [choice["name"] for choice in found["choices"]]
    check(any(SPEAKER in name for name in names), names)
    check(len(names) <= 25, "more than 25 choices")


@case("pages are turned by buttons")
def _(world):
    answer = world.ask("!said varrow")
    check("Next ▶" in answer["buttons"], answer)
    world.outcome(world.act("press", user="reader", channel="news", message=answer["id"], label="Next ▶"))
    turned = eventually("another page", lambda: next((m for m in world.messages() if m["id"] == answer["id"] and m["text"] != answer["text"]), None))
    check("◀ Back" in turned["buttons"], turned)
    world.kept["paged"] = turned


@case("who may not manage the server cannot change what is followed, by prefix or slash")
def _(world):
    for text in (world.ask("!follow tull")["text"], world.slash("follow", **{"actor-or-topic": "tull"})["response"]["text"]):
        check("oderator" in text, text)
    check("ollow" in world.ask("!follows")["text"] and SPEAKER not in world.ask("!follows")["text"], "it was followed")


@case("who may manage it follows an actor and adds a feed, and one sample of it arrives")
def _(world):
    check("From now on" in world.ask("!follow tull", user="editor")["text"])
    added = world.slash("feed add", user="editor", url=world.feed.url, via="harbour-courier")
    check("is read from now on" in added["response"]["text"], added)
    eventually("the sample", lambda: len(world.alerts()) == 1)
    world.feed.add(*ARTICLES[1])


@case("a message command reads who says what in somebody's message, for the asker alone")
def _(world):
    said = world.act("say", user="editor", channel="news", content="Mayor Ada Quill said that the old pier would stay open.")
    found = world.outcome(world.act("menu", user="reader", channel="news", name="Who said this?", message=said))
    check("Quill" in found["response"]["text"] and "old pier would stay open" in found["response"]["text"], found)
    check(found["ephemeral"], "it is for the asker alone")


@case("a private message is answered without a prefix")
def _(world):
    message = world.act("whisper", user="reader", content="stance kremlin")
    has_stance(world.answer_to(message, "@reader")["text"])


@case("where embeds are not allowed the answer is plain text")
def _(world):
    answer = world.ask("!stance kremlin", channel="plain")
    has_stance(answer["text"])
    check(answer["embeds"] == 0, answer)


@case("an edit of the question changes the answer, and an edit of plain talk asks")
def _(world):
    question = world.act("say", user="reader", channel="quiet", content="!help stance")
    first = world.answer_to(question, "quiet")
    world.act("edit", user="reader", channel="quiet", message=question, content="!help follow")
    eventually("another answer", lambda: world.answer_to(question, "quiet")["text"] != first["text"])
    typo = world.act("say", user="reader", channel="quiet", content="help stance")
    world.act("edit", user="reader", channel="quiet", message=typo, content="!help stance")
    check("stance" in world.answer_to(typo, "quiet")["text"])


@case("who asked removes an answer by a reaction, somebody else does not")
def _(world):
    answer = world.ask("!help why", channel="quiet")
    world.act("join", guild="Newsroom", user="stranger")
    world.act("react", user="stranger", channel="quiet", message=answer["id"], emoji="❌")
    world.ask("!help who", channel="quiet")
    check(any(found["id"] == answer["id"] for found in world.messages("quiet")), "a stranger removed it")
    world.act("react", user="reader", channel="quiet", message=answer["id"], emoji="❌")
    eventually("the removal", lambda: all(found["id"] != answer["id"] for found in world.messages("quiet")))


@case("a broken connection is taken up and nothing is lost or answered twice")
def _(world):
    resumes = world.state()["resumes"]
    world.act("cut")
    question = world.act("say", user="reader", channel="quiet", content="!help said")
    world.answer_to(question, "quiet")
    check(world.state()["resumes"] > resumes, "no session was taken up")
    world.act("cut", code=4009)
    eventually("the end of the connection", lambda: world.state()["connected"] == 0, within=10)
    question = world.act("say", user="reader", channel="quiet", content="!help shift")
    world.answer_to(question, "quiet")


@case("an alert for a channel that is closed waits, its owner is told, and it arrives when the permission comes back")
def _(world):
    world.act("deny", channel="news", denied=["send_messages"])
    world.bot.wait_for_line("a channel cannot be written to", within=150)
    eventually("word to who follows", lambda: any("cannot post alerts" in found["text"] for found in world.messages("@editor")))
    world.act("deny", channel="news", denied=[])
    eventually("the second alert", lambda: len(world.alerts()) == 2, within=20)


@case("SIGTERM ends the bot within five seconds")
def _(world):
    world.stop()


@case("after a restart buttons work, nothing is answered or alerted again, and what was missed is answered")
def _(world):
    before = {channel: world.messages(channel) for channel in ("news", "quiet", "plain")}
    missed = world.act("say", user="reader", channel="quiet", content="!help timeline")
    private = world.act("whisper", user="reader", content="help topics")
    world.start()
    world.answer_to(missed, "quiet")
    world.answer_to(private, "@reader")
    paged = world.kept["paged"]
    world.outcome(world.act("press", user="editor", channel="news", message=paged["id"], label="◀ Back"))
    eventually("the page before", lambda: next(m for m in world.messages() if m["id"] == paged["id"])["text"] != paged["text"])
    holds_for("the number of messages", lambda: len(world.messages("news")) == len(before["news"]), seconds=3)
    check(len(world.messages("plain")) == len(before["plain"]), "something was answered again")


@case("kill -9 loses no alert and repeats none")
def _(world):
    world.feed.add(*ARTICLES[2])
    world.bot.kill()
    world.start()
    eventually("the third alert", lambda: len(world.alerts()) >= 3, within=150)
    holds_for("three alerts", lambda: len(world.alerts()) == 3, seconds=3)


@case("without the intent a mention and slash commands work, and who can mend it is told")
def _(world):
    world.stop()
    world.act("portal", message_content=False)
    world.start()
    unheard = world.act("say", user="reader", channel="quiet", content="!help why")
    has_stance(world.ask(f"<@{world.state()['bot']}> stance kremlin", channel="quiet")["text"])
    has_stance(world.slash("stance", actor="kremlin")["response"]["text"])
    check(not world.answers_to(unheard, "quiet"), "the bot cannot have heard that")
    world.bot.wait_for_line("MESSAGE CONTENT INTENT")
    eventually("word to the owner", lambda: any("MESSAGE CONTENT INTENT" in found["text"] for found in world.messages("@owner")))


@case("a bot that is thrown out goes on elsewhere")
def _(world):
    world.act("guild", name="Other", owner="keeper")
    world.act("join", guild="Other", user="visitor")
    world.act("channel", guild="Other", name="hall")
    world.act("kick", guild="Newsroom")
    has_stance(world.ask(f"<@{world.state()['bot']}> stance kremlin", user="visitor", channel="hall")["text"])
    check(world.bot.is_running(), "the bot ended")
    eventually("a healthy bot", world.place.is_well, within=10)
    world.stop()


@case("nothing was sent that Discord refuses, nobody was mentioned, nothing was too fast")
def _(world):
    state = world.state()
    check(not state["violations"], state["violations"])
    # asked for on purpose: a closed channel, a route that the model lacks
    expected = ("Missing Permissions", "does not implement 'GET /applications/@me'", "Unknown Channel", "Unknown Guild")
    refused = [refusal for refusal in state["refusals"] if not any(words in refusal for words in expected)]
    check(not refused, refused)


if __name__ == "__main__":
    run_cases("discord", make_world)
