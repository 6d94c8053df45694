// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * act list: the deeds, one a line: name, arguments, help, parted by tabs; settings first.
 * act run: reads a script (script.c) from standard input and does its deeds, one after the other, in a sandbox (run.c, sandbox.c):
 * its first child is the first process there, the second one does the deeds. `private` at the beginning of a script is done by the
 * former. Tells on standard output, a line each, words parted by tabs: `begun PID`, as the sandbox counts, `failed DEED TEXT` (deeds
 * are counted from 0), `invalid DEED TEXT` of a bad script, of which nothing is done, `ended SIGNAL NAME`, `timeout SECONDS`. Its
 * exit code is one of enum exit_code.
 * act go-on FD FD DEED: from itself, for `as`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act.h"

static const struct {
	const struct deed *deeds;
	const size_t *count;
} tables[] = {
	{ setting_deeds, &setting_deed_count }, { file_deeds, &file_deed_count },     { exec_deeds, &exec_deed_count },
	{ network_deeds, &network_deed_count }, { kernel_deeds, &kernel_deed_count },
	{ bpf_deeds, &bpf_deed_count },
	{ namespace_deeds, &namespace_deed_count },
	{ process_deeds, &process_deed_count },
	{ identity_deeds, &identity_deed_count },
	{ lab_deeds, &lab_deed_count },
};

const struct deed *find_deed(const char *name)
{
	for (size_t i = 0; i < DEED_COUNT(tables); i++)
		for (size_t j = 0; j < *tables[i].count; j++)
			if (!strcmp(tables[i].deeds[j].name, name))
				return &tables[i].deeds[j];
	return NULL;
}

bool is_setting(const struct deed *deed)
{
	return deed >= setting_deeds && deed < setting_deeds + setting_deed_count;
}

static int list_deeds(void)
{
	for (size_t i = 0; i < DEED_COUNT(tables); i++)
		for (size_t j = 0; j < *tables[i].count; j++)
			printf("%s\t%s\t%s\n", tables[i].deeds[j].name, tables[i].deeds[j].arguments, tables[i].deeds[j].help);
	return ALL_DONE;
}

bool is_valid(const struct script *script)
{
	bool valid = true;

	if (script->size > SCRIPT_LIMIT || script->count > DEED_LIMIT) {
		char text[128];

		snprintf(text, sizeof(text), "a script has %d deeds and %d bytes at the most", DEED_LIMIT, SCRIPT_LIMIT);
		report("invalid", 0, text);
		return false;
	}
	for (int i = 0; i < script->count; i++) {
		const struct deed *deed = find_deed(script->deeds[i][0]);
		int arguments = -1;
		char text[256];

		for (char **word = script->deeds[i]; *word; word++)
			arguments++;
		if (deed && arguments >= deed->least && arguments <= deed->most)
			continue;
		if (deed)
			snprintf(text, sizeof(text), "it is: %s %s", deed->name, deed->arguments);
		else
			snprintf(text, sizeof(text), "there is no such deed: %s", script->deeds[i][0]);
		report("invalid", i, text);
		valid = false;
	}
	return valid;
}

static enum exit_code go_on(char **argv)
{
	struct script script = read_script(atoi(argv[0]));

	close(atoi(argv[0]));
	take_report(atoi(argv[1]));
	return do_deeds(&script, atoi(argv[2]));
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "list"))
		return list_deeds();
	if (argc == 2 && !strcmp(argv[1], "run"))
		return run_script();
	if (argc == 5 && !strcmp(argv[1], "go-on"))
		return go_on(argv + 2);
	fputs("act list: tells what deeds there are\nact run: does those that standard input tells, one a line\n", stderr);
	return BAD_SCRIPT;
}
