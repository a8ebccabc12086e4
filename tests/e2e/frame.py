"""The frame of the end-to-end runs: the real program in a place of its own, servers beside it, a feed that changes, named cases.

Standard library only. What is started is ended by its own process id, also when a case fails. Nothing outside loopback is asked.
A run is a file beside this one: it starts its server, makes a `Place`, registers functions by `@case` and ends with `run_cases`.
"""

import contextlib
import html
import http.server
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Longest wait for something to happen; a loaded machine takes several seconds.
PATIENCE = float(os.environ.get("STANCEBOT_E2E_PATIENCE", "60"))
# What a signal may take: the bot promises five seconds.
STOP_SECONDS = 5.0
LOOK = 0.05


class Failed(AssertionError):
    """Something is not as it should be; its text says what."""


def check(holds, *words):
    """Fails with the words when something does not hold; gives it back when it does."""
    if not holds:
        raise Failed(" ".join(str(word) for word in words) or "it does not hold")
    return holds


def eventually(what, probe, within=PATIENCE):
    """Waits until `probe()` gives something true, and gives that. A probe that raises `Failed` or `OSError` is asked again."""
    until = time.monotonic() + within
    last = None
    while True:
        try:
            found = probe()
            if found:
                return found
            last = found
        except (Failed, OSError) as error:
            last = error
        if time.monotonic() > until:
            raise Failed(f"waited {within:.0f} s for {what}; last: {last!r}")
        time.sleep(LOOK)


def holds_for(what, probe, seconds):
    """Looks for so long that `probe()` stays true."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        check(probe(), what, "holds no more")
        time.sleep(LOOK)


def free_port():
    """Gives a port of loopback that is free now; whoever binds it should bear that somebody else was quicker."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Process:
    """A program that runs, its output going to a file."""

    def __init__(self, name, command, log, cwd=None, env=None):
        self.name, self.log_path = name, pathlib.Path(log)
        self._log = open(log, "ab")
        self.log_start = self._log.tell()
        # Python has the signal of the limit for files ignored, and so does the program: a limit then is to it what a full disk is
        self._child = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            restore_signals=False,
        )

    @property
    def pid(self):
        return self._child.pid

    def is_running(self):
        return self._child.poll() is None

    def log(self):
        """Gives what this run of the program has printed."""
        return self.log_path.read_bytes()[self.log_start :].decode(errors="replace")

    def wait_for_line(self, pattern, within=PATIENCE):
        """Waits until a line of the output fits the pattern, and gives the match."""

        def probe():
            found = re.search(pattern, self.log(), re.MULTILINE)
            if not found and not self.is_running():
                raise RuntimeError(f"{self.name} ended with {self._child.returncode}:\n{self.log()[-2000:]}")
            return found

        return eventually(f"{pattern!r} of {self.name}", probe, within)

    def wait(self, within=PATIENCE):
        """Waits for the end and gives the exit code."""
        try:
            return self._child.wait(within)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name} did not end within {within:.0f} s") from None

    def terminate(self, within=PATIENCE):
        """Ends it by SIGTERM; gives the exit code and the seconds that it took."""
        began = time.monotonic()
        if self.is_running():
            self._child.send_signal(signal.SIGTERM)
        code = self.wait(within)
        self._log.close()
        return code, time.monotonic() - began

    def kill(self):
        """Ends it by SIGKILL."""
        if self.is_running():
            self._child.kill()
        self._child.wait(PATIENCE)
        self._log.close()


class Place:
    """A directory of its own with a configuration and a state directory, in which the real program runs."""

    def __init__(self, stack, name, binary=None):
        self.name = name
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"stancebot-e2e-{name}-"))
        self.binary = pathlib.Path(binary or os.environ.get("STANCEBOT_E2E_BINARY") or ROOT / "target/debug/stancebot").resolve()
        check(self.binary.is_file(), f"there is no program at {self.binary}: cargo build, or STANCEBOT_E2E_BINARY")
        self.env = {}
        self._stack, self._began = stack, False
        if os.environ.get("STANCEBOT_E2E_KEEP"):
            print(f"keeps {self.dir}", flush=True)
        else:
            stack.callback(shutil.rmtree, self.dir, ignore_errors=True)

    def configure(self, text):
        """Writes the configuration. Feeds on loopback and a quiet terminal are up to the text."""
        (self.dir / "stancebot.toml").write_text(text, encoding="utf-8")

    def _environment(self):
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("STANCEBOT_", "DISCORD_", "MATRIX_"))}
        return {**kept, "STANCEBOT_STATE_DIR": str(self.dir / "state"), "STANCEBOT_LOG": "info", "NO_COLOR": "1", **self.env}

    def start(self):
        """Starts the bot; it is killed at the end of the run if it is still there."""
        command = [self.binary, "--config", "stancebot.toml"]
        bot = Process("stancebot", command, self.dir / "stancebot.log", self.dir, self._environment())
        self._stack.callback(bot.kill)
        return bot

    def run(self, *arguments, within=PATIENCE, file_bytes_max=None):
        """Runs a one-shot command, if wanted where no file gets longer than so many bytes; gives its exit code and what it printed."""
        command = [str(self.binary), "--config", "stancebot.toml", *arguments]

        def limit():
            if file_bytes_max is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes_max, file_bytes_max))

        done = subprocess.run(
            command,
            cwd=self.dir,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=within,
            check=False,
            restore_signals=False,
            preexec_fn=limit,
        )
        return done.returncode, (done.stdout + done.stderr).decode(errors="replace")

    def is_well(self):
        """Tells whether `healthcheck` finds the bot alive and connected."""
        return self.run("healthcheck")[0] == 0


