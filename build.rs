//! Makes cargo build the library again when a data file changes: `data/` is embedded in it, which cargo cannot see by itself.

fn main() {
    println!("cargo::rerun-if-changed=data");
}
