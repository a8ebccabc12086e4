//! A timeline as a picture: one strip for each target, the time from left to right, colour *and* symbol for each stance.
//!
//! The picture is drawn as SVG from plain values and made a PNG with a font that is built in; no font, file or picture is loaded
//! from elsewhere. It shows nothing that the answer beside it does not tell. Without the feature `charts` there are no pictures.

use super::{Attachment, clean, show_date};
use crate::model::Stance;
use jiff::civil::Date;
use jiff::{ToSpan, Unit};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Width of the picture in its own units; chats show pictures about that wide.
const WIDTH: f64 = 800.0;
/// Space left and right of the strips.
const SIDE: f64 = 24.0;
/// Space above the strips: title and period.
const TOP: f64 = 64.0;
/// Height of a strip with its label and the space below.
const LANE: f64 = 112.0;
/// Height of a strip.
const STRIP: f64 = 76.0;
/// Distance of two levels in a strip: a little more than a symbol, so that stances of one day do not cover each other.
const LEVEL: f64 = 14.5;
/// Space below the strips: days and legend.
const BOTTOM: f64 = 78.0;
/// Width of a symbol with the space that it needs.
const SYMBOL: f64 = 14.0;
/// Days between two statements up to which a line joins them; where it is missing, nothing is known.
const JOINED_DAYS: i64 = 30;
/// Shortest period that is drawn, in days: a single day would have no width.
const DAYS_MIN: i64 = 6;
/// Most days, weeks or months that are written below.
const TICKS_MAX: i64 = 9;
/// Characters of a label that fit into the width.
const LABEL_CHARS: usize = 80;
/// Most strips in one picture.
pub const LANES_MAX: usize = 8;

/// A statement in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChartMark {
    /// The day.
    pub day: Date,
    /// The stance.
    pub stance: Stance,
    /// True for own words, which are drawn filled; what others report is drawn hollow.
    pub is_own: bool,
}

/// A strip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartLane {
    /// What stands above it.
    pub label: String,
    /// Its statements, in any order.
    pub marks: Vec<ChartMark>,
}

/// A timeline to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartView {
    /// Whose.
    pub title: String,
    /// At most [`LANES_MAX`] are drawn.
    pub lanes: Vec<ChartLane>,
}

/// Draws a timeline; none without statements, or where the program is built without pictures.
pub fn timeline_picture(view: &ChartView) -> Option<Attachment> {
    let axis = Axis::of(view)?;
    let Drawn { bytes, blurhash } = png(&timeline_svg(view)?)?;
    let alt =
        format!("Timeline of {}, {}: {}", view.title, axis.period(), view.lanes.iter().map(lane_words).collect::<Vec<_>>().join("; "));
    Some(Attachment { name: "timeline.png".to_owned(), media_type: "image/png", bytes, alt, blurhash })
}

/// Tells what a strip shows: “harbour toll: oppose 3, conditional 1”.
fn lane_words(lane: &ChartLane) -> String {
    let mut counts: BTreeMap<Stance, usize> = BTreeMap::new();
    for mark in &lane.marks {
        *counts.entry(mark.stance).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(stance, count)| format!("{stance} {count}")).collect();
    format!("{}: {}", lane.label, counts.join(", "))
}

/// Draws a timeline as SVG; none without statements.
pub fn timeline_svg(view: &ChartView) -> Option<String> {
    let axis = Axis::of(view)?;
    let lanes: Vec<&ChartLane> = view.lanes.iter().take(LANES_MAX).collect();
    let height = TOP + LANE * lanes.len() as f64 + BOTTOM;
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"DejaVu Sans\"><rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>"
    );
    text(&mut svg, (SIDE, 32.0), Font { size: 19.0, fill: "#111111", anchor: "start" }, &view.title);
    text(&mut svg, (SIDE, 51.0), Font { size: 12.0, fill: "#555555", anchor: "start" }, &axis.period());
    let strips = TOP + LANE * lanes.len() as f64;
    for (at, label) in axis.ticks() {
        text(&mut svg, (at, strips + 8.0), Font { size: 12.0, fill: "#444444", anchor: "middle" }, &label);
    }
    for (number, lane) in lanes.iter().enumerate() {
        draw_lane(&mut svg, lane, (&axis, TOP + LANE * number as f64));
    }
    legend(&mut svg, &lanes, strips + 44.0);
    svg.push_str("</svg>");
    Some(svg)
}

/// The days of the picture.
struct Axis {
    first: Date,
    last: Date,
    drawn_first: Date,
    days: i64,
}

impl Axis {
    fn of(view: &ChartView) -> Option<Self> {
        let days = || view.lanes.iter().take(LANES_MAX).flat_map(|lane| lane.marks.iter().map(|mark| mark.day));
        let (first, last) = (days().min()?, days().max()?);
        let span = days_between(first, last);
        // A short period is drawn in the middle of a longer one.
        let lead = (DAYS_MIN - span).max(0) / 2;
        let drawn_first = first.checked_sub(lead.days()).unwrap_or(first);
        Some(Self { first, last, drawn_first, days: span.max(DAYS_MIN) })
    }

