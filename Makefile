# What each target does stands beside it; .ci/run strings them together.

VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT    ?= $(shell git rev-parse HEAD 2>/dev/null)
DATE      ?= $(shell git log -1 --format=%cI 2>/dev/null)
LDFLAGS   := -s -w -buildid= -X gochat/internal/cli.version=$(VERSION) -X gochat/internal/cli.commit=$(COMMIT) -X gochat/internal/cli.date=$(DATE)
FUZZTIME  ?= 10s
BENCHTIME ?= 1s
# For the benchmarks of large rooms: how large, and where the databases are kept,
# which take minutes to make.
MESSAGES ?= 1000000
# For bench-bootnode, at most 1000000 and 2000.
MEMBERS  ?= 100000
ROOM     ?= 50
BEAT     ?= 10s
SOAK     ?= 10m
BENCHDIR ?= $(CURDIR)/.bench
LARGE    := -messages $(MESSAGES) -keep $(BENCHDIR)

# What docker makes images with, for which systems, and where they go.
PLATFORMS ?= linux/amd64,linux/arm64
IMAGE     ?= gochat

GORELEASER := github.com/goreleaser/goreleaser/v2@v2.14.3

# Keep in step with .ci/run.
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.DEFAULT_GOAL := build
.PHONY: version stamp build test race fuzz bench bench-start bench-tui bench-search bench-ingest bench-catchup bench-send bench-spread bench-relay bench-bootnode bench-room50 bench-rivals e2e natlab soak docker lint check tidy screen generate packages image

version:
	@echo $(VERSION)

stamp: ## what a copy without the repository's history needs to build the same bytes
	@echo VERSION=$(VERSION) COMMIT=$(COMMIT) DATE=$(DATE)

build: ## one static binary, the same bytes from any folder
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "$(LDFLAGS)" -o gochat .

packages: ## archives, deb, rpm, sums and lists of modules for all systems, into dist/; publishes nothing. The first time it builds goreleaser
	go run $(GORELEASER) release --snapshot --clean --skip=publish

# BuildKit builds on this machine for all of them; the older builder, which
# docker build may be, knows no --platform in a file.
image: ## an image for PLATFORMS, into dist/image.tar; needs docker buildx
	mkdir -p dist
	sed 's/^FROM $${GO_IMAGE}/FROM --platform=$$BUILDPLATFORM $${GO_IMAGE}/' Dockerfile | \
	  docker buildx build --platform $(PLATFORMS) --build-arg VERSION=$(VERSION) -f - -t $(IMAGE) -o type=oci,dest=dist/image.tar .

test: ## everything that needs no container; the NAT lab skips, loudly, without namespaces
	go test ./...

race: ## the same under the race detector, without whole processes and long simulations
	go test -race -short -shuffle=on $$(go list ./... | grep -v /test/)

fuzz: ## each fuzz function for FUZZTIME; their seeds run in every test
	@set -e; for pkg in $$(go list ./...); do \
	  for f in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "$$pkg $$f"; go test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$pkg; \
	  done; \
	done

bench: ## benchmarks, with allocations
	go test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./...

bench-start: ## start in a room of MESSAGES to the first screen (terminal) and to the greeting (JSON), with memory
	@mkdir -p $(BENCHDIR)
	go test -run '^$$' -bench 'Start|FirstScreen' -benchtime 5x -timeout 30m ./test/bench $(LARGE)
	go test -run '^$$' -bench '(FirstScreen|Headers)/plain' -timeout 30m ./internal/store $(LARGE)
	go test -run '^$$' -bench Start ./room

bench-tui: ## the terminal: frames in rooms of 90,000 (open, resize, page, bursts), start in a room of 100,000 with memory, switches among ten of them
	go test -run '^$$' -bench Frame -benchtime 200x ./internal/tui
	@mkdir -p $(BENCHDIR)
	go test -run '^$$' -bench 'FirstScreen|Switch' -benchtime 3x -timeout 30m ./test/bench -messages 100000 -keep $(BENCHDIR)