class Feed:
    """An RSS feed with its articles on a free port of loopback; entries can be added while the bot reads it."""

    def __init__(self, stack, title="The Daily Trial"):
        self.title, self.entries, self.asked = title, [], 0
        self._lock = threading.Lock()
        feed = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                with feed._lock:
                    kind, body = feed._answer(self.path)
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}/feed.xml"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        stack.callback(self._server.server_close)
        stack.callback(self._server.shutdown)

    def add(self, title, text, link=None):
        """Publishes an article, the newest first; with an address of its own, if it is to have one."""
        with self._lock:
            number = len(self.entries) + 1
            stamp = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
            self.entries.insert(0, (number, title, text, stamp, link))

    def wait_until_read(self, within=PATIENCE):
        """Waits until the bot has asked again."""
        asked = self.asked
        eventually(f"the bot to read {self.url}", lambda: self.asked > asked, within)

    def _answer(self, path):
        if path == "/feed.xml":
            self.asked += 1
            return "application/rss+xml", self._write().encode()
        for number, title, text, _, _ in self.entries:
            if path == f"/articles/{number}":
                page = f"<html><head><title>{html.escape(title)}</title></head><body><article><p>{html.escape(text)}</p></article></body></html>"
                return "text/html", page.encode()
        return "text/plain", b""

    def _write(self):
        items = "".join(
            f"<item><guid isPermaLink='false'>trial-{self.port}-{number}</guid><title>{html.escape(title)}</title>"
            f"<link>{html.escape(link or f'http://{self.host}/articles/{number}')}</link><pubDate>{stamp}</pubDate>"
            f"<description>{html.escape(f'<p>{html.escape(text)}</p>')}</description></item>"
            for number, title, text, stamp, link in self.entries
        )
        return (
            "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0'><channel>"
            f"<title>{html.escape(self.title)}</title><link>http://{self.host}/</link>{items}</channel></rss>"
        )


CASES = []


def case(words, begin=None):
    """Registers a function as a case; `words` say what holds. Cases run in the order in which they are written.

    A long one may begin before the first: `begin(world, stack)` is called then, and what it gives is handed to the case.
    """

    def register(function):
        CASES.append((words, function, begin))
        return function

    return register


def run_cases(platform, make_world):
    """Runs all cases in one world, which `make_world(stack)` makes; ends the program with 0 when all of them pass.

    A case after a failed one is still run: what fails only because of an earlier one says so by its own words. Words on the
    command line choose the cases whose names have one of them.
    """
    chosen = [found for found in CASES if not sys.argv[1:] or any(part in found[0] for part in sys.argv[1:])]
    failed, began = [], time.monotonic()
    with contextlib.ExitStack() as stack:
        world = make_world(stack)
        begun = {words: [begin(world, stack)] for words, _, begin in chosen if begin}
        for words, function, _ in chosen:
            started = time.monotonic()
            try:
                function(world, *begun.get(words, []))
                verdict = "PASS"
            except Exception as error:
                verdict = "FAIL"
                failed.append(words)
                if isinstance(error, Failed):
                    place = traceback.extract_tb(error.__traceback__)
                    line = next((frame.lineno for frame in place if frame.name == function.__name__), 0)
                    print(f"      line {line}: {error}", flush=True)
                else:
                    traceback.print_exc()
            print(f"{verdict}  {time.monotonic() - started:6.2f} s  {platform}: {words}", flush=True)
        if failed and hasattr(world, "explain"):
            print(world.explain(), flush=True)
    print(f"{platform}: {len(chosen) - len(failed)} of {len(chosen)} cases passed in {time.monotonic() - began:.1f} s", flush=True)
    sys.exit(1 if failed or not chosen else 0)
