/* SPDX-License-Identifier: Apache-2.0 */
/* Turns errno and libbpf codes into JS errors that name what was attempted and why it failed. */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "log.h"

/* The kernel's own "not supported by this hook or map"; no libc header knows it. */
#define ENOTSUPP_KERNEL 524
#define LOG_LINES 40
#define PROGRAM_BYTES 256

struct error_name {
	int number;
	const char *name;
};

#define NAME(symbol) { symbol, "BPF_" #symbol }
#define LIBBPF_NAME(symbol) { LIBBPF_ERRNO__##symbol, "BPF_" #symbol }

/* strerrorname_np would do, but needs glibc 2.32 and knows neither libbpf's codes nor ENOTSUPP. */
static const struct error_name names[] = {
	NAME(EPERM), NAME(ENOENT), NAME(ESRCH), NAME(EINTR), NAME(EIO), NAME(ENXIO), NAME(E2BIG),
	NAME(ENOEXEC), NAME(EBADF), NAME(EAGAIN), NAME(ENOMEM), NAME(EACCES), NAME(EFAULT),
	NAME(EBUSY), NAME(EEXIST), NAME(EXDEV), NAME(ENODEV), NAME(ENOTDIR), NAME(EISDIR),
	NAME(EINVAL), NAME(ENFILE), NAME(EMFILE), NAME(ENOTTY), NAME(EFBIG), NAME(ENOSPC),
	NAME(ESPIPE), NAME(EROFS), NAME(EMLINK), NAME(EPIPE), NAME(EDOM), NAME(ERANGE),
	NAME(EDEADLK), NAME(ENAMETOOLONG), NAME(ENOSYS), NAME(ELOOP), NAME(ENODATA), NAME(ETIME),
	NAME(EPROTO), NAME(EBADMSG), NAME(EOVERFLOW), NAME(EILSEQ), NAME(EMSGSIZE),
	NAME(EPROTONOSUPPORT), NAME(EOPNOTSUPP), NAME(EAFNOSUPPORT), NAME(EADDRINUSE),
	NAME(ETIMEDOUT), NAME(EALREADY), NAME(ESTALE), NAME(ECANCELED), NAME(EKEYREJECTED),
	{ ENOTSUPP_KERNEL, "BPF_ENOTSUPP" },
	LIBBPF_NAME(LIBELF), LIBBPF_NAME(FORMAT), LIBBPF_NAME(KVERSION), LIBBPF_NAME(ENDIAN),
	LIBBPF_NAME(INTERNAL), LIBBPF_NAME(RELOC), LIBBPF_NAME(LOAD), LIBBPF_NAME(VERIFY),
	LIBBPF_NAME(PROG2BIG), LIBBPF_NAME(KVER), LIBBPF_NAME(PROGTYPE), LIBBPF_NAME(WRNGPID),
	LIBBPF_NAME(INVSEQ), LIBBPF_NAME(NLPARSE),
};

static void name_of(int number, char *name, size_t size)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].number == number) {
			snprintf(name, size, "%s", names[i].name);
			return;
		}
	}
	snprintf(name, size, "BPF_%d", number);
}

static void meaning_of(int number, char *meaning, size_t size)
{
	if (number == ENOTSUPP_KERNEL)
		snprintf(meaning, size, "Not supported by this kernel");
	else
		libbpf_strerror(number, meaning, size);
}

static bool set_string(napi_env env, napi_value object, const char *key, const char *value)
{
	napi_value string;

	return napi_create_string_utf8(env, value, NAPI_AUTO_LENGTH, &string) == napi_ok &&
	       napi_set_named_property(env, object, key, string) == napi_ok;
}

static bool set_number(napi_env env, napi_value object, const char *key, int value)
{
	napi_value number;

	return napi_create_int32(env, value, &number) == napi_ok &&
	       napi_set_named_property(env, object, key, number) == napi_ok;
}

typedef napi_status (*create_error)(napi_env, napi_value, napi_value, napi_value *);

static bool make_error(napi_env env, create_error create, int number, const char *message,
		       napi_value *error)
{
	char name[32];
	napi_value code, text;

	name_of(number, name, sizeof(name));
	return napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &code) == napi_ok &&
	       napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &text) == napi_ok &&
	       create(env, code, text, error) == napi_ok &&
	       set_number(env, *error, "errno", number);
}

static napi_value throw_out_of_memory(napi_env env)
{
	napi_throw_error(env, "BPF_ENOMEM", "out of memory");
	return NULL;
}

napi_value throw_failure(napi_env env, int error, const char *program, const char *format, ...)
{
	const int number = abs(error);
	const char *log = log_tail(LOG_LINES);
	char meaning[256], named[PROGRAM_BYTES];
	char *context = NULL, *message = NULL;
	napi_value thrown;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&context, format, arguments);
	va_end(arguments);
	if (length < 0)
		return throw_out_of_memory(env);

	meaning_of(number, meaning, sizeof(meaning));
	length = asprintf(&message, "%s: %s%s%s", context, meaning, *log ? "\n" : "", log);
	free(context);
	if (length < 0)
		return throw_out_of_memory(env);

	if (!program && log_program(named, sizeof(named)))
		program = named;

	if (make_error(env, napi_create_error, number, message, &thrown) &&
	    (!*log || set_string(env, thrown, "log", log)) &&
	    (!program || set_string(env, thrown, "program", program)))
		napi_throw(env, thrown);
	else
		succeeded(env, napi_generic_failure);
	free(message);
	return NULL;
}

napi_value throw_argument(napi_env env, const char *format, ...)
{
	napi_value thrown;
	char *message;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&message, format, arguments);
	va_end(arguments);
	if (length < 0)
		return throw_out_of_memory(env);

	if (make_error(env, napi_create_type_error, EINVAL, message, &thrown))
		napi_throw(env, thrown);
	else
		succeeded(env, napi_generic_failure);
	free(message);
	return NULL;
}

bool succeeded(napi_env env, napi_status status)
{
	const napi_extended_error_info *info = NULL;
	bool pending = false;

	if (status == napi_ok)
		return true;

	/* Read the reason first: every further call overwrites it. */
	napi_get_last_error_info(env, &info);
	napi_is_exception_pending(env, &pending);
	if (!pending)
		napi_throw_error(env, "BPF_EIO",
				 info && info->error_message ? info->error_message : "Node-API call failed");
	return false;
}
