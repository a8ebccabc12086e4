//! Plain data about one statement, and the blocks that show it: what answers and alerts have in common.
//!
//! Nothing is looked up here: the caller has already found names for ids. Nothing is escaped here: that is the renderers' work.

use super::{Block, Inline, Reply, Tone};
use crate::model::{Form, QuoteKind, Stance, StatementId};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Longest quotation in a list or an alert, in characters; `why` and `source` show all. 280: two or three sentences, so that five
/// statements fit one screen.
pub const QUOTE_CHARS_MAX: usize = 280;

/// One stance that a statement shows, with names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StanceView {
    /// The holder's shown name.
    pub holder: String,
    /// The target's shown name.
    pub target: String,
    /// Which stance.
    pub stance: Stance,
}

/// One statement, with names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementView {
    /// The number to show and to type after `!why`.
    pub id: StatementId,
    /// Whether it is words or a deed, which has no speaker and is shown as its sentence.
    pub form: Form,
    /// The speaker's shown name; none when nobody could be named without guessing.
    pub speaker: Option<String>,
    /// As what the speaker is counted: "presidential aide".
    pub role: Option<String>,
    /// What was said, as it stands in the article.
    pub content: String,
    /// The article's words that lead to what was said, where that is no quotation: "did not say"; else empty.
    pub lead: String,
    /// True when nothing but white space stands between these words and what was said: "accused European leaders of …".
    pub reads_on: bool,
    /// The article's sentence, where what was said is no quotation; else empty.
    pub sentence: String,
    /// True when what was said can only be understood in its sentence.
    pub needs_sentence: bool,
    /// Whether the words are the speaker's own.
    pub quote: QuoteKind,
    /// When it was said, or published where that is not known.
    pub day: Option<Date>,
    /// The outlet's shown name.
    pub outlet: String,
    /// Where it can be read; empty when it has no address.
    pub url: String,
    /// Reporters between outlet and speaker, outermost first.
    pub reported_by: Vec<String>,
    /// How many other places published it.
    pub more_places: u32,
    /// Stances shown.
    pub stances: Vec<StanceView>,
    /// True when people corrected what the rules read.
    pub is_corrected: bool,
}

/// Gives a day as readers of any country read it: `2 Dec 2025`.
pub fn show_date(day: Date) -> String {
    day.strftime("%-d %b %Y").to_string()
}

/// Gives a moment in UTC: `2 Dec 2025 14:05 UTC`.
pub fn show_time(time: Timestamp) -> String {
    time.to_zoned_datetime(TimeZone::UTC).strftime("%-d %b %Y %H:%M UTC").to_string()
}

/// Gives the verb for a stance, to stand between holder and target.
pub fn stance_word(stance: Stance) -> &'static str {
    match stance {
        Stance::Support => "supports",
        Stance::Oppose => "opposes",
        Stance::Conditional => "conditionally accepts",
        Stance::Mixed => "is mixed on",
        Stance::Neutral => "is neutral on",
        Stance::Unclear => "is unclear on",
    }
}

/// Shows a statement as one point of a list: [`statement_line`].
pub fn statement_item(view: &StatementView) -> Block {
    Block::Item { indent: 0, line: statement_line(view) }
}

/// Gives id, who, words, where and when of a statement. What is no quotation comes with the words that lead to it, or as the
/// article's sentence; a deed is always told in the article's sentence.
pub fn statement_line(view: &StatementView) -> Vec<Inline> {
    let mut line = vec![Inline::faint(format!("[{}] ", view.id))];
    if view.form == Form::Deed {
        line.push(Inline::text(cut_at_words(&view.sentence)));
        push_provenance(view, &mut line);
        return line;
    }
    push_speaker(view, &mut line);
    if view.needs_sentence && !view.sentence.is_empty() {
        line.push(Inline::faint(", in context: "));
        line.push(Inline::text(cut_at_words(&view.sentence)));
    } else {
        push_lead(view, &mut line);
        let words = shown_quote(view);
        // Where the content has the joining word itself, or needs none, the line reads on without a colon.
        let joined = view.reads_on || words.starts_with("that ");
        let colon = if !view.lead.is_empty() && joined { " " } else { ": " };
        line.push(Inline::text(format!("{colon}{words}")));
    }
    push_provenance(view, &mut line);
    line
}

