//! The terminal as a chat: each line is a command, with or without the prefix; answers and alerts are printed.
//!
//! On a terminal there is line editing, a history and a prompt that alerts do not garble. From a pipe or a file each line is read
//! as it is, blank lines and lines that start with `#` are passed over, and the end of the input ends the console. The person at
//! the terminal is the operator. No command's logic is here.

mod input;
mod shown;

use super::{Answerer, FaceError, Platform, SendError, Sent};
use crate::commands::{Address, Incoming, Permission};
use crate::model::{ChannelId, OutboxId};
use crate::reply::plain::{Bait, Colour, Layout, render};
use crate::reply::{Inline, Reply, Tone};
use async_trait::async_trait;
use input::{Input, Line, Printer, Reader};
use shown::Shown;
use std::io::{BufRead, ErrorKind, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// The platform's name in [`ChannelId::platform`], and the name of its only room.
pub const TERMINAL: &str = "terminal";
/// The file in the state directory that keeps what was typed.
const HISTORY_FILE: &str = "prompt-history";
/// Columns when the output is a terminal whose width is not known, and the most that lines are wrapped at: longer ones read badly.
const WIDTH_MAX: u16 = 110;
/// Longest wait for one answer; a command takes milliseconds, so this only ends what hangs.
const ANSWER_WAIT: Duration = Duration::from_secs(60);
/// Longest wait for an alert to be printed: a terminal that was stopped (Ctrl-S) or a full pipe.
const PRINT_WAIT: Duration = Duration::from_secs(10);

/// What the console needs to know.
#[derive(Clone, Debug)]
pub struct ConsoleOptions {
    /// What a command may start with.
    pub prefix: String,
    /// Where the history of the prompt is kept.
    pub state_dir: PathBuf,
    /// Whether colours are wanted; they are written only where the output is a terminal.
    pub colour: Colour,
    /// Turns true when there is something to answer from: the first line is answered then.
    pub ready: watch::Receiver<bool>,
}

/// Gives the terminal's channel.
pub fn terminal_channel() -> ChannelId {
    ChannelId { platform: TERMINAL.to_owned(), room: TERMINAL.to_owned() }
}

/// The terminal as a chat.
pub struct Console {
    options: ConsoleOptions,
    input: Mutex<Option<Input>>,
    screen: Arc<Screen>,
    echo: Echo,
    shown: Arc<Mutex<Shown>>,
    /// What asks for the next page of the last answer.
    next_page: Mutex<Option<String>>,
}

/// Whether lines are printed before their answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Echo {
    /// They are, so that a transcript can be read.
    Lines,
    /// They stand there already, the user typed them.
    Nothing,
}

impl Console {
    /// Takes standard input and output. The line editor is used when both are terminals.
    pub fn new(options: ConsoleOptions) -> Self {
        let is_screen = std::io::stdout().is_terminal();
        let is_typed = is_screen && std::io::stdin().is_terminal();
        let input = if is_typed {
            Input::Terminal(options.state_dir.join(HISTORY_FILE))
        } else {
            Input::Lines(Box::new(std::io::BufReader::new(std::io::stdin())))
        };
        let colour = if is_screen { options.colour } else { Colour::Off };
        let screen = Screen::new(Box::new(std::io::stdout()), colour);
        screen.width.store(if is_screen { WIDTH_MAX } else { 0 }, Ordering::Relaxed);
        let shown = Arc::new(Mutex::new(Shown::open(&options.state_dir)));
        Self { shown, ..Self::over(options, (input, if is_typed { Echo::Nothing } else { Echo::Lines }), screen) }
    }

    /// Takes any input and output, as a pipe is treated: no line editor, no wrapping, no colours; nothing is kept in files.
    pub fn with(options: ConsoleOptions, input: Box<dyn BufRead + Send>, output: Box<dyn Write + Send>) -> Self {
        Self::over(options, (Input::Lines(input), Echo::Lines), Screen::new(output, Colour::Off))
    }

