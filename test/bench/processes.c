/*
 * processes COUNT: starts COUNT processes that only wait, says "ready", and ends them all when standard input ends. They end with
 * their parent, however that goes.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long count = argc == 2 ? atol(argv[1]) : 0;
	pid_t parent = getpid(), *children = calloc(count > 0 ? (size_t)count : 1, sizeof(*children));
	int failed = !children || count < 1;

	for (long i = 0; !failed && i < count; i++) {
		children[i] = fork();
		failed = children[i] < 0;
		if (children[i])
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() == parent)
			pause();
		_exit(0);
	}
	if (!failed) {
		puts("ready");
		fflush(stdout);
		while (getchar() != EOF)
			;
	} else {
		perror("processes");
	}
	for (long i = 0; children && i < count && children[i] > 0; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	free(children);
	return failed;
}
