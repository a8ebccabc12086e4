//! The program as its users start it: real processes, the shipped configuration, signals, bad input, `kill -9`.

mod bot;
mod end;
mod first_run;
mod kill;
mod tools;
