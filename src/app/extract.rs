//! `stancebot extract`: shows what the rules read out of a text; stores nothing, so it is the tool for trying rules and data.

use super::inputs::{self, Input};
use super::{AppError, ExtractArgs, ExtractFormat, setup};
use crate::config::Config;
use crate::feeds::body;
use crate::feeds::fetch::{Accept, Fetched, Origin, Request};
use crate::model::{Extraction, Form, Speaker, Statement};
use crate::rules::interchange;
use crate::rules::{Document, Ruleset};
use jiff::Timestamp;
use jiff::civil::Date;
use std::io::{self, BufWriter, Write};

/// Reads the input and prints its statements.
///
/// # Errors
/// [`AppError::Failed`] when the input cannot be read or holds no text.
pub async fn extract(config: &Config, args: &ExtractArgs) -> Result<(), AppError> {
    let ruleset = setup::ruleset(config)?;
    let given = args.date.as_deref().map(inputs::parse_date).transpose().map_err(AppError::Failed)?;
    let is_url = args.input.starts_with("http://") || args.input.starts_with("https://");
    let read = if is_url { fetch(config, &args.input).await? } else { Source::file(&args.input)? };
    let mut out = BufWriter::new(io::stdout().lock());
    let printed = if !is_url && inputs::is_jsonl(&read.name, &read.bytes) {
        print_archive(&mut out, &ruleset, (&read.bytes, given), args)
    } else {
        let inputs = inputs::documents(&read.name, &read.bytes, read.charset.as_deref())?;
        inputs.into_iter().try_for_each(|input| {
            print_one(&mut out, &ruleset, &Input { date: given.or(input.date), ..input }, Shape { format: args.format, with_text: true })
        })
    };
    match printed.and_then(|()| out.flush()) {
        // The reader has seen enough (`| head`).
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(AppError::Failed(error.to_string())),
        Ok(()) => Ok(()),
    }
}

/// What is read: bytes, what to call them, and the encoding that a server named.
struct Source {
    name: String,
    bytes: Vec<u8>,
    charset: Option<String>,
}

impl Source {
    fn file(path: &str) -> Result<Self, AppError> {
        Ok(Self { name: path.to_owned(), bytes: inputs::read_bytes(path)?, charset: None })
    }
}

async fn fetch(config: &Config, url: &str) -> Result<Source, AppError> {
    let fetcher = setup::fetcher(config)?;
    let request = Request { accept: Accept::Page, ..Request::feed(url, Origin::Configured) };
    match fetcher.get(&request).await.map_err(|error| AppError::Failed(error.to_string()))? {
        Fetched::Full(document) => Ok(Source { name: document.final_url, bytes: document.bytes, charset: document.charset }),
        Fetched::NotModified { .. } => Err(AppError::Failed(format!("{url} answered that it has not changed, unasked"))),
    }
}

fn print_archive(out: &mut impl Write, ruleset: &Ruleset, (bytes, given): (&[u8], Option<Date>), args: &ExtractArgs) -> io::Result<()> {
    let text = String::from_utf8_lossy(bytes);
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let input = inputs::archive_line(line)
            .map_err(|reason| io::Error::other(format!("{} line {}: {reason}; nothing after it was read", args.input, number + 1)))?;
        let input = Input { date: given.or(input.date), ..input };
        if args.format == ExtractFormat::Text {
            writeln!(out, "== {} {}", input.id, input.title)?;
        }
        let format = if args.format == ExtractFormat::Json { ExtractFormat::Jsonl } else { args.format };
        print_one(out, ruleset, &input, Shape { format, with_text: false })?;
    }
    Ok(())
}

/// How one text is printed.
#[derive(Clone, Copy)]
struct Shape {
    format: ExtractFormat,
    /// Whether the text is printed too: the offsets refer to it, and a page, feed or file does not hold it in this form.
    with_text: bool,
}

fn print_one(out: &mut impl Write, ruleset: &Ruleset, input: &Input, shape: Shape) -> io::Result<()> {
    // The offsets of an archive's line refer to its own text.
    let read = if shape.with_text { body::with_headline(&input.title, input.text.clone()) } else { input.text.clone() };
    let input = &Input { text: read, ..input.clone() };
    let published = input.date.unwrap_or_else(|| crate::pipeline::utc_date(Timestamp::now()));
    let extraction = ruleset.extract(&Document { text: &input.text, published: Some(published), outlet: None });
    match shape.format {
        ExtractFormat::Text => print_text(out, input, &extraction),
        ExtractFormat::Json | ExtractFormat::Jsonl => {
            let article = interchange::output(ruleset, input.id.clone(), (&input.text, &extraction));
            let mut value = serde_json::to_value(&article)?;
            if let Some(object) = value.as_object_mut()
                && shape.with_text
            {
                object.insert("text".to_owned(), input.text.clone().into());
            }
            let line =
                if shape.format == ExtractFormat::Json { serde_json::to_string_pretty(&value)? } else { serde_json::to_string(&value)? };
            writeln!(out, "{line}")
        }
    }
}

fn print_text(out: &mut impl Write, input: &Input, extraction: &Extraction) -> io::Result<()> {
    if !input.title.is_empty() {
        writeln!(out, "{}", input.title)?;
    }
    let counted = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let (words, statements) = (input.text.split_whitespace().count(), counted(extraction.statements.len(), "statement"));
    let deeds = if extraction.deeds.is_empty() { String::new() } else { format!(", {}", counted(extraction.deeds.len(), "deed")) };
    writeln!(out, "{words} words, {statements}{deeds}\n")?;
    for (index, statement) in extraction.all().enumerate() {
        print_statement(out, &input.text, (index + 1, statement))?;
    }
    Ok(())
}

fn print_statement(out: &mut impl Write, text: &str, (number, statement): (usize, &Statement)) -> io::Result<()> {
    let attribution = &statement.attribution;
    let mention = attribution.source.map_or("nobody named", |span| span.of(text));
    let speaker = match &statement.speaker {
        _ if statement.form == Form::Deed => "deed".to_owned(),
        Speaker::Actor(id) => id.to_string(),
        Speaker::Unknown(candidates) if candidates.is_empty() => "unknown".to_owned(),
        Speaker::Unknown(candidates) => {
            format!("unknown; perhaps {}", candidates.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "))
        }
    };
    let cue = attribution.cue.map_or("(no cue)", |span| span.of(text));
    let inside = attribution.parent.map(|parent| format!(", inside {}", parent + 1)).unwrap_or_default();
    writeln!(
        out,
        "{number}. {mention} [{speaker}] {cue} ({}, {}, {}{inside}, {} %)",
        attribution.quote.as_str(),
        statement.act,
        statement.modality,
        statement.confidence
    )?;
    let content = attribution.content.iter().map(|span| span.of(text)).collect::<Vec<_>>().join(" … ");
    writeln!(out, "   {}", content.split_whitespace().collect::<Vec<_>>().join(" "))?;
    for link in &statement.reported_by {
        let actor = link.actor.as_ref().map_or("unknown", |actor| actor.as_str());
        writeln!(out, "   reported by {} [{actor}]", link.mention)?;
    }
    for taken in &statement.stances {
        let voice = if taken.own { "own words" } else { "reported" };
        writeln!(out, "   {} → {}: {} ({voice})", taken.holder, taken.target.id(), taken.stance)?;
    }
    for firing in &statement.firings {
        writeln!(out, "   · {} {}:{} {}", firing.rule, firing.file, firing.line, firing.note)?;
    }
    writeln!(out)
}
