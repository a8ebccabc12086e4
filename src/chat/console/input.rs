//! Where the console's lines come from: a line editor on a terminal, plain lines from anything else.
//!
//! Reading blocks and cannot be called off, so it is done on a thread of its own that nobody waits for at the end. The thread
//! reads a line only when it is asked to, so that the prompt appears below the last answer. It knows no commands.

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Config, Editor, ExternalPrinter};
use std::io::{BufRead, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use tokio::sync::mpsc;

/// Longest line in bytes; the rest of a longer one is skipped. 64 KiB: far above the longest command, so that `commands` still says
/// how much too long it is, and far below what could fill the memory.
pub(super) const LINE_BYTES_MAX: usize = 64 * 1024;
/// Lines kept in the history file.
const HISTORY_LINES_MAX: usize = 500;
/// What the line editor shows before the cursor.
const PROMPT: &str = "> ";

/// What came from the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line, without its end.
    Text(String),
    /// The input ended, or the user asked to stop.
    End,
    /// The input failed, in words.
    Failed(String),
}

/// Prints above the prompt while a line is edited.
pub(super) type Printer = Box<dyn ExternalPrinter + Send>;

/// Where lines come from.
pub(super) enum Input {
    /// The terminal, with line editing, and a history in the named file.
    Terminal(PathBuf),
    /// Anything else.
    Lines(Box<dyn BufRead + Send>),
}

/// The other end of the reading thread.
pub(super) struct Reader {
    go: mpsc::Sender<()>,
    lines: mpsc::Receiver<Line>,
}

impl Reader {
    /// Starts the thread. `width` is kept at the terminal's columns; `printer` gets what prints above the prompt.
    ///
    /// # Errors
    /// A sentence when the thread or the line editor cannot be started.
    pub(super) fn start(input: Input, width: Arc<AtomicU16>, printer: impl FnOnce(Printer)) -> Result<Self, String> {
        let (go, asked) = mpsc::channel(1);
        let (answers, lines) = mpsc::channel(1);
        let body: Box<dyn FnOnce() + Send> = match input {
            Input::Lines(reader) => Box::new(move || read_lines(reader, asked, &answers)),
            Input::Terminal(history) => {
                let mut editor = editor().map_err(|error| format!("the terminal cannot be used for input: {error}"))?;
                match editor.create_external_printer() {
                    Ok(above) => printer(Box::new(above)),
                    Err(error) => tracing::warn!(%error, "alerts may be printed into the line that is typed"),
                }
                measure(&mut editor, &width);
                Box::new(move || edit_lines(editor, &history, (asked, &answers, &width)))
            }
        };
        let thread = std::thread::Builder::new().name("console-input".to_owned()).spawn(body);
        thread.map(|_| Self { go, lines }).map_err(|error| format!("no thread for the terminal's input: {error}"))
    }

    /// Gives the next line.
    ///
    /// # Cancel safety
    /// A line that was asked for and not taken is given by the next call.
    pub(super) async fn next(&mut self) -> Line {
        if let Ok(line) = self.lines.try_recv() {
            return line;
        }
        // full means that a line is asked for already; closed shows in the line below
        let _ = self.go.try_send(());
        self.lines.recv().await.unwrap_or(Line::End)
    }
}

fn editor() -> Result<Editor<(), FileHistory>, ReadlineError> {
    let config = Config::builder().max_history_size(HISTORY_LINES_MAX)?.history_ignore_dups(true)?.auto_add_history(false).build();
    Editor::with_config(config)
}

fn measure(editor: &mut Editor<(), FileHistory>, width: &AtomicU16) {
    if let Some((columns, _)) = editor.dimensions() {
        width.store(columns, Ordering::Relaxed);
    }
}

/// What the thread is asked by, what it answers to, and the width it keeps.
type Ends<'a> = (mpsc::Receiver<()>, &'a mpsc::Sender<Line>, &'a AtomicU16);

fn edit_lines(mut editor: Editor<(), FileHistory>, history: &Path, ends: Ends<'_>) {
    let (mut asked, answers, width) = ends;
    if history.exists()
        && let Err(error) = editor.load_history(history)
    {
        tracing::warn!(%error, "the history of the prompt cannot be read");
    }
    while asked.blocking_recv().is_some() {
        let line = match editor.readline(PROMPT) {
            Ok(text) => Line::Text(text),
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => Line::End,
            Err(error) => Line::Failed(format!("the terminal cannot be read: {error}")),
        };
        measure(&mut editor, width);
        if let Line::Text(text) = &line
            && !text.trim().is_empty()
            && text.len() <= LINE_BYTES_MAX
        {
            let kept = editor.add_history_entry(text.as_str()).and_then(|_| editor.append_history(history));
            if let Err(error) = kept {
                tracing::warn!(%error, "the history of the prompt cannot be kept");
            }
        }
        let is_last = !matches!(line, Line::Text(_));
        if answers.blocking_send(line).is_err() || is_last {
            return;
        }
    }
}

fn read_lines(mut reader: Box<dyn BufRead + Send>, mut asked: mpsc::Receiver<()>, answers: &mpsc::Sender<Line>) {
    while asked.blocking_recv().is_some() {
        let line = match read_line(reader.as_mut()) {
            Ok(Some(text)) => Line::Text(text),
            Ok(None) => Line::End,
            Err(error) => Line::Failed(format!("standard input cannot be read: {error}")),
        };
        let is_last = !matches!(line, Line::Text(_));
        if answers.blocking_send(line).is_err() || is_last {
            return;
        }
    }
}

/// Reads one line without its end, at most [`LINE_BYTES_MAX`] bytes of it; none at the end of the input.
///
/// Bytes that are no UTF-8 become replacement characters.
fn read_line(reader: &mut dyn BufRead) -> std::io::Result<Option<String>> {
    let mut line = Vec::new();
    let mut has_read = false;
    loop {
        let available = match reader.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            available => available?,
        };
        if available.is_empty() {
            break;
        }
        has_read = true;
        let end = available.iter().position(|byte| *byte == b'\n');
        let taken = available.get(..end.unwrap_or(available.len())).unwrap_or_default();
        let room = LINE_BYTES_MAX.saturating_sub(line.len()).min(taken.len());
        line.extend_from_slice(taken.get(..room).unwrap_or_default());
        let used = taken.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_some() {
            break;
        }
    }
    let text = String::from_utf8_lossy(&line);
    Ok(has_read.then(|| text.strip_suffix('\r').unwrap_or(&text).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_line_feeds_and_the_last_needs_none() {
        let mut reader: &[u8] = b"one\r\n\ntwo";
        let lines: Vec<_> = std::iter::from_fn(|| read_line(&mut reader).unwrap()).collect();
        assert_eq!(lines, ["one", "", "two"]);
    }

    #[test]
    fn an_endless_line_is_cut_and_the_next_one_is_whole() {
        let text = format!("{}\nnext\n", "x".repeat(1_000_000));
        let mut reader = std::io::BufReader::with_capacity(1_000, text.as_bytes());
        assert_eq!(read_line(&mut reader).unwrap().unwrap().len(), LINE_BYTES_MAX);
        assert_eq!(read_line(&mut reader).unwrap().as_deref(), Some("next"));
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        let mut reader: &[u8] = b"a\xffb\n";
        assert_eq!(read_line(&mut reader).unwrap().as_deref(), Some("a\u{fffd}b"));
    }
}
