# syntax=docker/dockerfile:1
# One static binary on an empty image. Build: docker build --tag stancebot . ; run: compose.yaml

ARG RUST_VERSION=1.95
FROM rust:${RUST_VERSION}-slim-bookworm AS build
WORKDIR /build
COPY . .
# The target is named so that the flag is not used for build scripts and macros, which cannot be static.
RUN RUSTFLAGS="-C target-feature=+crt-static" cargo build --release --locked --target "$(uname -m)-unknown-linux-gnu" \
 && mkdir -p /image/etc/ssl/certs /image/data /image/tmp /image/state \
 && cp "target/$(uname -m)-unknown-linux-gnu/release/stancebot" /image/stancebot \
 && ! readelf --program-headers /image/stancebot | grep -q INTERP \
 && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
 && echo 'stancebot:x:65532:65532:stancebot:/state:/sbin/nologin' > /image/etc/passwd \
 && echo 'stancebot:x:65532:' > /image/etc/group \
 && echo 'hosts: files dns' > /image/etc/nsswitch.conf \
 && cp -r config /image/config \
 && cp -r data/example /image/data/example \
 && touch /image/state/.keep

FROM scratch
COPY --from=build /image/stancebot /stancebot
COPY --from=build /image/etc /etc
COPY --from=build /image/config /config
COPY --from=build /image/data /data
# A new volume takes the owner of the directory it is mounted on: the only place the user may write to.
COPY --from=build --chown=65532:65532 /image/state/ /state/
WORKDIR /
ENV STANCEBOT_STATE_DIR=/state
USER 65532:65532
VOLUME /state
STOPSIGNAL SIGTERM
# The start period covers the migration of a large database; the heartbeat may be 120 s old.
HEALTHCHECK --interval=60s --timeout=10s --start-period=60s --retries=3 CMD ["/stancebot", "healthcheck"]
ENTRYPOINT ["/stancebot"]
