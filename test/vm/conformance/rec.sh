# The parent of the workload; it has run since before Trigon, as it had since before Tetragon.
#   rec.sh FOLDER POLICIES WORKLOAD
read -r _ <"$1/begin"
bash "$3"
