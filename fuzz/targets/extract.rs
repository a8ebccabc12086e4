//! Any text as an article: statements whose spans fit, the same each time, and no panic.
#![no_main]

#[path = "../../tests/total/check.rs"]
mod check;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(problem) = check::text(text) {
        panic!("{problem}");
    }
});
