# Keeps one PostgreSQL server for as long as its input is open, then stops it and
# removes all it made. It is a process of its own, so that this happens as well
# when the task that wanted the server is killed. Started by `server.rs`.
#
# Arguments: the programs initdb and pg_ctl, the port.
# Input: the superuser's password as a line, then nothing.
# Output: "ready" as a line, once the server can be used.
set -u
initdb=$1
pg_ctl=$2
port=$3

umask 077
read -r password || exit
# The path of a socket may be a hundred bytes long, so it is not below TMPDIR.
folder=$(mktemp -d /tmp/flowgpt-postgres-XXXXXX) || exit

start() {
    printf '%s\n' "$password" >"$folder/password" || return
    "$initdb" --pgdata="$folder/data" \
        --username=postgres --auth=scram-sha-256 --pwfile="$folder/password" \
        --encoding=UTF8 --no-locale || return
    # Tests that kill the product rely on fsync.
    "$pg_ctl" start --wait --pgdata="$folder/data" --options="\
        -c listen_addresses=127.0.0.1 -c port=$port \
        -c unix_socket_directories=$folder \
        -c max_connections=200 -c fsync=on"
}

if start >"$folder/log" 2>&1; then
    # When nobody reads this any more, the rest has to be done all the same.
    trap '' PIPE
    echo ready 2>/dev/null
    cat >/dev/null
else
    cat "$folder/log" >&2
fi
# A start that took too long may still succeed, so this is for both.
"$pg_ctl" stop --wait --mode=fast --pgdata="$folder/data" >>"$folder/log" 2>&1
rm -rf "$folder"
