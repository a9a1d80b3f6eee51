# make demo   does all the set-up and runs the whole pipeline once, in ./demo
# make test   does all the set-up and passes every test
# make check  what CI holds besides: gofmt, vet, staticcheck, the race detector

BULLETIN := bin/bulletin

.PHONY: demo test check build tools bench clean

demo: build
	$(BULLETIN) demo --dir demo

build:
	go build -o $(BULLETIN) ./cmd/bulletin

# tests of what one goroutine does, which `make test` runs: the race detector has nothing to find in them, and takes minutes
ALONE := ^(TestRealBulletinsAreDrawnWhole|TestGoldenDigests|TestAnnexFitsIntoMemory|TestSameIndicatorsEverywhere)$$

test: tools
	go test -timeout 15m $(TESTFLAGS) ./...

tools:
	@.ci/tools

check:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo "gofmt: the files above are not formatted"; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	go test -race -timeout 40m -skip '$(ALONE)' ./...

bench:
	go test -run '^$$' -bench . -benchmem ./...

clean:
	rm -rf bin demo
