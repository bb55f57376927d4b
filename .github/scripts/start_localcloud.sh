#!/usr/bin/env bash
# Starts localcloud for the steps that follow, with its data in the runner's temporary folder.
set -euo pipefail

log="$RUNNER_TEMP/localcloud.log"
nohup localcloud serve --data "$RUNNER_TEMP/localcloud" >"$log" 2>&1 </dev/null &

for _ in $(seq 150); do
  if grep -q '^localcloud serves ' "$log"; then
    localcloud status
    exit 0
  fi
  if ! kill -0 $! 2>/dev/null; then
    break
  fi
  sleep 0.1
done
cat "$log" >&2
echo "localcloud did not start within 15 s" >&2
exit 1