    fn over(options: ConsoleOptions, (input, echo): (Input, Echo), screen: Screen) -> Self {
        let (input, screen) = (Mutex::new(Some(input)), Arc::new(screen));
        let shown = Arc::default();
        Self { options, input, screen, echo, shown, next_page: Mutex::default() }
    }

    /// Tells whether a line is for the bot: blank ones and comments are not.
    fn is_command(&self, line: &str) -> bool {
        let line = line.trim_start();
        let prefix = self.options.prefix.as_str();
        !line.is_empty() && (!line.starts_with('#') || prefix.starts_with('#') && line.starts_with(prefix))
    }

    async fn answer(&self, answerer: &dyn Answerer, text: String) -> Option<Reply> {
        let incoming = Incoming {
            channel: terminal_channel(),
            server: None,
            user: TERMINAL.to_owned(),
            user_name: String::new(),
            permission: Permission::Operator,
            power: None,
            event: None,
            next_page: self.next_page.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            address: Address::Direct,
            text,
        };
        let waited = tokio::time::timeout(ANSWER_WAIT, answerer.answer(incoming)).await;
        if let Ok(Some(Reply { paging: Some(paging), .. })) = &waited {
            *self.next_page.lock().unwrap_or_else(PoisonError::into_inner) = paging.next();
        }
        waited.unwrap_or_else(|_| {
            Some(Reply::line(Tone::Fault, vec![Inline::text("That took too long and was given up; please try again.")]))
        })
    }

    /// Answers lines until the input ends.
    async fn converse(&self, answerer: &dyn Answerer, reader: &mut Reader) -> Result<(), FaceError> {
        loop {
            let text = match reader.next().await {
                Line::Text(text) => text,
                Line::End => return Ok(()),
                Line::Failed(reason) => return Err(FaceError::Failed(reason)),
            };
            if !self.is_command(&text) {
                continue;
            }
            let asked = match self.echo {
                Echo::Lines => format!("> {}\n", shown_line(&text)),
                Echo::Nothing => String::new(),
            };
            let answer = self.answer(answerer, text).await;
            let answer = answer.map(|reply| render(&reply, self.screen.layout())).unwrap_or_default();
            match self.print(Place::Below, format!("{asked}{answer}\n")).await {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                Err(error) => return Err(FaceError::Failed(format!("standard output cannot be written: {error}"))),
            }
        }
    }

    async fn print(&self, place: Place, text: String) -> std::io::Result<()> {
        let screen = Arc::clone(&self.screen);
        let printed = tokio::task::spawn_blocking(move || screen.print(place, &text)).await;
        printed.unwrap_or_else(|error| Err(std::io::Error::other(error)))
    }
}

#[async_trait]
impl Platform for Console {
    fn name(&self) -> &'static str {
        TERMINAL
    }

    async fn run(&self, answerer: Arc<dyn Answerer>, mut stop: watch::Receiver<bool>) -> Result<(), FaceError> {
        let taken = self.input.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(input) = taken else { return Err(FaceError::Failed("the terminal is already in use".to_owned())) };
        let mut ready = self.options.ready.clone();
        tokio::select! {
            biased;
            () = turned_true(&mut stop) => return Ok(()),
            () = turned_true(&mut ready) => {}
        }
        let _restored = Restored::remember(&input);
        let width = Arc::clone(&self.screen.width);
        let mut reader = Reader::start(input, width, |printer| self.screen.set_printer(printer)).map_err(FaceError::Failed)?;
        tokio::select! {
            biased;
            () = turned_true(&mut stop) => Ok(()),
            ended = self.converse(answerer.as_ref(), &mut reader) => ended,
        }
    }

    async fn post(&self, _channel: &ChannelId, id: OutboxId, reply: &Reply) -> Result<Sent, SendError> {
        let title = if reply.tone == Tone::Alert { "Alert: " } else { "" };
        let text = format!("{title}{}\n", render(reply, self.screen.layout()));
        let (screen, shown) = (Arc::clone(&self.screen), Arc::clone(&self.shown));
        // Printing and remembering stand in one piece of work, so that giving up the wait parts them as little as a crash may.
        let printing = tokio::task::spawn_blocking(move || {
            let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
            if !shown.contains(id) {
                screen.print(Place::Above, &text)?;
                shown.insert(id);
            }
            Ok(())
        });
        let printed: Result<Result<std::io::Result<()>, _>, _> = tokio::time::timeout(PRINT_WAIT, printing).await;
        match printed {
            Ok(Ok(Ok(()))) => Ok(Sent::default()),
            Ok(Ok(Err(error))) => Err(SendError::Retry { reason: format!("standard output cannot be written: {error}"), after: None }),
            Ok(Err(error)) => Err(SendError::Retry { reason: error.to_string(), after: None }),
            // It stands in the terminal's queue and is remembered when it is printed.
            Err(_) => Err(SendError::Retry { reason: "standard output takes nothing".to_owned(), after: Some(PRINT_WAIT) }),
        }
    }
}

