#!/usr/bin/env bash
# Runs every test and prints one closing line: N passed, N failed[, N skipped].
#   ./test.sh                  everything: build with analyzers, format, all tests, the quick fuzz run
#   ./test.sh --quick          without format, fuzzing and end-to-end tests
#   ./test.sh --slow           only the tests that are left out otherwise: minutes each, and one at a time
#   ./test.sh NAME             only the test projects, else the test classes, whose name contains NAME
#   ./test.sh --update-golden  rewrite the golden files under docs/architecture; look at the difference before committing
set -uo pipefail
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" || exit 2

quick='' golden='' slow='' name=''
for argument in "$@"; do
  case $argument in
    --quick) quick=1 ;;
    --update-golden) golden=1 ;;
    --slow) slow=1 ;;
    -*) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    *) name=$argument ;;
  esac
done

passed=0 failed=0 skipped=0 tests=0
results=artifacts/test
mkdir -p "$results"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 NO_COLOR=1

say() { printf '\n== %s\n' "$*"; }

close() {
  local line="$passed passed, $failed failed"
  [[ $skipped -gt 0 ]] && line+=", $skipped skipped"
  printf '\n%s\n' "$line"
  [[ $failed -eq 0 && $passed -gt 0 ]]
  exit
}

# One check that is a command: counts as one test.
check() {
  local what=$1 start=$SECONDS
  shift
  say "$what"
  if "$@"; then
    passed=$((passed + 1))
    echo "ok, $((SECONDS - start)) s"
  else
    failed=$((failed + 1))
    echo "FAILED: $what"
  fi
}

