# Runs the command given as arguments, and again when it dies, as long as anybody holds the writing end of the
# pipe on descriptor 3. The kernel closes that end with its last holder, however that one ended; the command is
# then told to stop (SIGINT: fast shutdown), and after a minute made to (SIGQUIT: recovery on the next start).
# Descriptor 3 is never handed on: whoever holds its reading end shows to others that supervision is alive.

# Works on $!, which the shell sets with the fork itself: a variable set after it would leave a gap. A signal
# sent before the server installed its handlers is lost, so it is sent until it worked.
stop() {
  tries=0
  while kill -0 "$!" 2>/dev/null; do
    if [ "$tries" -lt 600 ]; then kill -INT "$!" 2>/dev/null; else kill -QUIT "$!" 2>/dev/null; fi
    tries=$((tries + 1))
    sleep 0.1
  done
  exit 0
}

main=$$
early_deaths=0
trap stop TERM
( trap - TERM; while read -r _ <&3; do :; done; kill -TERM "$main" ) </dev/null &
watcher=$!
exec 3<&-

while :; do
  began=$(date +%s)
  "$@" </dev/null &
  wait "$!"
  code=$?
  # Right after a crash its backends may still hold the shared memory, and it refuses to start for a second or two.
  [ $(($(date +%s) - began)) -ge 20 ] && early_deaths=0
  early_deaths=$((early_deaths + 1))
  if [ "$early_deaths" -ge 12 ]; then
    kill "$watcher" 2>/dev/null
    exit "$code"
  fi
  sleep 0.5
done
