// SPDX-License-Identifier: GPL-2.0-only
/*
 * The calls, as the executing process makes them: see calls.h. Every result is that of the system call, or -errno.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "calls.h"
#include "cleanup.h"
#include "executor.h"

#define PARTS_MAX 8
#define PIPE_BYTES 65536
#define MESSAGE_BYTES \
	(NLMSG_HDRLEN + GENL_HDRLEN + (size_t)CALL_ATTRS_MAX * (NLA_HDRLEN + ATTR_BYTES_MAX))
/* Datagrams of an answer that are read at most: a dump of events that come meanwhile ends, too. */
#define ANSWERS_MAX 256

static long outcome(long n)
{
	return n < 0 ? -errno : n;
}

static int slot(const struct executor *x, uint64_t arg)
{
	return x->shared->slots[arg % SLOTS];
}

static char *pointer(const struct executor *x, uint64_t arg)
{
	uint64_t offset = arg >> PLACE_BITS;

	switch ((enum place)((arg & ((1 << PLACE_BITS) - 1)) % N_PLACES)) {
	case PLACE_MEMORY:
		return x->memory.plain + offset % MEMORY_BYTES;
	case PLACE_END:
		return x->memory.plain + MEMORY_BYTES - offset % MEMORY_BYTES;
	case PLACE_ABSENT:
		madvise(x->memory.absent, MEMORY_BYTES, MADV_DONTNEED);
		return x->memory.absent + offset % MEMORY_BYTES;
	case PLACE_READ_ONLY:
		return x->memory.read_only + offset % MEMORY_BYTES;
	case PLACE_KERNEL:
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): an address is meant, not an object */
		return (char *)(0xffff888000000000u + offset % (1ull << 40));
	default:
		return NULL;
	}
}

/* ---- The node ---- */

static long call_open(struct executor *x, const struct call *call)
{
	size_t at = call->args[0] % SLOTS;
	char path[32];
	long result;

	executor_put(x, at, -1);
	snprintf(path, sizeof(path), "/dev/mydev%u", (unsigned int)(call->args[1] % DEVICES));
	result = outcome(open(path, (int)call->args[2]));
	executor_put(x, at, result < 0 ? -1 : (int)result);
	return result;
}

static long call_close(struct executor *x, const struct call *call)
{
	return outcome(close(atomic_exchange(&x->shared->slots[call->args[0] % SLOTS], -1)));
}

static long call_read(struct executor *x, const struct call *call)
{
	return outcome(read(slot(x, call->args[0]), pointer(x, call->args[1]), call->args[2]));
}

static long call_write(struct executor *x, const struct call *call)
{
	return outcome(write(slot(x, call->args[0]), pointer(x, call->args[1]), call->args[2]));
}

/* Memory behind each other, of which each part claims its share of the length, however long that is. */
static int divide(struct executor *x, const struct call *call, struct iovec *parts)
{
	char *base = pointer(x, call->args[1]);
	uint64_t n = call->args[3] % (PARTS_MAX + 1), share = n ? call->args[2] / n : 0;

	for (uint64_t i = 0; i < n; i++)
		parts[i] = (struct iovec){ base + i * (share % MEMORY_BYTES), share };
	return (int)n;
}

static long call_readv(struct executor *x, const struct call *call)
{
	struct iovec parts[PARTS_MAX];
	int n = divide(x, call, parts);

	return outcome(preadv2(slot(x, call->args[0]), parts, n, -1, (int)call->args[4]));
}

static long call_writev(struct executor *x, const struct call *call)
{
	struct iovec parts[PARTS_MAX];
	int n = divide(x, call, parts);

	return outcome(pwritev2(slot(x, call->args[0]), parts, n, -1, (int)call->args[4]));
}

static long call_poll(struct executor *x, const struct call *call)
{
	struct pollfd pollfd = { .fd = slot(x, call->args[0]), .events = (short)call->args[1] };
	int r = poll(&pollfd, 1, (int)(call->args[2] % 8));

	return r > 0 ? pollfd.revents : outcome(r);
}

static long call_ioctl(struct executor *x, const struct call *call)
{
	return outcome(ioctl(slot(x, call->args[0]), call->args[1], pointer(x, call->args[2])));
}

static long call_lseek(struct executor *x, const struct call *call)
{
	return outcome(lseek(slot(x, call->args[0]), (off_t)call->args[1], (int)call->args[2]));
}

