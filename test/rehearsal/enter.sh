# Makes a folder the root of a new mount namespace, with this kernel's file systems in it, and runs a command there. To the kernel its
# files are then where they seem to be; after chroot alone it would tell their paths from the old root.
#   unshare --mount --propagation private sh enter.sh FOLDER COMMAND...
set -e
cd "$1"
shift
mount --bind . .
cd "$PWD"
for each in proc sys dev; do mount --rbind "/$each" "$each"; done
mkdir -p .old
pivot_root . .old
umount -l /.old
cd /root
exec "$@"
