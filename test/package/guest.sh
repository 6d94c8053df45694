# Runs inside the VM of vm.test.ts, in a root folder with little in it; what it writes is looked at there.
set -u
[ -z "$(command -v node)" ] && ! ldconfig -p | grep -q libbpf && echo 'no node, no libbpf'

# Waits for the words in a file while /bin/true and the victim run again and again, as long as the program runs.
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
# Not those that are about the word: grep's own.
echo "event: $(wait_for '/bin/true $' /tmp/lines)"
kill -TERM $trigon
wait $trigon
cat /tmp/said >&2

/tmp/trigon events --policy /policy.yaml --enforce >/tmp/lines 2>/tmp/said &
trigon=$!
tries=0
code=0
while [ $code -ne 137 ] && kill -0 $trigon && [ $tries -lt 3000 ]; do
	/victim /guarded/file >/dev/null 2>&1
	code=$?
	tries=$((tries + 1))
	sleep 0.1
done
[ $code -eq 137 ] && echo 'armed: killed' || echo "armed: not killed ($code)"
echo "told: $(wait_for "victim.*SIGKILL" /tmp/lines)"
kill -TERM $trigon
wait $trigon
cat /tmp/said >&2
echo "after: $(/victim /guarded/file)"