/// Waits until the value is true, or nobody can change it any more.
async fn turned_true(value: &mut watch::Receiver<bool>) {
    // an error means that the sender is gone, which ends the wait as well
    let _ = value.wait_for(|is_true| *is_true).await;
}

/// Gives a line as it may be printed back: cleaned, and not endless.
fn shown_line(line: &str) -> String {
    const CHARS: usize = 200;
    let clean = crate::reply::clean(line.trim());
    match clean.char_indices().nth(CHARS) {
        Some((end, _)) => format!("{}…", clean.get(..end).unwrap_or("")),
        None => clean.into_owned(),
    }
}

/// Where a text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Where the cursor is: no line is being edited.
    Below,
    /// Above the line that may be being edited.
    Above,
}

/// The output, one whole text at a time.
struct Screen {
    output: Mutex<Box<dyn Write + Send>>,
    printer: Mutex<Option<Printer>>,
    width: Arc<AtomicU16>,
    colour: Colour,
}

impl Screen {
    fn new(output: Box<dyn Write + Send>, colour: Colour) -> Self {
        Self { output: Mutex::new(output), printer: Mutex::default(), width: Arc::default(), colour }
    }

    fn set_printer(&self, printer: Printer) {
        *self.printer.lock().unwrap_or_else(PoisonError::into_inner) = Some(printer);
    }

    fn layout(&self) -> Layout {
        let width = self.width.load(Ordering::Relaxed);
        Layout { width: (width > 0).then(|| width.min(WIDTH_MAX)), colour: self.colour, bait: Bait::Keep }
    }

    fn print(&self, place: Place, text: &str) -> std::io::Result<()> {
        if place == Place::Above {
            let mut printer = self.printer.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(printer) = printer.as_mut() {
                return printer.print(text.to_owned()).map_err(std::io::Error::other);
            }
        }
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        output.write_all(text.as_bytes())?;
        output.flush()
    }
}

/// Puts the terminal back as it was when it goes out of scope: the editor's thread may still wait for a key then.
struct Restored {
    #[cfg(unix)]
    was: Option<nix::sys::termios::Termios>,
}

impl Restored {
    #[cfg(unix)]
    fn remember(input: &Input) -> Self {
        let is_terminal = matches!(input, Input::Terminal(_));
        Self { was: if is_terminal { nix::sys::termios::tcgetattr(std::io::stdin()).ok() } else { None } }
    }

    #[cfg(not(unix))]
    fn remember(_input: &Input) -> Self {
        Self {}
    }
}

