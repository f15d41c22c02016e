#!/usr/bin/env bash
# The bounded run of test.sh: every target, 2.5 s each, always the same seed. CONFIGURATION=Debug uses another build.
set -euo pipefail
cd "$(dirname "$0")/.."
configuration=${CONFIGURATION:-Release}
program=fuzz/Gatehouse.Fuzz/bin/$configuration/net10.0/Gatehouse.Fuzz.dll
[ -f "$program" ] || dotnet build fuzz/Gatehouse.Fuzz -c "$configuration" -v q -nologo -clp:ErrorsOnly
exec dotnet "$program" --quick
