// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who uses devices: each opens one, uses it for a while, closes it; or asks for what is known of them.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/mydev.h>
#include <linux/userfaultfd.h>

#include "cleanup.h"
#include "race.h"

#define BLOCK_BYTES 65536
#define PAGE_BYTES 4096ul

/* What a call said: what ends the use of this file, else 0. */
static int outcome(long n)
{
	if (n >= 0 || errno == EAGAIN || errno == EINTR)
		return 0;
	return -errno;
}

static int open_one(struct thread *t, int flags)
{
	struct mydev_dev dev;
	char path[32];
	int fd, r = name_one(t, &dev);

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/dev/mydev%" PRIu32, dev.id);
	fd = open(path, flags | O_CLOEXEC | (below(t, 2) ? O_NONBLOCK : 0));
	return fd < 0 ? -errno : fd;
}

/* A turn is one if a call came to something, even if the device was gone at the next. */
static int use(struct thread *t, int flags, long (*call)(struct thread *t, int fd))
{
	_cleanup_close_ int fd = open_one(t, flags);
	int r = fd < 0 ? fd : 0;
	bool used = false;

	for (unsigned int n = 1 + below(t, 20); r == 0 && n && !atomic_load(&stopping); n--) {
		long result;

		dawdle(t);
		result = call(t, fd);
		used |= result >= 0;
		r = outcome(result);
	}
	if (used && r == -ENODEV)
		return 0;
	return r == 0 && !used ? -EAGAIN : r;
}

/* Half of the time there is something to read, */
static long call_read(struct thread *t, int fd)
{
	static _Thread_local char buf[BLOCK_BYTES];

	if (below(t, 2) && write(fd, buf, 1 + below(t, 1000)) < 0)
		return -1;
	return read(fd, buf, 1 + below(t, sizeof(buf)));
}

/* and room to write to. */
static long call_write(struct thread *t, int fd)
{
	static _Thread_local char buf[BLOCK_BYTES];

	if (below(t, 2) && read(fd, buf, sizeof(buf)) < 0)
		return -1;
	return write(fd, buf, 1 + below(t, sizeof(buf)));
}

static long call_poll(struct thread *t, int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = (short)below(t, 16) };

	return poll(&pollfd, 1, (int)below(t, 5));
}

/* SIGUSR2 is ignored: what counts is that it is sent, while the owner goes. */
static long call_own(struct thread *t, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (fcntl(fd, F_SETOWN, getpid()) < 0 || fcntl(fd, F_SETSIG, SIGUSR2) < 0)
		return -1;
	return fcntl(fd, F_SETFL, below(t, 2) ? flags | O_ASYNC : flags & ~O_ASYNC);
}

static long call_ioctl(struct thread *t, int fd)
{
	int value;

	switch (below(t, 3)) {
	case 0:
		return ioctl(fd, MYDEV_IOC_RESET);
	case 1:
		return ioctl(fd, MYDEV_IOC_STATUS, &value);
	default:
		return ioctl(fd, FIONREAD, &value);
	}
}

/* ---- Memory that does not stand still ---- */

