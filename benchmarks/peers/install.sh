#!/usr/bin/env bash
# Installs the peers, one after the other, each into an environment of its own under .bench/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
python="${PYTHON:-python3}"
npm="${NPM:-npm}"

environment() { # name, requirements..
  local folder=".bench/$1"
  shift
  test -x "$folder/bin/python" || "$python" -m venv "$folder"
  "$folder/bin/python" -m pip install --disable-pip-version-check --quiet "$@"
  echo "installed $*"
}

environment agentevals agentevals==0.0.9
environment deepeval deepeval==4.3.1 httpx
environment inspect inspect_ai==0.3.285 openai httpx
environment pydantic pydantic-evals==2.62 'pydantic-ai-slim[openai]==2.62' httpx

if command -v "$npm" >/dev/null; then
  mkdir -p .bench/promptfoo
  # The last release that runs on Node.js 20.
  (cd .bench/promptfoo && "$npm" install --no-audit --no-fund --no-save --silent promptfoo@0.121.20)
  echo "installed promptfoo@0.121.20"
else
  echo "promptfoo is left out: there is no '$npm'"
fi