# Programs that tests start; installed only when missing, and only where that is possible without a question.
install_needs() {
  local -A package=(
    [etcd]=etcd-server [etcdctl]=etcd-client [curl]=curl [openssl]=openssl [ps]=procps [ss]=iproute2 [strace]=strace
    [python3]=python3 [wrk]=wrk [testssl]=testssl.sh [flock]=util-linux [setpriv]=util-linux
    [node]=nodejs [npm]=npm
    [slapd]=slapd [ldapadd]=ldap-utils [samba]=samba [zsh]=zsh [fish]=fish [script]=bsdutils
    [rsyslogd]=rsyslog [chromium]=chromium
    [zip]=zip [jar]=openjdk-17-jdk-headless
    [mosquitto]=mosquitto [mosquitto_pub]=mosquitto-clients [rabbitmq-server]=rabbitmq-server [erl]=erlang-nox [ip]=iproute2 [tcpdump]=tcpdump [socat]=socat
    [nft]=nftables [iptables-restore]=iptables
  )
  local missing=() root=()
  for program in "${!package[@]}"; do
    PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null || missing+=("${package[$program]}")
  done
  # What a domain controller and rsyslog need beside their programs, and a clock of their own for programs; no package brings one.
  compgen -G '/usr/lib/*/samba/ldb/samldb.so' >/dev/null || missing+=(samba-dsdb-modules)
  compgen -G '/usr/lib/*/rsyslog/lmnsd_ossl.so' >/dev/null || missing+=(rsyslog-openssl)
  [[ -d /usr/share/samba/setup/ad-schema ]] || missing+=(samba-ad-provision)
  compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null || missing+=(libfaketime)
  [[ ${#missing[@]} -eq 0 ]] && return
  [[ $EUID -eq 0 ]] || root=(sudo -n)
  say "installing ${missing[*]}"
  command -v apt-get >/dev/null || { echo "no apt-get here: install them by hand; tests that need them fail"; return; }

  # RUNLEVEL=1 keeps packages from starting their services.
  local install=("${root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq -o Dpkg::Use-Pty=0)
  "${install[@]}" update >"$results/apt.log" 2>&1
  "${install[@]}" install -y --no-install-recommends "${missing[@]}" >>"$results/apt.log" 2>&1 ||
    { tail -5 "$results/apt.log"; echo "not all of them could be installed; tests that need them fail"; }
}

# Runs one test project, or the part that more arguments choose, in its own process and adds up its summary line. No summary,
# or a crash, is a failure. `part` names a part.
run_tests() {
  local project=$1 log start=$SECONDS code=0 summary
  shift
  log=$results/$project${part:+.$part}.log
  say "$project${part:+, $part}"
  timeout --kill-after=10 1800 dotnet "tests/$project/bin/Release/net10.0/$project.dll" -noColor "$@" >"$log" 2>&1 || code=$?
  summary=$(grep -E '^ +[A-Za-z.]+ +Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$log" | tail -1)
  if [[ -z $summary && $code -eq 0 && $# -gt 0 ]] && grep -qE '^ +[A-Za-z.]+ +Total: 0$' "$log"; then
    echo "nothing matches here"
    return
  fi
  if [[ -z $summary ]]; then
    tail -20 "$log"
    echo "FAILED: $project did not run to its end (exit code $code)"
    failed=$((failed + 1))
    return
  fi
  local total errors bad skips not_run
  read -r total errors bad skips not_run <<<"$(sed -E 's/.*Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+), Not Run: ([0-9]+).*/\1 \2 \3 \4 \5/' <<<"$summary")"
  bad=$((bad + errors))
  if [[ $code -ne 0 && $bad -eq 0 ]]; then
    bad=1
  fi
  [[ $bad -gt 0 ]] && { grep -vE '^ +(Discover|Starting|Finished)' "$log" | head -200; note_failed "$project" "$bad" "$log"; }
  local good=$((total - bad - skips - not_run))
  tests=$((tests + total))
  passed=$((passed + (good > 0 ? good : 0)))
  failed=$((failed + bad))
  skipped=$((skipped + skips))
  echo "$good passed, $bad failed, $skips skipped, $((SECONDS - start)) s"
}

# A test that holds a bound of time, or meets another of its machine, may fail beside others and say nothing about the project. So who
# failed is asked once more, alone; who fails then has failed. Both runs are shown. Many at once, and what did not run to its end, are
# no chance and get none.
again=$results/again.txt
most_again=6
: >"$again"

# Writes down which methods failed, and how many of their cases; nothing where that is not the whole truth.
note_failed() {
  local project=$1 bad=$2 log=$3 names
  names=$(sed -nE 's/^    ([A-Za-z0-9_.+]+)(\(.*)? \[FAIL\]$/\1/p' "$log")
  [[ $(wc -l <<<"$names") -eq $bad ]] && sort <<<"$names" | uniq -c | sed "s/^/$project /" >>"$again"
}

run_again() {
  local project count name log=$results/again.log
  [[ $(wc -l <"$again") -gt $most_again ]] && return
  while read -r project count name; do
    say "once more, alone: $name"
    timeout --kill-after=10 600 dotnet "tests/$project/bin/Release/net10.0/$project.dll" -noColor -method "$name" >"$log" 2>&1 </dev/null
    if grep -qE '^ +[A-Za-z.]+ +Total: [1-9][0-9]*, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0' "$log"; then
      echo "UNSTEADY: it failed beside others and passed alone"
      passed=$((passed + count)) failed=$((failed - count))
    else
      grep -vE '^ +(Discover|Starting|Finished)' "$log" | head -60
      echo "FAILED again: $name"
    fi
  done <"$again"
}

if ! dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; then
  echo "GH0001 the tests need the .NET 10 SDK" >&2
  failed=1
  close
fi

# The official clients of guarded systems, at pinned versions.
install_clients() {
  local folder
  for folder in tests/clients/*/; do
    [[ $folder/node_modules -nt $folder/package-lock.json ]] && continue
    say "npm packages of $folder"
    (cd "$folder" && npm ci --no-audit --no-fund) >"$results/npm.log" 2>&1 && touch "$folder/node_modules" ||
      { tail -5 "$results/npm.log"; echo "not all of them could be installed; tests that need them fail"; }
  done
}

# Debian 12's testssl.sh finds faults and gives no grade. The next release's does, and is scripts alone: they are unpacked beside the
# system, from the mirror that this machine asks anyway, with Debian's signature checked by apt.
install_grader() {
  local to=artifacts/tools/testssl mirror work
  [[ -x $to/usr/bin/testssl ]] && return
  say "testssl.sh with grades"
  work=$(mktemp -d)
  mkdir -p "$work"/{lists/partial,archives/partial,out} artifacts/tools
  mirror=$(apt-cache policy testssl.sh | grep -oE 'https?://[^ ]+' | head -1)
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} trixie main" >"$work/sources.list"
  local from=(apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$work/lists" -o Dir::Cache="$work"
    -o APT::Sandbox::User=root -o Acquire::Languages=none -o APT::Default-Release=trixie)
  if "${from[@]}" update >"$results/grader.log" 2>&1 && (cd "$work/out" && "${from[@]}" download testssl.sh) >>"$results/grader.log" 2>&1 &&
    dpkg-deb -x "$work"/out/testssl.sh_*.deb "$work/tree" >>"$results/grader.log" 2>&1; then
    rm -rf "$to" && mv "$work/tree" "$to"
  else
    tail -5 "$results/grader.log"
    echo "it could not be had; the test of grades fails"
  fi
  rm -rf "$work"
}

install_needs
install_clients
install_grader

# The end-to-end tests begin with the launcher's build. It shares no file with this one and fills the pauses of its chain of projects.
launcher=''
if [[ -z $name && -z $quick && -z $golden ]]; then
  ./gatehouse version >"$results/launcher.log" 2>&1 &
  launcher=$!
fi
# One compiler for all projects, whose analyzers are warm after the first; it is this run's own and ends with the build.
compiler=gatehouse-test-$$-$RANDOM
check "build (Release, analyzers, warnings are errors)" \
  dotnet build Gatehouse.slnx -c Release -nologo -v quiet -clp:ErrorsOnly -p:UseSharedCompilation=true -p:SharedCompilationId="$compiler"
pkill -f -- "-pipename:$compiler"
[[ -n $launcher ]] && wait "$launcher"
[[ $failed -gt 0 ]] && close

if [[ -n $golden ]]; then
  GATEHOUSE_UPDATE_GOLDEN=1 run_tests Gatehouse.Architecture.Tests
  GATEHOUSE_UPDATE_GOLDEN=1 run_tests Gatehouse.Engine.Tests -class '*OpenApiTests'
  GATEHOUSE_UPDATE_GOLDEN=1 run_tests Gatehouse.EndToEnd.Tests -class '*Help_texts'
  ./gatehouse version >/dev/null
  GATEHOUSE_UPDATE_GOLDEN=1 run_tests Gatehouse.EndToEnd.Tests -class '*Rights_of_roles'
  git --no-pager diff --stat -- docs/architecture docs/openapi.json
  close
fi

if [[ -n $slow ]]; then
  part=slow run_tests Gatehouse.EndToEnd.Tests -namespace Gatehouse.EndToEnd.Tests.Cluster -explicit only
  close
fi

mapfile -t projects < <(cd tests && ls -d Gatehouse.*Tests)
filter=()
if [[ -n $name ]]; then
  mapfile -t matching < <(printf '%s\n' "${projects[@]}" | grep -iF -- "$name")
  if [[ ${#matching[@]} -gt 0 ]]; then projects=("${matching[@]}"); else filter=(-class "*$name*"); fi
elif [[ -n $quick ]]; then
  mapfile -t projects < <(printf '%s\n' "${projects[@]}" | grep -v EndToEnd)
fi

# What measures runs alone. The other end-to-end tests wait more than they compute: four lanes side by side, three with logs of their
# own. The guarded systems; clusters over network namespaces and etcd, and directories; the node itself; and what looks at no clock and
# takes no fixed port, the commands at a low priority and the rest at the lowest. What doctor and harden see of a host holds bounds of
# seconds, and comes when the lanes are through. The counts of a lane come back through a file; no counts are a failure.
calm=(Gatehouse.Architecture.Tests Gatehouse.Tests Gatehouse.Trust.Tests Gatehouse.Protocols.Tests)
end_to_end=Gatehouse.EndToEnd.Tests
hosts=(Examining Hardening)
clusters=(Mesh Cluster Store Firewall Certificates Directories Swarm)

calm_lane() {
  local project
  renice -n 5 -p "$BASHPID" >/dev/null
  part=Cli run_tests "$end_to_end" -namespace "$end_to_end.Cli"
  renice -n 19 -p "$BASHPID" >/dev/null

  # What else `dotnet format` looks at is an error of the build, or a test of the architecture (the order of usings).
  check "format" timeout --kill-after=10 300 dotnet format whitespace . --folder --include src/ tests/ fuzz/ bench/ --verify-no-changes
  for project in "${calm[@]}"; do run_tests "$project"; done
  check "fuzzing (quick)" timeout --kill-after=10 600 fuzz/quick.sh
}

cluster_lane() {
  part=clusters run_tests "$end_to_end" $(printf -- "-namespace $end_to_end.%s " "${clusters[@]}")
}

node_lane() {
  part=node run_tests "$end_to_end" -namespace "$end_to_end"
}

declare -A lanes=()
start_lane() {
  rm -f "$results/$1.counts"
  {
    passed=0 failed=0 skipped=0 tests=0
    "$1"
    printf '%s %s %s %s\n' "$passed" "$failed" "$skipped" "$tests" >"$results/$1.counts"
  } >"$results/$1.log" 2>&1 &
  lanes[$1]=$!
}

end_tree() {
  local child
  for child in $(ps -o pid= --ppid "$1"); do end_tree "$child"; done
  kill "$1" 2>/dev/null
}

end_lanes() {
  local lane
  for lane in "${!lanes[@]}"; do end_tree "${lanes[$lane]}"; done
}

# Waits for a lane, shows its output and adds its counts.
join_lane() {
  local start=$SECONDS more
  wait "${lanes[$1]}"
  unset "lanes[$1]"
  cat "$results/$1.log"
  if ! read -ra more <"$results/$1.counts" || [[ ${#more[@]} -ne 4 ]]; then
    echo "FAILED: $1 did not run to its end"
    failed=$((failed + 1))
    return
  fi
  passed=$((passed + more[0])) failed=$((failed + more[1])) skipped=$((skipped + more[2])) tests=$((tests + more[3]))
  printf '\n%s: waited another %s s for it\n' "$1" "$((SECONDS - start))"
}

if [[ -z $name && -z $quick ]]; then
  part=alone run_tests "$end_to_end" -namespace "$end_to_end.Alone"
  trap end_lanes EXIT
  start_lane calm_lane
  start_lane cluster_lane
  start_lane node_lane
  run_tests "$end_to_end" -namespace- "$end_to_end" $(printf -- "-namespace- $end_to_end.%s " Alone Cli "${hosts[@]}" "${clusters[@]}")
  join_lane cluster_lane
  join_lane node_lane
  part=hosts run_tests "$end_to_end" $(printf -- "-namespace $end_to_end.%s " "${hosts[@]}")
  mapfile -t projects < <(printf '%s\n' "${projects[@]}" | grep -vxF -e "$end_to_end" "${calm[@]/#/-e}")
fi
for project in "${projects[@]}"; do
  run_tests "$project" "${filter[@]}"
done
if [[ -n ${lanes[calm_lane]:-} ]]; then
  join_lane calm_lane
  trap - EXIT
fi
[[ -z $name ]] && run_again
if [[ $tests -eq 0 ]]; then
  echo "FAILED: no test ran"
  failed=$((failed + 1))
fi
close
