# Each target is one line; what it does is in TypeScript, where it is tested.
KILN = node dist/builder/cli.js

.PHONY: build try test lint bench soak install clean

build: dist/.built

node_modules/.installed: package.json package-lock.json
	npm ci --ignore-scripts --no-progress --loglevel=error && touch $@

dist/.built: node_modules/.installed tsconfig.json $(shell find builder test-vm ci -name '*.ts')
	npx tsc -p . && touch $@

try: build
	$(KILN) build images/x86_64.yaml --k0s stand-in && $(KILN) vm out/kiln-0.1.0-x86_64 --report

test: build
	node dist/ci/test.js

lint: node_modules/.installed
	npm run lint

bench: build
	node dist/ci/bench/run.js

soak: build
	KILN_SOAK=1 node dist/ci/test.js

install: build
	npm install --global --ignore-scripts .

clean:
	rm -rf dist node_modules
