//! Any text as a data file of every kind: problems with their place, or rules that read a text; and no panic.
#![no_main]

#[path = "../../tests/total/check.rs"]
mod check;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(problem) = check::data_file(text) {
        panic!("{problem}");
    }
});
