"""Cases of the account's own keys: accounts that have some already, recovery keys that are wrong or gone, log-ins that fail, modes."""

import json
import os
import shutil

from frame import case, check, eventually
from matrix_trust import keys_of, signed_by

TAKEN_OVER = "the keys of the device before were taken over"


def kept(place):
    """Gives where a bot keeps session and keys."""
    return place.dir / "state/matrix"


def is_signed(world, place):
    """Tells whether the bot's device of now is signed with its account's keys."""
    user, device = world.server.user_id(place.name), json.loads((kept(place) / "session.json").read_text())["device_id"]
    asked = keys_of(world, user)
    master, own = next(iter(asked["master_keys"][user]["keys"].values())), asked["self_signing_keys"][user]
    signed_by(own, user, master)
    key = next(iter(own["keys"].values()))
    shown = asked["device_keys"][user][device]
    if f"ed25519:{key}" not in shown["signatures"][user]:
        return False
    signed_by(shown, user, key)
    return True


def used_account(world, name, has_backup):
    """Registers an account whose keys an app of its owner made; gives the owner, and a place for a bot of the account."""
    world.server.register(name)
    owner = world.human(name, "an app")
    owner.sign_device()
    if has_backup:
        owner.begin_backup()
    return owner, world.make_place(name)


def new_account(world, name):
    """Registers an account and logs its bot in; gives the place."""
    world.server.register(name)
    place = world.make_place(name)
    succeeds(place, "matrix", "login")
    return place


def succeeds(place, *arguments):
    code, said = place.run(*arguments)
    check(code == 0, f"exit code {code}: {said}")
    return said


def fails(place, code_wanted, *arguments):
    code, said = place.run(*arguments)
    check(code == code_wanted and "panicked" not in said, f"exit code {code}: {said}")
    return said


def lose_store(place):
    """Loses the library's store, and what was put aside."""
    for name in ("store", "store.old"):
        shutil.rmtree(kept(place) / name, ignore_errors=True)


def end_sessions(world, name):
    for device in world.server.devices(name):
        world.server.end_session(name, device)


def talk_encrypted(world, place):
    """Has a bot answer in an encrypted room, and ends it; gives its log."""
    bot, user = world.start_another(place), world.server.user_id(place.name)
    room = world.nell.make_room(user, encrypted=True)
    world.nell.wait_for_member(room, user)
    question = world.nell.say(room, "!stance kremlin")
    found = eventually("an answer", lambda: [event for event in world.nell.answers(room, user, question) if event.is_readable])
    check("oppose" in found[0].body.lower() and found[0].was_encrypted, found[0].body)
    check(bot.terminate()[0] == 0)
    return bot.log()


def tells_both_ways(said):
    check("stancebot matrix verify FILE" in said and "stancebot matrix verify --new-keys" in said, said)


@case("an account that has keys already, with a backup and without: both ways out are told, and nothing is reset unasked")
def used_before(world):
    for name, has_backup in (("wren", False), ("wagtail", True)):
        owner, place = used_account(world, name, has_backup)
        master, backup = owner.master_key(), owner.backup()
        tells_both_ways(succeeds(place, "matrix", "login"))
        tells_both_ways(fails(place, 1, "matrix", "verify"))
        check("stancebot matrix verify" in fails(place, 1, "check", "--online"))
        tells_both_ways(talk_encrypted(world, place))
        check(owner.master_key() == master, "the account has other keys")
        check(backup is None or owner.backup() == backup, "the account has another backup")
        check(owner.secret_storage() is None, "secrets were stored without the account's keys")
        check(not (kept(place) / "recovery_key").exists(), "there is a recovery key that brings nothing back")
        check(not is_signed(world, place))
        owner.end()


