# gochat as a static binary on nothing, run by nobody in particular.
# Where no registry is reachable, docker/stand-in-base.sh makes a GO_IMAGE from
# the Go installation of this machine.
ARG GO_IMAGE=golang:1.26
FROM ${GO_IMAGE} AS build
LABEL gochat.stage=build

# An empty directory to copy: the last stage has no mkdir and no chown.
WORKDIR /data

WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=docker
# Set by whoever builds for another system, as BuildKit does; else it is this one.
ARG TARGETOS TARGETARCH TARGETVARIANT
RUN CGO_ENABLED=0 GOOS=${TARGETOS} GOARCH=${TARGETARCH} GOARM=${TARGETVARIANT#v} go build -trimpath -buildvcs=false \
    -ldflags "-s -w -buildid= -X gochat/internal/cli.version=${VERSION}" -o /out/gochat .

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/gochat /gochat
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532

# Not DATA_DIR, which would name one profile for one process: under this base
# each client that shares the volume gets a profile of its own.
ENV XDG_DATA_HOME=/data
VOLUME /data

# 9595 introduces and relays, over TCP for those without UDP; 9596 is the second
# STUN port.
EXPOSE 9595/udp 9595/tcp 9596/udp
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/gochat", "healthcheck"]
ENTRYPOINT ["/gochat"]
