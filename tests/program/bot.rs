//! Starts the program in a directory of its own and waits for it, never longer than a bound.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Longest time a test waits for the program: a loaded machine in a debug build takes a few seconds.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// Time between two looks at a process that should end.
const LOOK: Duration = Duration::from_millis(10);

/// A directory with a state directory, and perhaps a configuration of its own.
pub struct Place {
    dir: tempfile::TempDir,
    config: PathBuf,
}

impl Place {
    /// Uses the shipped configuration.
    pub fn shipped() -> Self {
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/stancebot.toml");
        Self { dir: tempfile::tempdir().unwrap(), config }
    }

    /// Writes a configuration of its own; `@` in it stands for the directory.
    pub fn configured(config: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("stancebot.toml");
        std::fs::write(&path, config.replace('@', &dir.path().display().to_string())).unwrap();
        Self { dir, config: path }
    }

    /// Gives a path in the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Makes a command of the program that runs in the project's directory with the state kept here.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stancebot"));
        command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("STANCEBOT_STATE_DIR", self.path("state"))
            .env_remove("STANCEBOT_LOG")
            .env_remove("STANCEBOT_CONFIG")
            .env("NO_COLOR", "1")
            .arg("--config")
            .arg(&self.config)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program without `--config` in a directory below this one.
    pub fn run_in(&self, dir: &str, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stancebot"));
        command.current_dir(self.path(dir)).env_remove("STANCEBOT_CONFIG").args(arguments);
        finish(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// Runs the program with an input to its end.
    pub fn run(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self.command(arguments).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        let writer = std::thread::spawn(move || {
            // A program that ended before it read everything is judged by its exit code.
            let _ = stdin.write_all(input.as_bytes());
        });
        let ran = finish(child);
        writer.join().unwrap();
        ran
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Fails the test unless the run ended with this exit code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }
}

/// Waits for a process, reading what it prints; ends it when it takes too long.
pub fn finish(mut child: Child) -> Ran {
    let mut pipes = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let out = std::thread::spawn(move || read_all(&mut pipes.0));
    let err = std::thread::spawn(move || read_all(&mut pipes.1));
    let code = wait(&mut child, PATIENCE);
    if code.is_none() {
        let _ = child.kill();
        let _ = child.wait();
    }
    Ran { code: code.flatten(), out: out.join().unwrap(), err: err.join().unwrap() }
}

/// Waits for a process at most so long; the outer `None` means that it still runs, the inner that a signal ended it.
pub fn wait(child: &mut Child, at_most: Duration) -> Option<Option<i32>> {
    let until = Instant::now() + at_most;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status.code());
        }
        if Instant::now() > until {
            return None;
        }
        std::thread::sleep(LOOK);
    }
}

fn read_all(pipe: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = pipe.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Gives the output of a system command.
pub fn system(program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().unwrap()
}

/// Gives the statement ids that alerts name: the number after `!why`.
pub fn alerted(out: &str) -> Vec<u64> {
    out.match_indices("!why ")
        .filter_map(|(at, found)| {
            let digits: String = out[at + found.len()..].chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        })
        .collect()
}