/// Shows a statement as [`statement_item`] does, and below it the stances it shows, at most three.
pub fn statement_blocks(view: &StatementView) -> Vec<Block> {
    let mut blocks = vec![statement_item(view)];
    if !view.stances.is_empty() {
        let shown: Vec<String> = view.stances.iter().take(ALERT_STANCES_MAX).map(stance_sentence).collect();
        blocks.push(Block::Item { indent: 1, line: vec![Inline::faint("→ "), Inline::text(shown.join("; "))] });
    }
    blocks
}

/// Gives a stance as a sentence without a full stop: `Ada Quill opposes harbour toll`.
pub fn stance_sentence(view: &StanceView) -> String {
    format!("{} {} {}", view.holder, stance_word(view.stance), view.target)
}

/// Shows a statement as an alert: who took which stance, the words (for what is no quotation the article's sentence), where they
/// stand, and what to type for the reasons.
///
/// `prefix` is what commands start with here.
pub fn statement_alert(view: &StatementView, prefix: &str) -> Reply {
    let mut head = Vec::new();
    if view.form == Form::Words {
        push_speaker(view, &mut head);
    }
    if let [first, ..] = view.stances.as_slice() {
        let is_own = view.speaker.as_deref() == Some(first.holder.as_str());
        let between = if view.role.is_some() { ", " } else { " " };
        head.push(match (view.form, is_own) {
            (Form::Deed, _) => Inline::strong(format!("{} ", first.holder)),
            (Form::Words, true) => Inline::text(between),
            (Form::Words, false) => Inline::text(format!(": {} ", first.holder)),
        });
        head.push(Inline::strong(stance_word(first.stance)));
        head.push(Inline::text(format!(" {}", first.target)));
        for more in view.stances.iter().skip(1).take(ALERT_STANCES_MAX - 1) {
            head.push(Inline::text("; "));
            if more.holder != first.holder {
                head.push(Inline::text(format!("{} ", more.holder)));
            }
            head.push(Inline::text(format!("{} {}", stance_word(more.stance), more.target)));
        }
    }
    let words = if view.sentence.is_empty() { shown_quote(view) } else { cut_at_words(&view.sentence) };
    let mut tail = Vec::new();
    push_place(view, &mut tail);
    tail.push(Inline::faint(" · "));
    tail.push(Inline::code(format!("{prefix}why {}", view.id)));
    let blocks = vec![Block::Paragraph(head), Block::Quote(vec![Inline::text(words)]), Block::Paragraph(tail)];
    Reply { tone: Tone::Alert, blocks, ..Reply::default() }
}

/// Most stances that the head of an alert names; `why` shows all.
const ALERT_STANCES_MAX: usize = 3;

/// One side of a shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideView {
    /// The stance.
    pub stance: Stance,
    /// The statement that shows it.
    pub statement: StatementView,
}

/// A changed position, with names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftView {
    /// Who moved: the shown name.
    pub holder: String,
    /// Towards whom or what: the shown name.
    pub target: String,
    /// Where the holder stood.
    pub before: SideView,
    /// Where the holder stands now.
    pub after: SideView,
}

/// Shows a changed position as an alert: from which stance to which, with both statements.
///
/// `prefix` is what commands start with here.
pub fn shift_alert(view: &ShiftView, prefix: &str) -> Reply {
    let mut reply = Reply { tone: Tone::Alert, ..Reply::default() };
    let (before, after) = (&view.before, &view.after);
    reply.paragraph(vec![
        Inline::strong(view.holder.clone()),
        Inline::text(format!(" moved on {}: ", view.target)),
        Inline::strong(format!("{} → {}", before.stance, after.stance)),
    ]);
    for (label, side) in [("before: ", before), ("now: ", after)] {
        let mut line = vec![Inline::faint(label), Inline::strong(side.stance.as_str()), Inline::text(" — ")];
        line.extend(statement_line(&side.statement));
        reply.item(line);
    }
    reply.paragraph(vec![
        Inline::code(format!("{prefix}why {}", after.statement.id)),
        Inline::faint(" · "),
        Inline::code(format!("{prefix}why {}", before.statement.id)),
    ]);
    reply
}