    fn period(&self) -> String {
        if self.first == self.last { show_date(self.first) } else { format!("{} – {}", show_date(self.first), show_date(self.last)) }
    }

    /// Gives the place of a day.
    fn x(&self, day: Date) -> f64 {
        let inner = WIDTH - 2.0 * (SIDE + SYMBOL);
        SIDE + SYMBOL + inner * days_between(self.drawn_first, day) as f64 / self.days as f64
    }

    /// Gives the days to be written below, with their places: days of a short period, firsts of months of a long one.
    fn ticks(&self) -> Vec<(f64, String)> {
        let last = self.drawn_first.checked_add(self.days.days()).unwrap_or(self.last);
        let mut ticks = Vec::new();
        if self.days <= 70 {
            let step = (self.days + TICKS_MAX - 1) / TICKS_MAX;
            let mut day = self.drawn_first;
            while day <= last {
                ticks.push((self.x(day), day.strftime("%-d %b").to_string()));
                let Ok(next) = day.checked_add(step.days()) else { break };
                day = next;
            }
            return ticks;
        }
        let step = (self.days / 30 + TICKS_MAX - 1) / TICKS_MAX;
        let mut day = self.drawn_first.first_of_month();
        while day <= last {
            if day >= self.drawn_first {
                let form = if day.month() == 1 || ticks.is_empty() { "%b %Y" } else { "%b" };
                ticks.push((self.x(day), day.strftime(form).to_string()));
            }
            let Ok(next) = day.checked_add(step.months()) else { break };
            day = next;
        }
        ticks
    }
}

fn days_between(first: Date, last: Date) -> i64 {
    first.until((Unit::Day, last)).map_or(0, |span| i64::from(span.get_days()))
}

/// How a text is set.
struct Font {
    size: f64,
    fill: &'static str,
    anchor: &'static str,
}

/// Writes a text; what could be markup or could turn the line round is made harmless.
fn text(svg: &mut String, (x, y): (f64, f64), font: Font, words: &str) {
    let words = clean(words);
    let mut shown: String = words.chars().take(LABEL_CHARS).collect();
    if words.chars().count() > LABEL_CHARS {
        shown.push('…');
    }
    let shown = shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let Font { size, fill, anchor } = font;
    let _ = write!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" fill=\"{fill}\" text-anchor=\"{anchor}\">{shown}</text>");
}

/// Draws a strip: label, days, line of the middle, lines between statements of one stance that follow each other, symbols.
fn draw_lane(svg: &mut String, lane: &ChartLane, (axis, top): (&Axis, f64)) {
    text(svg, (SIDE, top + 18.0), Font { size: 13.5, fill: "#111111", anchor: "start" }, &lane.label);
    let (upper, end) = (top + 26.0, WIDTH - SIDE);
    let (lower, middle) = (upper + STRIP, upper + STRIP / 2.0);
    let _ = write!(svg, "<rect x=\"{SIDE}\" y=\"{upper}\" width=\"{:.1}\" height=\"{STRIP}\" fill=\"#f4f4f4\"/>", end - SIDE);
    for (at, _) in axis.ticks() {
        let _ = write!(svg, "<path d=\"M{at:.1} {upper}V{lower}\" stroke=\"#dcdcdc\" stroke-width=\"1\"/>");
    }
    let _ = write!(svg, "<path d=\"M{SIDE} {middle}H{end}\" stroke=\"#c8c8c8\" stroke-width=\"1\" stroke-dasharray=\"2 5\"/>");
    let mut marks = lane.marks.clone();
    marks.sort_by_key(|mark| (mark.day, mark.stance));
    for pair in marks.windows(2) {
        let [left, right] = pair else { continue };
        if left.stance == right.stance && left.day < right.day && days_between(left.day, right.day) <= JOINED_DAYS {
            let style = style(left.stance);
            let (from, to, y) = (axis.x(left.day), axis.x(right.day), middle + style.level * LEVEL);
            let line = format!("stroke=\"{}\" stroke-width=\"3\" stroke-opacity=\"0.45\"", style.fill);
            let _ = write!(svg, "<path d=\"M{from:.1} {y:.1}H{to:.1}\" {line}/>");
        }
    }
    // What would cover the symbol before it becomes one with it: filled when any of its statements is in own words.
    let mut symbols: BTreeMap<Stance, Vec<(f64, bool)>> = BTreeMap::new();
    for mark in &marks {
        let drawn = symbols.entry(mark.stance).or_default();
        let x = axis.x(mark.day);
        match drawn.last_mut() {
            Some((last, is_own)) if x - *last < SYMBOL => *is_own |= mark.is_own,
            _ => drawn.push((x, mark.is_own)),
        }
    }
    for (stance, drawn) in symbols {
        let style = style(stance);
        for (x, is_own) in drawn {
            symbol(svg, (x, middle + style.level * LEVEL), &style, if is_own { Fill::Filled } else { Fill::Hollow });
        }
    }
}

