# Runs inside the VM of vm.test.ts, in a root folder with little in it; what it writes is looked at there.
set -u
[ -z "$(command -v node)" ] && ! ldconfig -p | grep -q libbpf && echo 'no node, no libbpf'

# Waits for a pattern in a file, which must not match itself (grep's own arguments are told of, too), while /bin/true and the victim run again and again, as long as the program runs.
wait_for() {
	tries=0
	while ! grep -q "$1" "$2" && kill -0 $trigon && [ $tries -lt 3000 ]; do
		/bin/true
		/victim /guarded/file >/dev/null 2>&1
		tries=$((tries + 1))
		sleep 0.1
	done
	grep "$1" "$2" | head -n 1
}

echo "before: $(/victim /guarded/file)"
/tmp/trigon events >/tmp/lines 2>/tmp/said &
trigon=$!
echo "event: $(wait_for '/bin/tru[e] ' /tmp/lines)"
kill -TERM $trigon
wait $trigon
cat /tmp/said >&2

# An emulated machine may keep the agent waiting for more than three seconds: then everything is disarmed, as it must be, and armed again.
code=0
attempt=0
while [ $code -ne 137 ] && [ $attempt -lt 5 ]; do
	attempt=$((attempt + 1))
	/tmp/trigon events --policy /policy.yaml --enforce >/tmp/lines 2>/tmp/said &
	trigon=$!
	tries=0
	while [ $code -ne 137 ] && kill -0 $trigon && [ $tries -lt 3000 ] && ! grep -q 'stopped or hung' /tmp/said; do
		/victim /guarded/file >/dev/null 2>&1
		code=$?
		tries=$((tries + 1))
		sleep 0.1
	done
	[ $code -eq 137 ] && echo 'armed: killed' && echo "told: $(wait_for 'victim /guarded/file SIGKIL[L]' /tmp/lines)"
	kill -TERM $trigon
	wait $trigon
	cat /tmp/said >&2
done
echo "after: $(/victim /guarded/file)"