/// Shows that more came at once than is alerted one by one.
///
/// `count` statements are in it; `prefix` is what commands start with here.
pub fn summary_alert(count: usize, views: &[StatementView], prefix: &str) -> Reply {
    let mut reply = Reply { tone: Tone::Alert, blocks: Vec::new(), ..Reply::default() };
    let noun = if count == 1 { "statement" } else { "statements" };
    reply.paragraph(vec![Inline::strong(format!("{count} more {noun}")), Inline::text(" that you follow came with the same poll:")]);
    reply.blocks.extend(views.iter().map(statement_item));
    let rest = count.saturating_sub(views.len());
    if rest > 0 {
        reply.paragraph(vec![Inline::faint(format!("… and {rest} more: ")), Inline::code(format!("{prefix}follows"))]);
    }
    reply
}

fn push_speaker(view: &StatementView, line: &mut Vec<Inline>) {
    line.push(Inline::strong(view.speaker.clone().unwrap_or_else(|| "Unknown speaker".to_owned())));
    if let Some(role) = &view.role {
        line.push(Inline::text(format!(", {role}")));
    }
}

/// Adds the words that lead from the speaker's name to what was said: ` did not say`, `, spokesman, did not say`, `’s promise`.
fn push_lead(view: &StatementView, line: &mut Vec<Inline>) {
    if view.lead.is_empty() {
        return;
    }
    let between = match (view.lead.starts_with(['’', '\'']), &view.role) {
        (true, None) => "",
        (false, None) => " ",
        (_, Some(_)) => ", ",
    };
    let lead = if between == ", " { view.lead.trim_start_matches(['’', '\'']).trim_start_matches("s ") } else { &view.lead };
    line.push(Inline::text(format!("{between}{lead}")));
}

fn push_provenance(view: &StatementView, line: &mut Vec<Inline>) {
    line.push(Inline::faint(" — "));
    push_place(view, line);
}

fn push_place(view: &StatementView, line: &mut Vec<Inline>) {
    if view.url.is_empty() {
        line.push(Inline::text(view.outlet.clone()));
    } else {
        line.push(Inline::Link { label: view.outlet.clone(), url: view.url.clone() });
    }
    if let Some(day) = view.day {
        line.push(Inline::faint(format!(", {}", show_date(day))));
    }
    if !view.reported_by.is_empty() {
        line.push(Inline::faint(format!(", reported by {}", view.reported_by.join(", then "))));
    }
    if view.more_places > 0 {
        let noun = if view.more_places == 1 { "place" } else { "places" };
        line.push(Inline::faint(format!(", and {} other {noun}", view.more_places)));
    }
    if view.is_corrected {
        line.push(Inline::faint(", corrected"));
    }
}

/// Gives the words, cut to length between words, in quotation marks only where the whole of them is quoted.
fn shown_quote(view: &StatementView) -> String {
    let words: String = view.content.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut = cut_at_words(&words);
    let has_marks = words.starts_with(['“', '"', '„', '«', '‘', '”']);
    match view.quote {
        QuoteKind::Direct if !has_marks => format!("“{cut}”"),
        _ => cut,
    }
}

