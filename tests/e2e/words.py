"""What a reader sees of a message in Matrix: its HTML as words, whether both of its forms say the same, and whether it keeps the manners."""

import html.parser
import json
import re

from frame import check

# Tags that the Client-Server API lets clients show; a message of the bot needs no others.
ALLOWED = {"h4", "p", "blockquote", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "strong", "em", "code", "a", "br", "pre"}
VOID = {"br"}
BLOCKS = ALLOWED - {"strong", "em", "code", "a"}
# Signs without width that keep clients from finding ids and addresses in a text.
INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
# Bytes of a content that fits in an event, also encrypted.
CONTENT_BYTES_MAX = 30_000


class _Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.text, self.links, self.open = [], [], []

    def handle_starttag(self, tag, attributes):
        check(tag in ALLOWED, f"<{tag}> is no tag of a message")
        given = dict(attributes)
        check(set(given) <= ({"href"} if tag == "a" else set()), f"<{tag}> has attributes {given}")
        if tag == "a":
            self.links.append(given["href"])
        if tag in BLOCKS:
            self.text.append("\n")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        check(self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}")
        self.open.pop()
        if tag in BLOCKS:
            self.text.append("\n")

    def handle_data(self, data):
        self.text.append(data)


def read_html(text):
    """Gives the words of HTML and where its links lead; HTML that is not sound fails."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    check(not reader.open, f"{reader.open} stays open")
    return "".join(reader.text), reader.links


def stream(text):
    """Makes lines one stream of words without the marks of lists and quotations."""
    words = []
    for line in INVISIBLE.sub("", text).splitlines():
        bare = re.sub(r"^[\s\-•>|]+", "", line)
        words += [word for word in bare.split() if word != "·"]
    return " ".join(words)


def without_urls(text):
    """Takes away the addresses that the plain form shows behind the words of a link."""
    return re.sub(r"\s*<https?://[^>\s]*>", "", text)


def bare(text):
    """Gives the letters and digits alone."""
    return re.sub(r"[\W_]+", "", INVISIBLE.sub("", text))


def fits(pattern, text):
    """Tells whether a text fits a pattern in which `…` stands for anything."""
    parts = [re.escape(part.strip()) for part in pattern.split("…")]
    return re.fullmatch(".*?".join(parts), text, re.DOTALL) is not None


def check_manners(event, is_room_encrypted):
    """Fails where a message of the bot does what no message of it may do."""
    content = event.content.get("m.new_content") or event.content
    kind = content.get("msgtype")
    check(kind in ("m.notice", "m.image"), f"{kind} wakes people and other bots")
    check(event.was_encrypted == is_room_encrypted, f"encrypted: {event.was_encrypted} in a room that is: {is_room_encrypted}")
    for part in (event.content, content):
        check(part.get("m.mentions") == {}, f"m.mentions is {part.get('m.mentions')!r}")
    check(len(json.dumps(event.content, ensure_ascii=False).encode()) < CONTENT_BYTES_MAX, "the message is too long")
    if kind == "m.image":
        info = content.get("info") or {}
        check(info.get("w") and info.get("h") and info.get("size") and info.get("mimetype"), f"the picture's info is {info}")
        check(content.get("body", "").strip(), "the picture has no words")
        return
    check(content.get("format") == "org.matrix.custom.html", "there is no HTML")
    words, links = read_html(content["formatted_body"])
    for link in links:
        check(re.match(r"https?://", link) and "matrix.to" not in link, f"a link leads to {link}")
    check(bare(words) == bare(without_urls(content["body"])), f"the forms differ:\n{content['body']}\n---\n{words}")
    for form in (words, content["body"]):
        found = re.search(r"(?<![\w.])@[\w.=/+-]+:[\w.-]+|@room\b", form)
        check(not found, f"{found and found[0]!r} may mention somebody")
