//! A blurred preview of a picture in some thirty characters (BlurHash, <https://github.com/woltapp/blurhash>, Algorithm.md), which
//! clients show until the picture is there.

use std::f64::consts::PI;

/// Waves that are kept in each direction: enough to see light and dark parts of a wide strip.
const WAVES: (usize, usize) = (6, 3);
/// Points that are looked at in each direction; more would not change a blur.
const POINTS: (usize, usize) = (64, 32);
/// The digits of the format.
const DIGITS: &[u8; 83] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

/// A colour in linear light.
type Colour = [f64; 3];

/// Gives the preview of a picture of opaque RGBA dots, row by row; none when there are fewer dots than the measures say.
pub(super) fn blurhash(rgba: &[u8], (width, height): (usize, usize)) -> Option<String> {
    if width == 0 || height == 0 || rgba.len() < width * height * 4 {
        return None;
    }
    let waves: Vec<Colour> = (0..WAVES.1).flat_map(|y| (0..WAVES.0).map(move |x| wave(rgba, (width, height), (x, y)))).collect();
    let (average, others) = waves.split_first()?;
    let mut text = String::new();
    push(&mut text, (WAVES.0 - 1) + (WAVES.1 - 1) * 9, 1);
    let largest = others.iter().flatten().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let step = ((largest * 166.0 - 0.5).floor().clamp(0.0, 82.0)) as usize;
    push(&mut text, step, 1);
    let [red, green, blue] = average.map(to_srgb);
    push(&mut text, (red << 16) + (green << 8) + blue, 4);
    let range = (step as f64 + 1.0) / 166.0;
    for colour in others {
        let [red, green, blue] = colour.map(|value| {
            let share = value / range;
            (share.signum() * share.abs().sqrt() * 9.0 + 9.5).floor().clamp(0.0, 18.0) as usize
        });
        push(&mut text, (red * 19 + green) * 19 + blue, 2);
    }
    Some(text)
}

/// Gives how much of a wave (so many half turns across and down) is in the picture.
fn wave(rgba: &[u8], (width, height): (usize, usize), (x_turns, y_turns): (usize, usize)) -> Colour {
    let (columns, rows) = (POINTS.0.min(width), POINTS.1.min(height));
    let mut sum = [0.0; 3];
    for row in 0..rows {
        for column in 0..columns {
            let place = |at: usize, of: usize| (at as f64 + 0.5) / of as f64;
            let weight = (PI * x_turns as f64 * place(column, columns)).cos() * (PI * y_turns as f64 * place(row, rows)).cos();
            let at = ((row * height / rows) * width + column * width / columns) * 4;
            for (total, dot) in sum.iter_mut().zip(rgba.get(at..at + 3).unwrap_or_default()) {
                *total += weight * to_linear(*dot);
            }
        }
    }
    let scale = if x_turns == 0 && y_turns == 0 { 1.0 } else { 2.0 } / (columns * rows) as f64;
    sum.map(|total| total * scale)
}

fn to_linear(dot: u8) -> f64 {
    let value = f64::from(dot) / 255.0;
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

fn to_srgb(value: f64) -> usize {
    let value = value.clamp(0.0, 1.0);
    let value = if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
    (value * 255.0 + 0.5) as usize
}

fn push(text: &mut String, value: usize, digits: u32) {
    for place in (0..digits).rev() {
        let digit = value / 83_usize.pow(place) % 83;
        text.push(DIGITS.get(digit).map_or('0', |byte| char::from(*byte)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(colour: impl Fn(usize, usize) -> [u8; 3]) -> String {
        let dots: Vec<u8> =
            (0..40).flat_map(|y| (0..80).map(move |x| (x, y))).flat_map(|(x, y)| colour(x, y).into_iter().chain([255])).collect();
        blurhash(&dots, (80, 40)).unwrap()
    }

    #[test]
    fn one_colour_has_no_waves() {
        // 6 × 3 waves: L; no range: 0; the average 0xffffff in base 83: TSUA; every wave in the middle: fQ
        let white = picture(|_, _| [255; 3]);
        assert_eq!(white, format!("N0TSUA{}", "fQ".repeat(17)));
    }

    #[test]
    fn light_and_dark_sides_show() {
        let sides = picture(|x, _| if x < 40 { [255; 3] } else { [0; 3] });
        let other = picture(|x, _| if x < 40 { [0; 3] } else { [255; 3] });
        assert_ne!(sides, other);
        assert_eq!(sides.len(), 6 + 2 * 17);
        assert_eq!(sides.get(2..6), other.get(2..6), "the average is the same");
    }

    #[test]
    fn too_few_dots_give_nothing() {
        assert_eq!((blurhash(&[0; 8], (2, 2)), blurhash(&[], (0, 0))), (None, None));
    }
}
