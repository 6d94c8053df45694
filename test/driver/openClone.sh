# Runs a command so that it finds this clone also when it has become another user: below root's home, which is nobody else's to enter, the
# clone is then mounted again, at its own path, in folders that all may enter.
#   unshare --mount --propagation private sh openClone.sh CLONE COMMAND...
set -e
clone=$1
shift
if ! setpriv --reuid=65534 --regid=65534 --clear-groups test -r "$clone/package.json"; then
	umask 022
	top=/$(printf %s "$clone" | cut -d / -f 2)
	holder=$(mktemp -d)
	mount --bind "$clone" "$holder"
	mount -t tmpfs -o mode=755 tmpfs "$top"
	mkdir -p "$clone"
	mount --move "$holder" "$clone"
	rmdir "$holder"
	cd "$clone"
fi
exec "$@"
