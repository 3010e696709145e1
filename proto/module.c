// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether the kernel module is there, by libkmod and sysfs. It is never loaded here.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>

#include <libkmod.h>

#include "cleanup.h"
#include "format.h"
#include "libmydev.h"
#include "version.h"

#define MODULE_NAME "mydev"

static void kmod_ctx_put(struct kmod_ctx **ctx)
{
	if (*ctx)
		kmod_unref(*ctx);
}

static void kmod_module_put(struct kmod_module **mod)
{
	if (*mod)
		kmod_module_unref(*mod);
}

static void info_list_put(struct kmod_list **list)
{
	kmod_module_info_free_list(*list);
}

/* libkmod would write to standard error. */
static void log_nothing(void *data, int priority, const char *file, int line, const char *fn,
			const char *format, va_list args)
{
}

/* A loaded module without a version has no such file: *ret is then NULL. */
static int read_version(char **ret)
{
	_cleanup_fclose_ FILE *f = fopen("/sys/module/" MODULE_NAME "/version", "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	*ret = NULL;
	if (!f)
		return errno == ENOENT ? 0 : -errno;
	errno = 0;
	if (getline(&line, &size, f) < 0)
		return errno ? -errno : 0;
	line[strcspn(line, "\n")] = '\0';
	*ret = MYDEV_TAKE(line);
	return 0;
}

/* *ret_ctx has to live as long as *ret. */
static int find_module(struct kmod_ctx **ret_ctx, struct kmod_module **ret)
{
	*ret_ctx = kmod_new(NULL, NULL);
	if (!*ret_ctx)
		return -ENOMEM;
	kmod_set_log_fn(*ret_ctx, log_nothing, NULL);
	return kmod_module_new_from_name(*ret_ctx, MODULE_NAME, ret);
}

/* The release that the installed module was built for; NULL: it does not tell, or no memory. */
static char *built_for(struct kmod_module *mod)
{
	_cleanup_(info_list_put) struct kmod_list *list = NULL;
	struct kmod_list *item;

	if (kmod_module_get_info(mod, &list) < 0)
		return NULL;
	kmod_list_foreach(item, list) {
		const char *value = kmod_module_info_get_value(item);

		if (!strcmp(kmod_module_info_get_key(item), "vermagic"))
			return strndup(value, strcspn(value, " "));
	}
	return NULL;
}

/* The release that the installed module was built for, if that is not the running one; or NULL. */
static char *built_for_other(struct kmod_module *mod)
{
	_cleanup_free_ char *release = built_for(mod);
	struct utsname uts;

	uname(&uts);
	return release && strcmp(release, uts.release) != 0 ? MYDEV_TAKE(release) : NULL;
}

int mydev_module_state(enum mydev_module_state *ret, char **ret_version)
{
	_cleanup_(kmod_ctx_put) struct kmod_ctx *ctx = NULL;
	_cleanup_(kmod_module_put) struct kmod_module *mod = NULL;
	_cleanup_free_ char *version = NULL, *other = NULL;
	int r, state;

	r = find_module(&ctx, &mod);
	if (r < 0)
		return r;

	state = kmod_module_get_initstate(mod);
	if (state == KMOD_MODULE_LIVE || state == KMOD_MODULE_BUILTIN) {
		r = read_version(&version);
		if (r < 0)
			return r;
		*ret = version && !strcmp(version, MYDEV_VERSION) ? MYDEV_MODULE_LOADED :
								    MYDEV_MODULE_OTHER_VERSION;
	} else {
		other = built_for_other(mod);
		*ret = kmod_module_get_path(mod) && !other ? MYDEV_MODULE_NOT_LOADED :
							     MYDEV_MODULE_NOT_INSTALLED;
	}

	if (ret_version)
		*ret_version = MYDEV_TAKE(version);
	return 0;
}

int mydev_module_explain_not_installed(char **ret_finding, char **ret_cure)
{
	_cleanup_(kmod_ctx_put) struct kmod_ctx *ctx = NULL;
	_cleanup_(kmod_module_put) struct kmod_module *mod = NULL;
	_cleanup_free_ char *finding = NULL, *cure = NULL, *other = NULL;
	struct utsname uts;
	int r;

	uname(&uts);
	if (find_module(&ctx, &mod) >= 0)
		other = built_for_other(mod);
	if (other)
		r = mydev_asprintf(&finding,
				   "the module mydev is installed, but was built for kernel %s, "
				   "and the running one, %s, refuses it (Exec format error)",
				   other, uts.release);
	else
		r = mydev_asprintf(&finding,
				   "the module mydev is not installed for the running kernel, %s",
				   uts.release);
	if (r >= 0)
		r = mydev_asprintf(&cure,
				   "as root, in the source tree: make install "
				   "KDIR=/lib/modules/%s/build",
				   uts.release);
	*ret_finding = r < 0 ? NULL : MYDEV_TAKE(finding);
	*ret_cure = r < 0 ? NULL : MYDEV_TAKE(cure);
	return r;
}