static char *map(void)
{
	char *at =
		mmap(NULL, BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		abort();
	return at;
}

/* Shared by all that map: while one's data is copied, another takes its pages away, or the right to write to them. */
static char *moving;

static long transfer(struct thread *t, int fd, char *at, size_t len)
{
	return below(t, 2) ? read(fd, at, len) : write(fd, at, len);
}

static long call_map(struct thread *t, int fd)
{
	size_t at = below(t, BLOCK_BYTES / PAGE_BYTES) * PAGE_BYTES, len = BLOCK_BYTES - at;
	void *node;
	long n;

	switch (below(t, 6)) {
	case 0:
		/* The node itself has no memory to give. */
		node = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
		if (node == MAP_FAILED)
			return errno == ENODEV ? 0 : -1;
		errno = EBADE;
		return -1;
	case 1:
		return madvise(moving + at, len, MADV_DONTNEED);
	case 2:
		return mprotect(moving + at, len, PROT_READ | (below(t, 2) ? PROT_WRITE : 0));
	default:
		n = transfer(t, fd, moving + at, 1 + below(t, (unsigned int)len));
		return n < 0 && errno == EFAULT ? 0 : n;
	}
}

/* Each page of it that is missing has to be waited for. */
static char *withheld;
static int faults;
static unsigned int delays_seed;

static long call_withhold(struct thread *t, int fd)
{
	char *page = withheld + below(t, BLOCK_BYTES / PAGE_BYTES) * PAGE_BYTES;

	if (madvise(page, PAGE_BYTES, MADV_DONTNEED) < 0)
		return -1;
	return transfer(t, fd, page, 1 + below(t, PAGE_BYTES));
}

/* Lets those wait who touch a missing page, while something happens to the device that they use. */
static void *provide(void *userdata)
{
	struct uffd_msg message;

	while (TEMP_FAILURE_RETRY(read(faults, &message, sizeof(message))) == sizeof(message)) {
		struct uffdio_zeropage zero = {
			.range = { message.arg.pagefault.address & ~(PAGE_BYTES - 1ull),
				   PAGE_BYTES },
		};

		nanosleep(&(struct timespec){ .tv_nsec = rand_r(&delays_seed) % 2000000 }, NULL);
		/* It is there already for whoever came first; or the memory is being changed: again. */
		while (ioctl(faults, UFFDIO_ZEROPAGE, &zero) < 0 && errno == EAGAIN)
			;
		ioctl(faults, UFFDIO_WAKE, &zero.range);
	}
	abort();
}

void prepare_users(unsigned int seed)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register all = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	pthread_t provider;

	moving = map();
	withheld = map();
	delays_seed = seed;
	all.range = (struct uffdio_range){ (uintptr_t)withheld, BLOCK_BYTES };
	faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	if (faults < 0 || ioctl(faults, UFFDIO_API, &api) < 0 ||
	    ioctl(faults, UFFDIO_REGISTER, &all) < 0 ||
	    pthread_create(&provider, NULL, provide, NULL)) {
		perror("race: userfaultfd");
		exit(EXIT_FAILURE);
	}
}

/* ---- Their turns ---- */

static int turn_read(struct thread *t)
{
	return use(t, O_RDWR, call_read);
}

static int turn_write(struct thread *t)
{
	return use(t, O_RDWR, call_write);
}

static int turn_poll(struct thread *t)
{
	return use(t, O_RDWR, call_poll);
}

static int turn_own(struct thread *t)
{
	return use(t, O_RDWR, call_own);
}

static int turn_ioctl(struct thread *t)
{
	return use(t, O_RDWR, call_ioctl);
}

static int turn_map(struct thread *t)
{
	return use(t, O_RDWR, call_map);
}

static int turn_withhold(struct thread *t)
{
	return use(t, O_RDWR, call_withhold);
}

static int turn_dump(struct thread *t)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};

	dawdle(t);
	return pick(t, &dev);
}

static int ignore_event(const struct mydev_event *event, void *userdata)
{
	return 0;
}

static int turn_events(struct thread *t)
{
	dawdle(t);
	return mydev_event_dump(t->client, NULL, 0, ignore_event, NULL);
}

static int turn_sysfs(struct thread *t)
{
	static const char *const attributes[] = { "state", "rx_used", "uevent",
						  "statistics/rx_bytes" };
	char path[64], buf[4096];
	struct mydev_dev dev;
	int r = name_one(t, &dev);

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/sys/class/mydev/mydev%" PRIu32 "/%s", dev.id,
		 attributes[below(t, MYDEV_ARRAY_SIZE(attributes))]);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	dawdle(t);
	return fd < 0 || read(fd, buf, sizeof(buf)) < 0 ? -errno : 0;
}

struct role users[] = {
	{ "read", turn_read },	   { "write", turn_write },
	{ "poll", turn_poll },	   { "SIGIO", turn_own },
	{ "ioctl", turn_ioctl },   { "map", turn_map },
	{ "dump", turn_dump },	   { "withhold pages", turn_withhold },
	{ "events", turn_events }, { "sysfs", turn_sysfs },
};
const size_t n_users = MYDEV_ARRAY_SIZE(users);
