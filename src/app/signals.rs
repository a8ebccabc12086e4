//! Turns Ctrl-C and SIGTERM into the stop signal that every task listens to.

use tokio::sync::watch;

/// Sends `true` on the first Ctrl-C or SIGTERM.
pub async fn stop_on_signal(stop: watch::Sender<bool>) {
    wait().await;
    stop.send_replace(true);
}

#[cfg(unix)]
async fn wait() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        ctrl_c().await;
        return;
    };
    tokio::select! {
        () = ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn wait() {
    ctrl_c().await;
}

/// Where Ctrl-C cannot be listened to, waits for ever: SIGTERM and the end of the input still stop the bot.
async fn ctrl_c() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::warn!(%error, "Ctrl-C cannot be listened to");
        std::future::pending::<()>().await;
    }
}