fn cut_at_words(words: &str) -> String {
    let Some((limit, _)) = words.char_indices().nth(QUOTE_CHARS_MAX) else { return words.to_owned() };
    let head = words.get(..limit).unwrap_or(words);
    let end = head.rfind(' ').filter(|end| *end > 0).unwrap_or(head.len());
    format!("{} …", head.get(..end).unwrap_or(head))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::plain::{Layout, render};

    fn view() -> StatementView {
        StatementView {
            id: StatementId(12),
            form: Form::Words,
            speaker: Some("Ada Quill".into()),
            role: Some("harbour minister".into()),
            content: "the toll  must\ngo".into(),
            lead: String::new(),
            reads_on: false,
            sentence: String::new(),
            needs_sentence: false,
            quote: QuoteKind::Direct,
            day: Some(jiff::civil::date(2025, 12, 2)),
            outlet: "The Courier".into(),
            url: String::new(),
            reported_by: vec!["Institute of Piers".into()],
            more_places: 1,
            stances: vec![StanceView { holder: "Ada Quill".into(), target: "harbour toll".into(), stance: Stance::Oppose }],
            is_corrected: false,
        }
    }

    fn shown(blocks: Vec<Block>) -> String {
        render(&Reply { tone: Tone::Answer, blocks, ..Reply::default() }, Layout::default())
    }

    #[test]
    fn an_item_names_who_what_where_and_when() {
        let item = "- [12] Ada Quill, harbour minister: “the toll must go” — The Courier, 2 Dec 2025, reported by Institute of Piers, and 1 other place\n";
        assert_eq!(shown(vec![statement_item(&view())]), item);
    }

    #[test]
    fn indirect_words_and_marked_words_get_no_marks() {
        for (content, quote) in
            [("the toll must go", QuoteKind::Indirect), ("“the toll” must go", QuoteKind::Mixed), ("“Go”", QuoteKind::Direct)]
        {
            let item = shown(vec![statement_item(&StatementView { content: content.into(), quote, ..view() })]);
            assert!(item.contains(&format!(": {content} —")), "{item}");
        }
    }

    #[test]
    fn words_that_are_no_quotation_come_with_what_leads_to_them() {
        let told = |lead: &str, role: Option<&str>| {
            let quote = QuoteKind::Indirect;
            shown(vec![statement_item(&StatementView { lead: lead.into(), role: role.map(Into::into), quote, ..view() })])
        };
        assert!(told("did not say", None).contains("Ada Quill did not say: the toll must go —"));
        assert!(told("did not say", Some("mayor")).contains("Ada Quill, mayor, did not say: the toll"));
        let content = "that the toll must go".into();
        let joined = StatementView { lead: "said".into(), content, quote: QuoteKind::Indirect, role: None, ..view() };
        assert!(shown(vec![statement_item(&joined)]).contains("Ada Quill said that the toll must go —"));
        let content = "European leaders of delay".into();
        let object = StatementView { lead: "accused".into(), reads_on: true, content, quote: QuoteKind::Mixed, role: None, ..view() };
        assert!(shown(vec![statement_item(&object)]).contains("Ada Quill accused European leaders of delay —"));
        assert!(told("’s promise", None).contains("Ada Quill’s promise: the toll"));
        assert!(told("’s promise", Some("mayor")).contains("Ada Quill, mayor, promise: the toll"));
    }

    #[test]
    fn words_that_need_it_come_as_their_sentence() {
        let short = StatementView {
            content: "it".into(),
            lead: "praised".into(),
            sentence: "She praised it.".into(),
            needs_sentence: true,
            quote: QuoteKind::Indirect,
            ..view()
        };
        let item = shown(vec![statement_item(&short)]);
        assert!(item.contains("harbour minister, in context: She praised it. —"), "{item}");
        let alert = render(&statement_alert(&short, "!"), Layout::default());
        assert!(alert.contains("She praised it.") && !alert.contains("in context"), "{alert}");
    }

    #[test]
    fn an_alert_tells_whose_stance_it_is() {
        let own = render(&statement_alert(&view(), "!"), Layout::default());
        assert!(own.starts_with("Ada Quill, harbour minister, opposes harbour toll\n"), "{own}");
        assert!(own.ends_with("· !why 12\n"), "{own}");
        let stances = vec![StanceView { holder: "Bo Tarn".into(), target: "harbour toll".into(), stance: Stance::Support }];
        let reported = render(&statement_alert(&StatementView { stances, role: None, ..view() }, "!"), Layout::default());
        assert!(reported.starts_with("Ada Quill: Bo Tarn supports harbour toll\n"), "{reported}");
    }

    #[test]
    fn a_deed_is_told_by_the_outlet_alone() {
        let deed = StatementView {
            form: Form::Deed,
            speaker: None,
            role: None,
            sentence: "The council tore the toll gates down.".into(),
            reported_by: Vec::new(),
            quote: QuoteKind::Indirect,
            ..view()
        };
        assert!(shown(vec![statement_item(&deed)]).starts_with("- [12] The council tore the toll gates down. — The Courier"));
        let alert = render(&statement_alert(&deed, "!"), Layout::default());
        assert!(alert.starts_with("Ada Quill opposes harbour toll\n"), "{alert}");
        assert!(alert.contains("The council tore the toll gates down.") && !alert.contains("nknown speaker"), "{alert}");
    }

    #[test]
    fn a_long_quote_is_cut_between_words() {
        let item = shown(vec![statement_item(&StatementView { content: "word ".repeat(200), ..view() })]);
        assert!(item.contains("word word …”"), "{item}");
    }
}
