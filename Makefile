# Targets of the project; `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VERSION ?= 0.1.0-dev
FUZZTIME ?= 30s
BIN ?= bin
LDFLAGS := -s -w -X main.version=$(VERSION)
# make verify vets the tests as well, and a test program without symbols is linked in half the time. One package more than there are
# processors is tested at a time, for the longest wait half of theirs.
TESTS = -p $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )) -timeout 60m -vet=off -ldflags='-s -w'
# One way to compile for all targets: what one has compiled the next finds, and releases are built so too.
export CGO_ENABLED = 0
export GOFLAGS ?= -trimpath
# Tests, and the tools that build them, keep little of what they make: where garbage is collected more seldom, they take a fifth less of
# the processors. What measures memory or time sets it back.
build test mutate verify: export GOGC ?= 300

.PHONY: build test mutate demo e2e bench fuzz verify image dist help

build: ## bin/kubectl-spark and bin/spark-webhook
	go build -ldflags '$(LDFLAGS)' -o '$(BIN)/' ./cmd/...

test: ## every test that needs only Go; builds a control plane on first use
	go test $(TESTS) ./test/integration ./test/script ./test/jvmstart ./test/terminal ./test/generator ./test/catalogue ./... # first what takes longest
	go -C test/ship test $(TESTS) ./...

mutate: ## deletes every effect of every rule, one at a time; fails where no test notices
	go run ./test/mutate

demo: ## the main job on a control plane of its own; KEEP=1 leaves it running until Ctrl-C
	@go build -ldflags '$(LDFLAGS)' -o bin/ ./cmd/kubectl-spark
	@go run ./test/demo/files -bin bin
	@go build -ldflags '$(LDFLAGS)' -o bin/ ./cmd/spark-webhook
	@go run ./test/demo/cluster -bin bin $(if $(KEEP),-keep)

bench: build ## benchmarks as ratios to their floor, and what each rule allocates; TUNE=1: badly configured jobs before and after tune, as root
	go run ./test/bench
	go run ./test/allocations
	$(if $(TUNE),KUBECTL_SPARK_E2E=1 KUBECTL_SPARK_E2E_QUICK=1 KUBECTL_SPARK_E2E_TUNED=all go test -count=1 -v -timeout 120m -run TestTunedJobsRunBetter ./test/e2e)

fuzz: ## every fuzz target for FUZZTIME each
	go run ./test/fuzz -time $(FUZZTIME)

verify: ## generated files, format, vet, lint, licences; fails on any difference
	go run ./test/verify

# What QUICK=1 runs of make e2e: what needs a node and takes minutes, and all that needs none.
quick := ^(TestNode|TestJobs|TestKeptEventLogs)$$

e2e: ## real Spark on a real node, as root; QUICK=1: one Spark line and one profile
	$(if $(QUICK),,KUBECTL_SPARK_E2E=1 go test -count=1 -v -timeout 30m ./test/shipping)
	KUBECTL_SPARK_E2E=1 KUBECTL_SPARK_E2E_QUICK='$(QUICK)' go test -count=1 -v -timeout 210m $(if $(QUICK),-run '$(quick)') ./test/e2e

image: ## the images of webhook and plugin without a daemon: OCI layouts and docker archives in dist/image, dist/image-plugin
	go -C test/ship run ./image -version '$(VERSION)' -o '$(CURDIR)/dist/image'
	go -C test/ship run ./image -program kubectl-spark -version '$(VERSION)' -o '$(CURDIR)/dist/image-plugin'

dist: ## release archives for every platform, checksums, lists of parts, Krew's manifest, in dist
	go -C test/ship run ./dist -version '$(VERSION)' -o '$(CURDIR)/dist'

help: ## this list
	@grep -hE '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## (.*)/make \1\t\2/' | expand -t 16
