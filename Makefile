# What each target does stands beside it; .ci/run strings them together.

VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS   := -s -w -buildid= -X gochat/internal/cli.version=$(VERSION)
FUZZTIME  ?= 10s
BENCHTIME ?= 1s
# For the benchmarks of large rooms: how large, and where the databases are kept,
# which take minutes to make.
MESSAGES ?= 1000000
BENCHDIR ?= $(CURDIR)/.bench
LARGE    := -messages $(MESSAGES) -keep $(BENCHDIR)

# Keep in step with .ci/run.
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.DEFAULT_GOAL := build
.PHONY: version build test race fuzz bench bench-start bench-search bench-ingest bench-catchup bench-send bench-spread bench-room50 e2e natlab docker lint check tidy screen generate

version:
	@echo $(VERSION)

build: ## one static binary, the same bytes from any folder
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "$(LDFLAGS)" -o gochat .

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

bench-room50: ## a room of fifty real processes: time, memory, processor
	go test -count=1 -run '^TestRoomOfFifty$$' -v ./test/e2e

e2e: ## the real binary, several processes
	go test -count=1 ./test/e2e/...

natlab: ## the real binary behind kernel NATs; needs root, iproute2, nftables
	NATLAB_REQUIRED=1 go test -count=1 -v ./test/natlab/...

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

generate: ## .env.example and the README's table of settings, from the option table
	GOCHAT_UPDATE=1 go test -count=1 -run 'EnvExampleFile|Readme' ./internal/config
