/*
 * runtime: lets the kernel count how long BPF programs run, until standard input ends; says "on" when it does. Bound to a file
 * descriptor, so that it is over whatever becomes of the benchmarks; the sysctl of the same effect would stay.
 *
 * For each line with a program's number it tells that number, the nanoseconds and the runs so far, how many instructions the verifier
 * went through, how long the program is (in the kernel's own instructions), and its name; of a program that is gone, the number alone.
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int read_program(unsigned int id, struct bpf_prog_info *info)
{
	union bpf_attr attr;
	int fd;
	long error;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	fd = (int)bpf(BPF_PROG_GET_FD_BY_ID, &attr);
	if (fd < 0)
		return -1;
	memset(info, 0, sizeof(*info));
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (__u32)fd;
	attr.info.info_len = sizeof(*info);
	attr.info.info = (__u64)(unsigned long)info;
	error = bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
	close(fd);
	return error ? -1 : 0;
}

int main(void)
{
	struct bpf_prog_info info;
	union bpf_attr attr;
	unsigned int id;

	memset(&attr, 0, sizeof(attr));
	attr.enable_stats.type = BPF_STATS_RUN_TIME;
	if (bpf(BPF_ENABLE_STATS, &attr) < 0) {
		perror("BPF_ENABLE_STATS");
		return 1;
	}
	puts("on");
	fflush(stdout);
	while (scanf("%u", &id) == 1) {
		if (read_program(id, &info))
			printf("%u\n", id);
		else
			printf("%u %llu %llu %u %u %.15s\n", id, info.run_time_ns, info.run_cnt, info.verified_insns,
			       info.xlated_prog_len / 8, info.name);
		fflush(stdout);
	}
	return 0;
}
