"""Cases of what the bot keeps on disk: new log-ins between sending and marking, a store that is lost or does not fit, a full disk."""

import os
import resource
import shutil

from frame import case, check, eventually
from matrix_delivery import each_once, followed, publish, sending_to
from matrix_rooms import EACH

# How keys get into the backup at the server, which is too late for those of the moment before a process ends.
BACKUP = (r"/room_keys/keys", "PUT")
# Bytes that a log may still grow by where nothing else can be written.
LOG_ROOM = 64 * 1024


def end_sessions(world):
    for device in world.server.devices("herald"):
        world.server.end_session("herald", device)


def log_in_anew(world):
    """Ends the session of a bot that does not run, logs it in on a new device, and starts it."""
    end_sessions(world)
    code, said = world.place.run("matrix", "login")
    check(code == 0, said)
    world.start()


def cut_off(world, room, begin):
    """Begins something that makes the bot send to a room, and kills the bot between sending and marking; gives what was begun."""
    hold = world.proxy.hold(sending_to(room), "PUT")
    begun = begin()
    hold.wait()
    world.bot.kill()
    world.proxy.release(hold)
    return begun


@case("a new log-in between sending and marking: every alert and every answer exactly once, though the server knows no old transaction")
def new_device(world):
    world.proxy.fail(*BACKUP, 10_000, status=503)
    rooms = [followed(world, encrypted, "a new log-in") for encrypted in EACH]
    for room in rooms:
        words = cut_off(world, room, lambda: publish(world))
        log_in_anew(world)
        for each in rooms:
            each_once(world, world.bo, each, [words])
        question = cut_off(world, room, lambda room=room: world.bo.say(room, "!stance kremlin"))
        log_in_anew(world)
        check("oppose" in world.answer(world.bo, room, question).body.lower())
        world.fence(world.bo, room)
        check(len(world.bo.answers(room, world.bot_id, question)) == 1, "answered twice")
    world.proxy.clear()


@case("a new log-in without the keys of before: what may stand in an encrypted room twice is said to")
def lost_keys(world):
    world.proxy.fail(*BACKUP, 10_000, status=503)
    room = followed(world, True, "lost keys")
    words = cut_off(world, room, lambda: publish(world))
    shutil.rmtree(world.place.dir / "state/matrix/store")
    log_in_anew(world)
    world.proxy.clear()
    eventually("an empty outbox", lambda: world.is_all_posted(room))
    world.fence(world.bo, room)
    found = world.alerts(world.bo, room, words)
    check(len(found) == 1 or (len(found) == 2 and "may stand in its room twice" in world.bot.log()), f"{len(found)} alerts with {words!r}")


@case("a store that is lost, damaged or of another device, and a session file that is none, are told with what to do, by a code of their own")
def unfit_store(world):
    world.start()
    world.stop()
    place = world.place.dir / "state/matrix"
    kept = world.place.dir / "kept"
    shutil.copytree(place, kept)

    def is_told(code_wanted, *words):
        code, said = world.place.run()
        check(code == code_wanted, f"exit code {code}: {said[-1500:]}")
        check(all(word in said for word in words) and "panicked" not in said, said[-1500:])
        shutil.rmtree(place)
        shutil.copytree(kept, place)

    shutil.rmtree(place / "store")
    is_told(8, "keys are gone", "stancebot matrix login")
    for file in (place / "store").glob("*.sqlite3*"):
        file.unlink() if file.suffix != ".sqlite3" else file.write_bytes(b"no database at all " * 500)
    is_told(4, "store of Matrix", "stancebot matrix login")
    (place / "session.json").write_text("{")
    is_told(8, "session.json", "stancebot matrix login")
    session = (place / "session.json").read_text()
    (place / "session.json").write_text(session.replace(world.bot_id, world.bo.id))
    is_told(8, world.bo.id, "stancebot matrix log")
    device = world.server.devices("herald")[0]
    (place / "session.json").write_text(session.replace(device, "ANOTHERONE"))
    is_told(8, "does not fit its keys", "stancebot matrix login")
    shutil.rmtree(kept)
    # as it was, it works as before
    world.start()
    world.fence(world.bo, world.room(True))


@case("a state directory that cannot be written to is told with its name, by a code of its own")
def unwritable(world):
    place, devices = world.make_place("crier"), world.server.devices("crier")
    (place.dir / "state").write_text("a file where a directory has to be")
    code, said = place.run()
    check(code == 4 and f"{place.dir}/state" in said, f"{code}: {said}")
    (place.dir / "state").unlink()
    (place.dir / "state").mkdir()
    (place.dir / "state/matrix").write_text("a file where a directory has to be")
    code, said = place.run()
    check(code == 4 and "state/matrix" in said, f"{code}: {said}")
    code, said = place.run("matrix", "login")
    check(code == 4 and "state/matrix" in said, f"{code}: {said}")
    check(world.server.devices("crier") == devices, "a log-in whose session cannot be kept was made")
    # no byte more in any file
    (place.dir / "state/matrix").unlink()
    code, said = place.run(file_bytes_max=0)
    check(code == 4 and "panicked" not in said, f"{code}: {said}")


@case("a disk that is full for a while: it is said, nothing is lost, and nothing comes twice when there is room again")
def full_disk(world):
    rooms = [followed(world, encrypted) for encrypted in EACH]
    for room in rooms:
        world.fence(world.bo, room)
    unlimited = resource.prlimit(world.bot.pid, resource.RLIMIT_FSIZE)
    before = len(world.bot.log())
    resource.prlimit(world.bot.pid, resource.RLIMIT_FSIZE, (os.path.getsize(world.bot.log_path) + LOG_ROOM, unlimited[1]))
    asked = []

    def is_said():
        asked.append((rooms[len(asked) % 2], world.bo.say(rooms[len(asked) % 2], "!stance kremlin")))
        return "cannot be read or written" in world.bot.log()[before:]

    eventually("the bot to say that it cannot write", is_said)
    words = [publish(world)]
    check(world.bot.is_running(), world.bot.log()[-3000:])
    resource.prlimit(world.bot.pid, resource.RLIMIT_FSIZE, unlimited)
    for room, question in asked:
        world.answer(world.bo, room, question, within=90)
    for room in rooms:
        each_once(world, world.bo, room, words)
    for room, question in asked:
        check(len(world.bo.answers(room, world.bot_id, question)) == 1, "answered twice")