static long call_fcntl(struct executor *x, const struct call *call)
{
	/* What can be sent to others, or cannot be ignored, is left out. */
	const struct {
		int command;
		long arg;
	} table[] = {
		{ F_SETFL, 0 },		 { F_SETFL, O_NONBLOCK },
		{ F_SETFL, O_ASYNC },	 { F_SETFL, O_ASYNC | O_NONBLOCK },
		{ F_SETFL, O_APPEND },	 { F_SETOWN, getpid() },
		{ F_SETSIG, SIGUSR2 },	 { F_SETSIG, 0 },
		{ F_SETLEASE, F_RDLCK }, { F_GETOWN, 0 },
	};
	uint64_t i = call->args[1] % MYDEV_ARRAY_SIZE(table);

	return outcome(fcntl(slot(x, call->args[0]), table[i].command, table[i].arg));
}

static long call_mmap(struct executor *x, const struct call *call)
{
	size_t len = 1 + call->args[1] % MEMORY_BYTES;
	int flags = call->args[2] & 4 ? MAP_SHARED : MAP_PRIVATE;
	void *at = mmap(NULL, len, (int)(call->args[2] & 3), flags, slot(x, call->args[0]), 0);

	if (at == MAP_FAILED)
		return -errno;
	return outcome(munmap(at, len));
}

/* Whoever fills or empties the pipe never waits. */
static int open_pipe(struct executor *x)
{
	return x->pipe[0] >= 0 ? 0 : pipe2(x->pipe, O_NONBLOCK | O_CLOEXEC);
}

static long call_splice_in(struct executor *x, const struct call *call)
{
	static _Thread_local char rest[PIPE_BYTES];
	long n;

	if (open_pipe(x) < 0)
		return -errno;
	n = outcome(splice(slot(x, call->args[0]), NULL, x->pipe[1], NULL, call->args[1],
			   (unsigned int)call->args[2]));
	while (read(x->pipe[0], rest, sizeof(rest)) > 0)
		;
	return n;
}

static long call_splice_out(struct executor *x, const struct call *call)
{
	if (open_pipe(x) < 0)
		return -errno;
	while (write(x->pipe[1], x->memory.plain, PIPE_BYTES) > 0)
		;
	return outcome(splice(x->pipe[0], NULL, slot(x, call->args[0]), NULL, call->args[1],
			      (unsigned int)call->args[2]));
}

/* ---- Netlink ---- */

enum {
	NETLINK_ANEW = 1, /* on a socket of its own */
	NETLINK_LEAVE = 2, /* the answer is left where it is */
	NETLINK_CUT = 4, /* the answer is read into little room */
	NETLINK_SMALL = 8, /* the receive buffer is as small as can be */
	NETLINK_STRICT = 16,
};

static int set_option(int fd, int option, int value)
{
	return setsockopt(fd, SOL_NETLINK, option, &value, sizeof(value));
}

