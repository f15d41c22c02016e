#!/usr/bin/env bash
# The long run: fuzz/run.sh [SECONDS-PER-TARGET] [SEED]; also: fuzz/run.sh replay TARGET FILE
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build fuzz/Gatehouse.Fuzz -c Release -v q -nologo -clp:ErrorsOnly
fuzz=(dotnet fuzz/Gatehouse.Fuzz/bin/Release/net10.0/Gatehouse.Fuzz.dll)
if [ "${1:-}" = replay ]; then exec "${fuzz[@]}" "$@"; fi
exec "${fuzz[@]}" run all --seconds "${1:-600}" --seed "${2:-$(date +%s)}"