#[cfg(unix)]
impl Drop for Restored {
    fn drop(&mut self) {
        use nix::sys::termios::{SetArg, tcsetattr};
        if let Some(was) = &self.was {
            let restored = tcsetattr(std::io::stdin(), SetArg::TCSANOW, was);
            // bracketed paste off, and a fresh line for the shell
            let ended = std::io::stdout().write_all(b"\x1b[?2004l\r\n").and_then(|()| std::io::stdout().flush());
            if restored.is_err() || ended.is_err() {
                tracing::debug!("the terminal could not be put back");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::Block;
    use futures_util::FutureExt;
    use std::io::Cursor;

    struct Repeats;

    #[async_trait]
    impl Answerer for Repeats {
        async fn answer(&self, incoming: Incoming) -> Option<Reply> {
            assert_eq!((incoming.permission, incoming.address), (Permission::Operator, Address::Direct));
            Some(Reply::line(Tone::Answer, vec![Inline::text(format!("heard {}", incoming.text))]))
        }
    }

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Paper {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    struct Broken;

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn options(ready: watch::Receiver<bool>) -> ConsoleOptions {
        ConsoleOptions { prefix: "!".into(), state_dir: PathBuf::new(), colour: Colour::Off, ready }
    }

    fn always(value: bool) -> watch::Receiver<bool> {
        let (sender, receiver) = watch::channel(value);
        std::mem::forget(sender);
        receiver
    }

    fn alert() -> Reply {
        Reply { tone: Tone::Alert, blocks: vec![Block::Paragraph(vec![Inline::text("news")])], ..Reply::default() }
    }

    #[tokio::test]
    async fn each_line_is_answered_and_comments_are_not() {
        let paper = Paper::default();
        let input = Cursor::new("!one\n\n# note\n  two\u{1b}[2J\nthree");
        let console = Console::with(options(always(true)), Box::new(input), Box::new(paper.clone()));
        console.run(Arc::new(Repeats), always(false)).await.unwrap();
        assert_eq!(paper.text(), "> !one\nheard !one\n\n> two[2J\nheard two[2J\n\n> three\nheard three\n\n");
    }

    #[tokio::test]
    async fn nothing_is_answered_before_it_is_ready() {
        let (sender, ready) = watch::channel(false);
        let paper = Paper::default();
        let console = Console::with(options(ready), Box::new(Cursor::new("one\n")), Box::new(paper.clone()));
        let mut running = Box::pin(console.run(Arc::new(Repeats), always(false)));
        assert!(running.as_mut().now_or_never().is_none());
        assert_eq!(paper.text(), "");
        sender.send(true).unwrap();
        running.await.unwrap();
        assert!(paper.text().contains("heard one"));
    }

    #[tokio::test]
    async fn a_stop_ends_it_while_the_input_says_nothing() {
        let (_open, silent) = std::io::pipe().map(|(reader, writer)| (writer, reader)).unwrap();
        let (sender, stop) = watch::channel(false);
        let console = Console::with(options(always(true)), Box::new(std::io::BufReader::new(silent)), Box::new(Paper::default()));
        let mut running = Box::pin(console.run(Arc::new(Repeats), stop));
        assert!(running.as_mut().now_or_never().is_none());
        sender.send(true).unwrap();
        running.await.unwrap();
    }

    #[tokio::test]
    async fn a_broken_pipe_ends_it_quietly_and_keeps_alerts_waiting() {
        let console = Console::with(options(always(true)), Box::new(Cursor::new("one\n")), Box::new(Broken));
        console.run(Arc::new(Repeats), always(false)).await.unwrap();
        let posted = console.post(&terminal_channel(), OutboxId(1), &alert()).await;
        assert!(matches!(posted, Err(SendError::Retry { .. })));
        assert!(console.post(&terminal_channel(), OutboxId(1), &alert()).await.is_err());
    }

    #[tokio::test]
    async fn an_alert_is_printed_once_for_its_id() {
        let paper = Paper::default();
        let console = Console::with(options(always(true)), Box::new(Cursor::new("")), Box::new(paper.clone()));
        for id in [1, 1, 2] {
            console.post(&terminal_channel(), OutboxId(id), &alert()).await.unwrap();
        }
        assert_eq!(paper.text(), "Alert: news\n\nAlert: news\n\n");
    }
}