static int open_netlink(struct executor *x, uint64_t how)
{
	int small = 0;

	if (x->netlink >= 0 && how & NETLINK_ANEW) {
		close(x->netlink);
		x->netlink = -1;
	}
	if (x->netlink < 0)
		x->netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (x->netlink < 0)
		return -errno;
	set_option(x->netlink, NETLINK_EXT_ACK, 1);
	set_option(x->netlink, NETLINK_GET_STRICT_CHK, !!(how & NETLINK_STRICT));
	if (how & NETLINK_SMALL)
		setsockopt(x->netlink, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	return 0;
}

static size_t put_attr(char *at, const struct attr *attr)
{
	struct nlattr *nla = (struct nlattr *)at;

	nla->nla_type = attr->number;
	nla->nla_len = (uint16_t)(NLA_HDRLEN + attr->len + attr->skew);
	memcpy(at + NLA_HDRLEN, attr->data, attr->len);
	return NLA_HDRLEN + NLA_ALIGN(attr->len);
}

static size_t put_message(struct executor *x, const struct call *call, char *at)
{
	struct nlmsghdr *hdr = (struct nlmsghdr *)at;
	struct genlmsghdr *genl = (struct genlmsghdr *)(at + NLMSG_HDRLEN);
	size_t len = NLMSG_HDRLEN + GENL_HDRLEN;

	for (size_t i = 0; i < call->n_attrs; i++)
		len += put_attr(at + len, &call->attrs[i]);
	genl->cmd = (uint8_t)call->args[0];
	genl->version = (uint8_t)call->args[2];
	hdr->nlmsg_type = x->fixture->family;
	hdr->nlmsg_flags = (uint16_t)call->args[1];
	hdr->nlmsg_seq = ++x->netlink_seq;
	hdr->nlmsg_len = (uint32_t)(len + call->args[3]);
	return len;
}

/* The error that it tells of, or 0. */
static long read_answer(struct executor *x, uint64_t how)
{
	static _Thread_local char buf[32768];
	const struct nlmsghdr *hdr = (struct nlmsghdr *)buf;
	size_t room = how & NETLINK_CUT ? NLMSG_HDRLEN : sizeof(buf);
	long result = 0;

	for (int i = 0; i < ANSWERS_MAX; i++) {
		ssize_t n = recv(x->netlink, buf, room, MSG_DONTWAIT);

		if (n < 0 && errno != ENOBUFS)
			break;
		if (n >= (ssize_t)(NLMSG_HDRLEN + sizeof(int)) && hdr->nlmsg_type == NLMSG_ERROR)
			result = *(const int *)NLMSG_DATA(hdr);
	}
	return result;
}

static long call_netlink(struct executor *x, const struct call *call)
{
	_Alignas(struct nlmsghdr) char message[MESSAGE_BYTES] = {};
	uint64_t how = call->args[4];
	size_t len = put_message(x, call, message);
	int r = open_netlink(x, how);

	if (r < 0)
		return r;
	if (send(x->netlink, message, len, MSG_DONTWAIT) < 0)
		return -errno;
	return how & NETLINK_LEAVE ? 0 : read_answer(x, how);
}

static long call_listen(struct executor *x, const struct call *call)
{
	int r = open_netlink(x, call->args[0]);

	return r < 0 ? r :
		       outcome(set_option(x->netlink, NETLINK_ADD_MEMBERSHIP,
					  (int)x->fixture->events));
}

/* ---- sysfs ---- */

static long call_unbind(struct executor *x, const struct call *call)
{
	return fixture_tell(&x->fixture->places[call->args[0] % FIXTURE_DEVICES], "unbind");
}

static long call_bind(struct executor *x, const struct call *call)
{
	return fixture_tell(&x->fixture->places[call->args[0] % FIXTURE_DEVICES], "bind");
}

static long call_attribute(struct executor *x, const struct call *call)
{
	static const char *const names[] = {
		"kind",
		"state",
		"rx_policy",
		"rx_size",
		"rx_used",
		"watermark",
		"users",
		"uevent",
		"statistics/rx_bytes",
		"statistics/read_bytes",
		"statistics/rx_dropped",
		"statistics/rx_discarded",
		"statistics/rx_overruns",
		"statistics/tx_bytes",
		"statistics/resets",
		"statistics/faults",
	};
	char path[64], buf[4096];

	snprintf(path, sizeof(path), "/sys/class/mydev/mydev%u/%s",
		 (unsigned int)(call->args[0] % DEVICES),
		 names[call->args[1] % MYDEV_ARRAY_SIZE(names)]);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : outcome(read(fd, buf, sizeof(buf)));
}

/* One in a line: */
/* clang-format off */
const struct call_type call_types[] = {
	{ "open", 12, call_open, { ARG_SLOT, ARG_DEVICE, ARG_OPEN_FLAGS } },
	{ "close", 3, call_close, { ARG_SLOT } },
	{ "read", 8, call_read, { ARG_SLOT, ARG_PLACE, ARG_LENGTH } },
	{ "write", 10, call_write, { ARG_SLOT, ARG_PLACE, ARG_LENGTH } },
	{ "readv", 4, call_readv, { ARG_SLOT, ARG_PLACE, ARG_LENGTH, ARG_PARTS, ARG_RWF } },
	{ "writev", 4, call_writev, { ARG_SLOT, ARG_PLACE, ARG_LENGTH, ARG_PARTS, ARG_RWF } },
	{ "poll", 4, call_poll, { ARG_SLOT, ARG_EVENTS, ARG_CHOICE } },
	{ "ioctl", 6, call_ioctl, { ARG_SLOT, ARG_IOCTL, ARG_PLACE } },
	{ "lseek", 1, call_lseek, { ARG_SLOT, ARG_OFFSET, ARG_WHENCE } },
	{ "fcntl", 3, call_fcntl, { ARG_SLOT, ARG_FCNTL } },
	{ "mmap", 1, call_mmap, { ARG_SLOT, ARG_LENGTH, ARG_CHOICE } },
	{ "splice-in", 3, call_splice_in, { ARG_SLOT, ARG_LENGTH, ARG_CHOICE } },
	{ "splice-out", 3, call_splice_out, { ARG_SLOT, ARG_LENGTH, ARG_CHOICE } },
	{ "netlink", 40, call_netlink,
	  { ARG_COMMAND, ARG_NL_FLAGS, ARG_VERSION, ARG_SKEW, ARG_CHOICE } },
	{ "listen", 1, call_listen, { ARG_CHOICE } },
	{ "unbind", 1, call_unbind, { ARG_DEVICE } },
	{ "bind", 1, call_bind, { ARG_DEVICE } },
	{ "attribute", 3, call_attribute, { ARG_DEVICE, ARG_VALUE } },
};

/* clang-format on */
const unsigned int n_call_types = MYDEV_ARRAY_SIZE(call_types);
