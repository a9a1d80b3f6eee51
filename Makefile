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

# The race detector has nothing to find in what one goroutine does, and would take a quarter of an hour for it: packages whose
# files start none and share nothing are left to `make test`, and so are tests of pages and of drawn histories, one after
# another. What the processes of the torture tests, the bench and the demo do, TestShapes does under it.
RACING := $(shell grep -rlE '"sync|^[[:space:]]*go ' --include='*.go' cmd configs pipeline templates workers | xargs -n 1 dirname | sort -u | sed 's,^,./,')
WITHOUT_RACE := ^(TestRealBulletinsAreDrawnWhole|TestGoldenDigests|TestAnnexFitsIntoMemory|TestSameIndicatorsEverywhere|TestEveryPage.*|TestLongMarks.*|TestMarksStand.*|TestLabelStands.*|TestCutFonts.*|TestNothingIsPushedSideways.*|TestNothingLeaks|TestLifeOfABulletin|TestDemo|TestTorture.*|TestBench.*)$$

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
	go test -race -timeout 30m -skip '$(WITHOUT_RACE)' $(RACING)

bench:
	go test -run '^$$' -bench . -benchmem ./...

clean:
	rm -rf bin demo
