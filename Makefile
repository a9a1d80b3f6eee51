# make demo     does all the set-up and runs the whole pipeline once, in ./demo
# make test     does all the set-up and passes every test
# make torture  kills, cuts and misbehaving relays drawn at random for FOR=3m; from SEED=n where one is given
# make check    what CI holds besides: gofmt, vet, staticcheck, the race detector

BULLETIN := bin/bulletin

.PHONY: demo test torture check build tools bench clean

demo: build
	$(BULLETIN) demo --dir demo

build:
	go build -o $(BULLETIN) ./cmd/bulletin

# `make test` runs these; the race detector has nothing to find in what one goroutine does, and what the processes of the
# torture tests and the bench do other tests do under it: here they would take minutes
WITHOUT_RACE := ^(TestRealBulletinsAreDrawnWhole|TestGoldenDigests|TestAnnexFitsIntoMemory|TestSameIndicatorsEverywhere|TestTorture.*|TestBench.*)$$

test: tools
	go test -timeout 30m $(TESTFLAGS) ./...

FOR ?= 3m
torture:
	go test -run Torture -v -timeout 0 ./cmd/bulletin -torture.for $(FOR) $(if $(SEED),-torture.seed $(SEED))

tools:
	@.ci/tools

check:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo "gofmt: the files above are not formatted"; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	go test -race -timeout 40m -skip '$(WITHOUT_RACE)' ./...

bench:
	go test -run '^$$' -bench . -benchmem ./...

clean:
	rm -rf bin demo