@case("new keys on request: the device is signed, answers can be read, and the new recovery key works; a wrong password changes nothing")
def new_keys(world):
    for name, has_backup in (("finch", False), ("fieldfare", True)):
        owner, place = used_account(world, name, has_backup)
        succeeds(place, "matrix", "login")
        before = owner.master_key(), owner.backup(), owner.secret_storage()
        password = place.env.pop("MATRIX_PASSWORD")
        check("MATRIX_PASSWORD" in fails(place, 5, "matrix", "verify", "--new-keys"))
        place.env["MATRIX_PASSWORD"] = "not this one"
        check("MATRIX_PASSWORD" in fails(place, 5, "matrix", "verify", "--new-keys"))
        check((owner.master_key(), owner.backup(), owner.secret_storage()) == before, "something was changed")
        tells_both_ways(fails(place, 1, "matrix", "verify"))
        place.env["MATRIX_PASSWORD"] = password
        fails(place, 2, "matrix", "verify", "--new-keys", "a file")
        said = succeeds(place, "matrix", "verify", "--new-keys")
        check("recovery key was written" in said and password not in said, said)
        master = owner.master_key()
        check(master != before[0] and owner.backup() not in (None, before[1]) and owner.secret_storage(), "the keys are those of before")
        check(is_signed(world, place))
        check("--new-keys" not in talk_encrypted(world, place), "it is told again")
        lose_store(place)
        succeeds(place, "matrix", "login")
        check(is_signed(world, place) and owner.master_key() == master, "the recovery key did not bring the keys back")
        owner.end()


@case("new keys that the password does not allow leave a bot that had its keys as it was")
def refused_new_keys(world):
    place = new_account(world, "dunnock")
    key = (kept(place) / "recovery_key").read_text()
    password, place.env["MATRIX_PASSWORD"] = place.env["MATRIX_PASSWORD"], "not this one"
    fails(place, 5, "matrix", "verify", "--new-keys")
    place.env["MATRIX_PASSWORD"] = password
    check((kept(place) / "recovery_key").read_text() == key)
    said = succeeds(place, "matrix", "verify")
    check("--new-keys" not in said and is_signed(world, place), said)


@case("a recovery key from a file is tried first: one that does not work changes nothing and is told, one that works is kept")
def tried_first(world):
    place, other = new_account(world, "robin"), new_account(world, "redstart")
    key = (kept(place) / "recovery_key").read_text()
    wrong, right = [place.dir / "another account's key", place.dir / "no key"], place.dir / "a copy"
    wrong[0].write_text((kept(other) / "recovery_key").read_text())
    wrong[1].write_text("this is no key\n")
    right.write_text(key)
    # every secret is here; a new device has none
    for device in (place, world.make_place("robin")):
        if device is not place:
            tells_both_ways(succeeds(device, "matrix", "login"))
        for file in wrong:
            check(str(file) in fails(device, 1, "matrix", "verify", str(file)))
            if device is place:
                check((kept(device) / "recovery_key").read_text() == key, "the good key is gone")
                check("does not work" not in succeeds(device, "matrix", "verify"))
            else:
                check(not (kept(device) / "recovery_key").exists(), "a key that does not work is kept")
        fails(device, 1, "matrix", "verify", str(device.dir / "no file"))
        succeeds(device, "matrix", "verify", str(right))
        check((kept(device) / "recovery_key").read_text() == key and is_signed(world, device))


@case("a backup that a device began before it had the recovery key is stored under it")
def late_recovery_key(world):
    key = (kept(new_account(world, "bunting")) / "recovery_key").read_text()
    owner, place = world.human("bunting", "an app"), world.make_place("bunting")
    owner.api("DELETE", "room_keys", "version", owner.backup())
    tells_both_ways(succeeds(place, "matrix", "login"))
    backup = check(owner.backup(), "the device began no backup")
    (place.dir / "a copy").write_text(key)
    succeeds(place, "matrix", "verify", str(place.dir / "a copy"))
    lose_store(place)
    said = succeeds(place, "matrix", "login")
    check("made elsewhere" not in said and owner.backup() == backup, said)
    owner.end()


