#!/bin/sh
# The portal's static files against nginx: the same folder, the same machine, in turns, so that a drift of the machine touches both.
#
#   bench/static/run.sh CANDOR DIR [SECONDS] [ROUNDS]
#
# CANDOR is a release build, DIR a data directory with a published tree (`candor demo --no-serve --dir DIR` makes one). Needs nginx and wrk.
# Prints requests per second of each round, and the ratio of the medians. Only the figures of a calm machine mean something.
set -eu
candor=$1 dir=$(cd "$2" && pwd) seconds=${3:-5} rounds=${4:-5}
for needed in nginx wrk; do
    command -v "$needed" >/dev/null || { echo "needs $needed" >&2; exit 3; }
done
work=$(mktemp -d)
stop() {
    [ -z "${candor_pid:-}" ] || kill "$candor_pid" 2>/dev/null || true
    [ -z "${nginx_pid:-}" ] || kill "$nginx_pid" 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT INT TERM

# The first brand, and of its site a page, a document and the largest file.
site=$(find -L "$dir/public" -mindepth 1 -maxdepth 1 -type d ! -name 'csaf.data.security.*' | sort | head -n 1)
host=$(basename "$site")
document=$(cd "$site" && find .well-known/csaf -name '*.json' -path '*/2*' | sort | head -n 1)
largest=$(cd "$site" && find . -type f -printf '%s %P\n' | sort -n | tail -n 1 | cut -d' ' -f2)

cat > "$work/nginx.conf" <<CONF
worker_processes 2;
daemon off;
pid $work/pid;
error_log $work/error.log;
events { worker_connections 1024; }
http {
    access_log off;
    sendfile on;
    types { text/html html; application/json json; text/css css; }
    server { listen 127.0.0.1:18082; root $site; index index.html; }
}
CONF
nginx -p "$work" -c "$work/nginx.conf" 2>/dev/null &
nginx_pid=$!
cp "$dir/candor.toml" "$work/candor.toml.before"
sed -i 's/127\.0\.0\.1:8080/127.0.0.1:18080/; s/127\.0\.0\.1:8081/127.0.0.1:18081/' "$dir/candor.toml"
sed -i 's/^level *=.*/level = "error"/' "$dir/candor.toml"
"$candor" serve --dir "$dir" > "$work/candor.log" 2>&1 &
candor_pid=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
    grep -q '^Serving' "$work/candor.log" && break
    sleep 1
done
cp "$work/candor.toml.before" "$dir/candor.toml"

rate() {
    wrk -t 1 -c 16 -d "$seconds" -H "Host: $host" "http://127.0.0.1:$1/$2" | sed -n 's/^Requests\/sec: *//p'
}
median() {
    printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}
uptime
for path in "" "$document" "$largest"; do
    ours="" theirs=""
    for _ in $(seq "$rounds"); do
        ours="$ours $(rate 18080 "$path")"
        theirs="$theirs $(rate 18082 "$path")"
    done
    # shellcheck disable=SC2086
    a=$(median $ours) b=$(median $theirs)
    echo "/$path"
    echo "  candor$ours"
    echo "  nginx $theirs"
    echo "  ratio  $(awk "BEGIN { printf \"%.2f\", $a / $b }")"
done
uptime
