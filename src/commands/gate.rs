//! How often commands are answered: a small stock for each user, channel and server, which fills again with time.
//!
//! Kept in memory and bounded; the moment is an argument. Who operates the bot is not counted.

use super::{Context, Incoming, Permission, UserError, run};
use crate::reply::{Inline, Reply, Tone};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Users, channels and servers that are counted at the same time; when there are more, those whose stock is full are forgotten.
const COUNTED_MAX: usize = 20_000;
/// The stock is what a quarter of a minute allows, but never less than this.
const STOCK_MIN: f64 = 4.0;

/// Commands that are answered in a minute; 0 sets no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Of one user.
    pub user: u32,
    /// In one channel.
    pub channel: u32,
    /// In one server.
    pub server: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self { user: 20, channel: 60, server: 240 }
    }
}

/// Whose stock it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Holder {
    User(String, String),
    Channel(String, String),
    Server(String, String),
}

#[derive(Clone, Copy, Debug)]
struct Stock {
    left: f64,
    at: Timestamp,
    /// Whether it was said that the stock is used up.
    is_told: bool,
}

/// What an asking user gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Now,
    /// Not yet; the seconds are told once.
    Wait(u64),
    /// Not yet, and it was said.
    Silence,
}

/// Counts commands.
#[derive(Debug, Default)]
pub struct Gate {
    rates: Rates,
    stocks: Mutex<BTreeMap<Holder, Stock>>,
}

impl Gate {
    /// Makes a gate with these rates.
    pub fn new(rates: Rates) -> Self {
        Self { rates, stocks: Mutex::default() }
    }

    /// Answers a chat event as [`run`] does, but not more often than the rates allow. What is no command is not counted.
    pub fn run(&self, context: &Context<'_>, incoming: &Incoming) -> Option<Reply> {
        if !super::is_for_bot(context, incoming) {
            return None;
        }
        match self.turn(incoming, context.now) {
            Turn::Now => run(context, incoming),
            Turn::Silence if incoming.address == super::Address::Prefix => None,
            Turn::Wait(secs) => Some(too_fast(secs)),
            Turn::Silence => Some(too_fast(1)),
        }
    }

    fn turn(&self, incoming: &Incoming, now: Timestamp) -> Turn {
        if incoming.permission == Permission::Operator {
            return Turn::Now;
        }
        let platform = || incoming.channel.platform.clone();
        let holders = [
            (Some(Holder::User(platform(), incoming.user.clone())), self.rates.user),
            (Some(Holder::Channel(platform(), incoming.channel.room.clone())), self.rates.channel),
            (incoming.server.clone().map(|server| Holder::Server(platform(), server)), self.rates.server),
        ];
        let counted = holders.into_iter().filter_map(|(holder, rate)| Some((holder?, rate))).filter(|(_, rate)| *rate > 0);
        let counted: Vec<(Holder, u32)> = counted.collect();
        let mut stocks = self.stocks.lock().unwrap_or_else(PoisonError::into_inner);
        for (holder, rate) in &counted {
            let stock = stocks.entry(holder.clone()).or_insert(Stock { left: full(*rate), at: now, is_told: false });
            stock.fill(*rate, now);
            if stock.left < 1.0 {
                let secs = ((1.0 - stock.left) * 60.0 / f64::from(*rate)).ceil().clamp(1.0, 60.0) as u64;
                return if std::mem::replace(&mut stock.is_told, true) { Turn::Silence } else { Turn::Wait(secs) };
            }
        }
        for (holder, _) in &counted {
            if let Some(stock) = stocks.get_mut(holder) {
                stock.left -= 1.0;
                stock.is_told = false;
            }
        }
        if stocks.len() > COUNTED_MAX {
            stocks.retain(|_, stock| now.duration_since(stock.at).as_secs() < 60);
        }
        Turn::Now
    }
}

impl Stock {
    fn fill(&mut self, rate: u32, now: Timestamp) {
        let passed = now.duration_since(self.at).as_secs_f64().max(0.0);
        self.left = (self.left + passed * f64::from(rate) / 60.0).min(full(rate));
        self.at = now;
    }
}

fn full(rate: u32) -> f64 {
    (f64::from(rate) / 4.0).max(STOCK_MIN)
}

fn too_fast(secs: u64) -> Reply {
    let text = UserError::TooFast { secs }.to_string();
    Reply::line(Tone::UserError, vec![Inline::text(format!("T{}.", text.get(1..).unwrap_or_default()))])
}

#[cfg(test)]
mod tests {
    use super::super::Address;
    use super::*;
    use crate::model::ChannelId;
    use jiff::SignedDuration;

    fn asked(user: &str, channel: &str) -> Incoming {
        Incoming {
            channel: ChannelId { platform: "board".into(), room: channel.into() },
            server: Some("s".into()),
            user: user.into(),
            user_name: String::new(),
            permission: Permission::Member,
            power: None,
            event: None,
            next_page: None,
            address: Address::Prefix,
            text: "!help".into(),
        }
    }

    fn now() -> Timestamp {
        "2025-12-10T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_user_who_asks_too_fast_is_told_once_and_another_is_not_held_up() {
        let gate = Gate::new(Rates { user: 20, channel: 0, server: 0 });
        let turns: Vec<Turn> = (0..7).map(|_| gate.turn(&asked("a", "1"), now())).collect();
        assert_eq!(turns[..5], [Turn::Now; 5]);
        assert_eq!(turns[5..], [Turn::Wait(3), Turn::Silence]);
        assert_eq!(gate.turn(&asked("b", "1"), now()), Turn::Now);
        assert_eq!(gate.turn(&asked("a", "1"), now() + SignedDuration::from_secs(3)), Turn::Now);
    }

    #[test]
    fn a_channel_and_a_server_have_stocks_of_their_own() {
        let gate = Gate::new(Rates { user: 0, channel: 20, server: 40 });
        let answered = |channel: &str| (0..20).filter(|user| gate.turn(&asked(&user.to_string(), channel), now()) == Turn::Now).count();
        assert_eq!((answered("1"), answered("2"), answered("3")), (5, 5, 0));
    }

    #[test]
    fn the_operator_is_not_counted() {
        let gate = Gate::new(Rates { user: 1, channel: 1, server: 1 });
        let operator = Incoming { permission: Permission::Operator, ..asked("a", "1") };
        assert!((0..100).all(|_| gate.turn(&operator, now()) == Turn::Now));
    }
}
