//! The program: command line → application. No logic.

fn main() {}