@case("a recovery key that is gone, or could not be written, is made anew, and works when the store is lost")
def made_anew(world):
    world.server.register("siskin")
    place = world.make_place("siskin")
    file = kept(place) / "recovery_key"
    # no file can be put where a directory is
    file.mkdir(parents=True)
    check("cannot be written" in succeeds(place, "matrix", "login"))
    file.rmdir()
    check("stancebot matrix verify" in succeeds(place, "check", "--online"))
    check("recovery key was written" in succeeds(place, "matrix", "verify"))
    first, copy = file.read_text(), place.dir / "a copy"
    copy.write_text(first)
    file.unlink()
    # it may have been put into a safe place: it works until another is asked for
    bot = world.start_another(place)
    check(bot.terminate()[0] == 0 and not file.exists())
    succeeds(place, "matrix", "verify", str(copy))
    check(file.read_text() == first)
    file.unlink()
    check("do not work any more" in succeeds(place, "matrix", "verify"))
    check(file.read_text() != first)
    fails(place, 1, "matrix", "verify", str(copy))
    lose_store(place)
    succeeds(place, "matrix", "login")
    check(is_signed(world, place))
    check("written" not in succeeds(place, "matrix", "verify"), "it is made anew each time")


@case("log-ins that fail do not cost the keys of the device before")
def failed_log_ins(world):
    place = new_account(world, "thrush")
    talk_encrypted(world, place)
    end_sessions(world, "thrush")
    password, place.env["MATRIX_PASSWORD"] = place.env["MATRIX_PASSWORD"], "not this one"
    for _ in range(2):
        fails(place, 5, "matrix", "login")
    place.env["MATRIX_PASSWORD"] = password
    world.proxy.limit(r"/login$", "POST", times=10_000, retry_ms=10)
    for _ in range(2):
        fails(place, 1, "matrix", "login")
    world.proxy.clear()
    said = succeeds(place, "matrix", "login")
    check(TAKEN_OVER in said and is_signed(world, place), said)
    # a bot that tries again and again by itself
    end_sessions(world, "thrush")
    (kept(place) / "session.json").unlink()
    fault = world.proxy.fail(r"/login$", "POST", 9, status=503)
    bot = world.start_another(place)
    check(fault.met == 9 and TAKEN_OVER in bot.log(), f"{fault.met}: {bot.log()[-3000:]}")
    check(bot.terminate()[0] == 0)
    world.proxy.clear()


@case("a log-in that was cut off after the session was kept takes the keys over at the next start")
def cut_off_log_in(world):
    place = new_account(world, "nuthatch")
    talk_encrypted(world, place)
    end_sessions(world, "nuthatch")
    # as it stands between the two
    (kept(place) / "store").rename(place.dir / "before")
    check(TAKEN_OVER not in succeeds(place, "matrix", "login"))
    (place.dir / "before").rename(kept(place) / "store.old")
    (kept(place) / "store/unfinished").touch()
    for is_first in (True, False):
        bot = world.start_another(place)
        check((TAKEN_OVER in bot.log()) == is_first, bot.log())
        check(bot.terminate()[0] == 0)


@case("a directory of keys that others could enter is closed to them, and so are the files in it")
def modes(world):
    key = (kept(new_account(world, "linnet")) / "recovery_key").read_text()
    place = world.make_place("linnet")
    kept(place).mkdir(parents=True)
    (kept(place) / "recovery_key").write_text(key)
    wide = {".": 0o755, "recovery_key": 0o644, "session.json": 0o644}

    def widen():
        for name, mode in wide.items():
            if (kept(place) / name).exists():
                os.chmod(kept(place) / name, mode)

    for arguments in (("matrix", "login"), ("matrix", "verify")):
        widen()
        succeeds(place, *arguments)
        found = {name: os.stat(kept(place) / name).st_mode & 0o777 for name in wide}
        check(found == {".": 0o700, "recovery_key": 0o600, "session.json": 0o600}, {name: oct(mode) for name, mode in found.items()})
    check(is_signed(world, place))
