# Arguments: the data directory, then the command of the server in it. Runs that command, and again when it
# dies, as long as anybody holds the writing end of the pipe on descriptor 3. The kernel closes that end with
# its last holder, however that one ended; the server is then told to stop (SIGINT: fast shutdown), and after a
# minute made to (SIGQUIT: recovery on the next start). Descriptor 3 is never handed on: whoever holds its
# reading end shows to others that the server is supervised.

# Told until it works: a signal sent before the server installed its handlers is lost.
end() {
  tries=0
  while kill -0 "$1" 2>/dev/null; do
    if [ "$tries" -lt 600 ]; then kill -INT "$1" 2>/dev/null; else kill -QUIT "$1" 2>/dev/null; fi
    tries=$((tries + 1))
    sleep 0.1
  done
}

# $! is set by the shell with the fork itself; a variable of our own, set after it, would leave a gap.
stop() {
  [ -z "$watcher" ] || kill "$watcher" 2>/dev/null
  end "$!"
  exit 0
}

# Stands in for a main process that was killed; one that lives ends the watcher within the second. It notes
# which server that is before it lets go of the pipe: from then on a new one may be started in the directory.
watch() {
  trap - TERM
  while read -r _ <&3; do :; done
  read -r server 2>/dev/null <"$directory/postmaster.pid" || server=
  exec 3<&-
  kill -TERM "$main" 2>/dev/null
  sleep 1
  [ -z "$server" ] || end "$server"
}

main=$$
directory=$1
shift
early_deaths=0
watcher=
trap stop TERM
watch </dev/null &
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
