"""A Synapse on loopback: users registered, rates set, restarted on the same database and port, ended by its own process id.

It has no federation and asks nobody. `call` is the plain client API, for what a human does without encryption.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import sys
import urllib.error
import urllib.request
from urllib.parse import quote

from frame import Failed, Process, eventually, free_port

SERVER_NAME = "trial.local"
# No limits for the people of a run; the bot alone gets tight ones, by `limited`.
UNLIMITED = {"per_second": 100_000, "burst_count": 100_000}
# A start on a loaded machine takes some seconds, with the first schema some more.
START_SECONDS = 90
# Ports are chosen before they are bound; somebody else can be quicker.
START_TRIES = 5


def call(method, url, body=None, token=None, timeout=60):
    """Asks once; gives status and answer, also for an error."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=timeout) as answer:
            return answer.status, json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"{}")


def path(*parts):
    """Gives a path of the client API with its parts escaped."""
    return "/_matrix/client/v3/" + "/".join(quote(part, safe="") for part in parts)


class Synapse:
    """One homeserver in a directory of its own."""

    def __init__(self, stack, directory):
        self.dir, self.port = directory, 0
        self.dir.mkdir(parents=True, exist_ok=True)
        self._secret = os.urandom(24).hex()
        self._process, self._rates = None, {}
        stack.callback(self.kill)
        for left in reversed(range(START_TRIES)):
            self.port = free_port()
            try:
                self._start()
                break
            except RuntimeError as error:
                if not left or "already in use" not in str(error):
                    raise
        self.register("warden", admin=True)
        self.admin = self.login("warden")["access_token"]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self._process.pid

    def _configure(self):
        rates = {
            key: UNLIMITED
            for key in ("rc_message", "rc_registration", "rc_admin_redaction", "rc_joins_per_room", "rc_room_creation", "rc_media_create")
        }
        rates["rc_login"] = dict.fromkeys(("address", "account", "failed_attempts"), UNLIMITED)
        rates["rc_joins"] = dict.fromkeys(("local", "remote"), UNLIMITED)
        rates["rc_invites"] = dict.fromkeys(("per_room", "per_user", "per_issuer"), UNLIMITED)
        secret = self._secret.encode()
        settings = {
            "server_name": SERVER_NAME,
            "public_baseurl": f"{self.url}/",
            "pid_file": str(self.dir / "homeserver.pid"),
            "report_stats": False,
            "listeners": [
                {
                    "port": self.port,
                    "type": "http",
                    "tls": False,
                    "bind_addresses": ["127.0.0.1"],
                    "resources": [{"names": ["client"], "compress": False}],
                }
            ],
            "federation_domain_whitelist": [],
            "trusted_key_servers": [],
            "suppress_key_server_warning": True,
            "url_preview_enabled": False,
            "presence": {"enabled": False},
            "push": {"enabled": False},
            "user_directory": {"enabled": False},
            "bcrypt_rounds": 4,
            "database": {"name": "sqlite3", "args": {"database": str(self.dir / "homeserver.db")}},
            "log_config": str(self.dir / "log.yaml"),
            "media_store_path": str(self.dir / "media"),
            "signing_key_path": str(self.dir / "signing.key"),
            "registration_shared_secret": self._secret,
            "macaroon_secret_key": hashlib.sha256(b"macaroon" + secret).hexdigest(),
            "form_secret": hashlib.sha256(b"form" + secret).hexdigest(),
            **rates,
            **self._rates,
        }
        log = {
            "version": 1,
            "formatters": {"plain": {"format": "%(asctime)s %(name)s %(levelname)s %(message)s"}},
            "handlers": {"file": {"class": "logging.FileHandler", "formatter": "plain", "filename": str(self.dir / "homeserver.log")}},
            "root": {"level": "WARNING", "handlers": ["file"]},
            "disable_existing_loggers": False,
        }
        # JSON is YAML
        (self.dir / "homeserver.yaml").write_text(json.dumps(settings, indent=1))
        (self.dir / "log.yaml").write_text(json.dumps(log))
        key = self.dir / "signing.key"
        if not key.exists():
            key.write_text("ed25519 a_trial " + base64.b64encode(os.urandom(32)).decode().rstrip("=") + "\n")

    def _start(self):
        self._configure()
        env = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        command = [sys.executable, "-m", "synapse.app.homeserver", "-c", self.dir / "homeserver.yaml"]
        self._process = Process("synapse", command, self.dir / "synapse.log", self.dir, env)

        def answers():
            if not self._process.is_running():
                raise RuntimeError(f"Synapse ended:\n{self._process.log()[-3000:]}")
            return call("GET", f"{self.url}/_matrix/client/versions", timeout=2)[0] == 200

        eventually("Synapse", answers, START_SECONDS)

    def stop(self):
        """Ends it by SIGTERM."""
        self._process.terminate()

    def kill(self):
        """Ends it by SIGKILL."""
        if self._process:
            self._process.kill()

    def start(self):
        """Starts it again on the same port and database."""
        self._start()

    def user_id(self, name):
        return f"@{name}:{SERVER_NAME}"

    def password(self, name):
        return f"{name}-{self._secret[:12]}"

    def register(self, name, admin=False):
        """Registers a user."""
        url = f"{self.url}/_synapse/admin/v1/register"
        nonce = call("GET", url)[1]["nonce"]
        words = "\0".join([nonce, name, self.password(name), "admin" if admin else "notadmin"])
        mac = hmac.new(self._secret.encode(), words.encode(), hashlib.sha1).hexdigest()
        # no device comes into being by it, so that those that are there are those of the case
        body = {"nonce": nonce, "username": name, "password": self.password(name), "admin": admin, "mac": mac, "inhibit_login": True}
        status, answer = call("POST", url, body)
        if status != 200:
            raise Failed(f"{name} cannot be registered: {status} {answer}")

    def login(self, name, device_name="another device"):
        """Logs a user in on a new device and gives what the server says of it."""
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": name},
            "password": self.password(name),
            "initial_device_display_name": device_name,
        }
        return self.api("POST", path("login"), body)

    def api(self, method, where, body=None, token=None):
        """Asks and gives the answer; an error fails."""
        status, answer = call(method, self.url + where, body, token)
        if status != 200:
            raise Failed(f"{method} {where}: {status} {answer}")
        return answer

    def as_admin(self, method, where, body=None):
        """Asks the server's own API as its administrator."""
        return self.api(method, f"/_synapse/admin/{where}", body, self.admin)

    @contextlib.contextmanager
    def limited(self, user, **rates):
        """Restarts the server with limits of its own, which hold for one user; without them again in the end."""
        others = [known["name"] for known in self.as_admin("GET", "v2/users?limit=1000")["users"] if known["name"] != user]
        for other in others:
            # none at all
            self.as_admin("POST", f"v1/users/{quote(other)}/override_ratelimit", {"messages_per_second": 0, "burst_count": 0})
        try:
            self._rates = rates
            self.stop()
            self.start()
            yield
        finally:
            self._rates = {}
            self.stop()
            self.start()

    def devices(self, name):
        """Gives the ids of a user's devices."""
        answer = self.as_admin("GET", f"v2/users/{quote(self.user_id(name))}/devices")
        return [device["device_id"] for device in answer["devices"]]

    def end_session(self, name, device):
        """Takes a device's token away, as a log-out elsewhere does."""
        self.as_admin("DELETE", f"v2/users/{quote(self.user_id(name))}/devices/{quote(device)}")

    def log_tail(self):
        """Gives the end of what it wrote."""
        log = self.dir / "homeserver.log"
        return (log.read_text(errors="replace") if log.exists() else "")[-3000:]