bench-search: ## searches in MESSAGES
	@mkdir -p $(BENCHDIR)
	go test -run '^$$' -bench 'Search/.*/plain' -benchtime 2000x -timeout 30m ./internal/store $(LARGE)

bench-ingest: ## records checked, and records stored, a second
	go test -run '^$$' -bench Ingest -benchtime $(BENCHTIME) ./room ./internal/store

bench-catchup: ## a fresh member gets 10,000 messages from another process
	@mkdir -p $(BENCHDIR)
	go test -run '^$$' -bench CatchUp -benchtime 5x ./test/bench -keep $(BENCHDIR)

bench-send: ## durable sends a second: the real binary, and the store alone
	go test -run '^$$' -bench '^BenchmarkSend$$' -benchtime 5x ./test/bench
	go test -run '^$$' -bench '^BenchmarkCommit(By16)?$$/plain' -benchtime $(BENCHTIME) ./internal/store

bench-spread: ## bytes a message costs in rooms of 10, 50, 200 and 1,000, in simulated time
	go test -count=1 -run '^TestBudget$$' -v ./room

bench-relay: ## packets a second through a bootnode's relay, beside coturn and a plain UDP echo; loopback only, a minute; gets coturn
	TURNSERVER=$$(.ci/coturn) go test -run '^$$' -bench '^BenchmarkRelay$$' -benchtime 1x -timeout 5m ./test/bench
	go test -run '^$$' -bench RelayThroughput -benchtime 3s -timeout 2m ./bootnode

bench-bootnode: ## a bootnode with MEMBERS members in rooms of ROOM: memory, processor time, delays, beside a plain UDP echo; loopback only, a minute for each 100,000
	go test -run '^$$' -bench '^BenchmarkBootnode$$' -benchtime 1x -timeout 40m ./test/bench -members $(MEMBERS) -room $(ROOM) -beat $(BEAT)

bench-room50: ## a room of fifty real processes: time, memory, processor
	go test -count=1 -run '^TestRoomOfFifty$$' -v ./test/e2e

bench-rivals: ## gochat, pion/ice and go-libp2p in the same NAT lab, side by side; needs what natlab needs
	NATLAB_REQUIRED=1 NATLAB_RIVALS=1 go test -count=1 -run '^TestRivals$$' -v -timeout 10m ./test/natlab -update

e2e: ## the real binary, several processes
	go test -count=1 ./test/e2e/...

natlab: ## the real binary behind every pair of kernel NATs, 5 to 10 minutes, into docs/NAT.md; needs root, iproute2, nftables; gets miniupnpd
	daemon=$$(.ci/miniupnpd) && PATH="$$PATH:$$daemon" NATLAB_REQUIRED=1 NATLAB_FULL=1 go test -count=1 -v -timeout 30m ./test/natlab -update

soak: ## twenty members at a cluster of three nodes talk at 5 % loss for SOAK; memory stays flat; needs what natlab needs
	NATLAB_REQUIRED=1 SOAK=$(SOAK) go test -count=1 -run '^TestSoak$$' -v -timeout 40m ./test/nodelab

docker: ## builds the image and lets containers talk
	GOCHAT_DOCKER=1 go test -count=1 -v -timeout 20m ./test/dockertest

lint: ## what needs no test run; staticcheck.conf has the checks
	@test -z "$$(gofmt -l .)" || { echo "gofmt: run gofmt -w on:"; gofmt -l .; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...
	go mod tidy -diff

check: lint test ## before each commit

screen: ## the README's picture, from real members on loopback
	go test -count=1 ./test/screen -update

tidy: ## mends what lint finds in form
	gofmt -w .
	go mod tidy

generate: ## .env.example, the README's table of settings, the manual and completion, from the option table; docs/KEYS.md from the key table
	GOCHAT_UPDATE=1 go test -count=1 -run 'EnvExampleFile|Readme|Manual|CompletionFiles' ./internal/config
	go test -count=1 -run KeysFile ./internal/tui -update