/// How a stance is drawn: colours of Okabe and Ito, which colour-blind people tell apart, and a form of its own. Support stands
/// above the middle, opposition below.
struct Style {
    fill: &'static str,
    level: f64,
    form: &'static str,
}

fn style(stance: Stance) -> Style {
    let (fill, level, form) = match stance {
        Stance::Support => ("#0072b2", -2.0, "M0 -6L6 5H-6Z"),
        Stance::Oppose => ("#d55e00", 2.0, "M0 6L6 -5H-6Z"),
        Stance::Conditional => ("#009e73", -1.0, "M0 -6L6 0L0 6L-6 0Z"),
        Stance::Mixed => ("#aa4499", 1.0, "M-5 -5H5V5H-5Z"),
        Stance::Neutral => ("#555555", 0.0, "M-5 0A5 5 0 1 1 5 0A5 5 0 1 1 -5 0Z"),
        Stance::Unclear => ("#999999", 0.0, "M-2.5 0A2.5 2.5 0 1 1 2.5 0A2.5 2.5 0 1 1 -2.5 0Z"),
    };
    Style { fill, level, form }
}

#[derive(Clone, Copy)]
enum Fill {
    Filled,
    Hollow,
}

fn symbol(svg: &mut String, (x, y): (f64, f64), style: &Style, fill: Fill) {
    let inner = match fill {
        Fill::Filled => style.fill,
        Fill::Hollow => "#ffffff",
    };
    let Style { fill: edge, form, .. } = style;
    let _ = write!(
        svg,
        "<path transform=\"translate({x:.1} {y:.1})\" d=\"{form}\" fill=\"{inner}\" stroke=\"{edge}\" stroke-width=\"1.8\" \
         stroke-linejoin=\"round\"/>"
    );
}

/// Writes what the symbols mean, only those that are drawn.
fn legend(svg: &mut String, lanes: &[&ChartLane], y: f64) {
    let drawn: BTreeSet<Stance> = lanes.iter().flat_map(|lane| lane.marks.iter().map(|mark| mark.stance)).collect();
    let mut x = SIDE + 8.0;
    let font = || Font { size: 12.0, fill: "#222222", anchor: "start" };
    for stance in drawn {
        symbol(svg, (x, y - 4.0), &style(stance), Fill::Filled);
        text(svg, (x + 12.0, y), font(), stance.as_str());
        x += 34.0 + 7.4 * stance.as_str().len() as f64;
    }
    let remark = "filled: own words · hollow: reported by others · line: the same stance again within 30 days";
    text(svg, (SIDE, y + 20.0), Font { size: 11.0, fill: "#555555", anchor: "start" }, remark);
}

/// A picture that was drawn.
struct Drawn {
    bytes: Vec<u8>,
    blurhash: Option<String>,
}

/// Makes a PNG of an SVG, twice as large as it says, for screens with small dots.
#[cfg(feature = "charts")]
fn png(svg: &str) -> Option<Drawn> {
    use resvg::tiny_skia::{Pixmap, Transform};
    use resvg::usvg::{Options, Tree, fontdb::Database};
    use std::sync::{Arc, OnceLock};

    /// Dots for each unit of the picture.
    const SCALE: f32 = 2.0;
    static FONTS: OnceLock<Arc<Database>> = OnceLock::new();
    let fonts = FONTS.get_or_init(|| {
        let mut fonts = Database::new();
        fonts.load_font_data(include_bytes!("../../assets/fonts/DejaVuSans-subset.ttf").to_vec());
        Arc::new(fonts)
    });
    let options = Options { font_family: "DejaVu Sans".to_owned(), fontdb: fonts.clone(), ..Options::default() };
    let tree = Tree::from_str(svg, &options).ok()?;
    let size = tree.size().to_int_size().scale_by(SCALE)?;
    let mut pixels = Pixmap::new(size.width(), size.height())?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    let blurhash = super::blurhash::blurhash(pixels.data(), (pixels.width() as usize, pixels.height() as usize));
    Some(Drawn { bytes: encode(&pixels)?, blurhash })
}

/// Writes a PNG of dots that are all opaque. Quickly rather than small: compressing took longer than drawing.
#[cfg(feature = "charts")]
fn encode(pixels: &resvg::tiny_skia::Pixmap) -> Option<Vec<u8>> {
    let (dots, _) = pixels.data().as_chunks::<4>();
    let colours: Vec<[u8; 3]> = dots.iter().map(|[red, green, blue, _]| [*red, *green, *blue]).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixels.width(), pixels.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    // A drawing repeats the line above it; trying every filter on each line took as long as drawing.
    encoder.set_filter(png::Filter::Up);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(colours.as_flattened()).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}

#[cfg(not(feature = "charts"))]
fn png(_: &str) -> Option<Drawn> {
    None
}
