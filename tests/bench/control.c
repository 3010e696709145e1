// SPDX-License-Identifier: GPL-2.0-only
/*
 * What controlling devices costs the kernel: asking for one, asking for all, adding one, and the
 * memory that it takes; mydev beside devlink (bare instances) and rtnetlink (dummy links). The
 * client is the same for each: requests made beforehand, answers counted and not looked into.
 */

#include <fcntl.h>
#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/mydev.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "bench.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

/* ---- Netlink ---- */

struct request {
	struct nlmsghdr nlh;
	char payload[240];
};

static void *append(struct request *req, const void *data, size_t len)
{
	void *at = (char *)req + NLMSG_ALIGN(req->nlh.nlmsg_len);

	req->nlh.nlmsg_len = NLMSG_ALIGN(req->nlh.nlmsg_len) + len;
	if (req->nlh.nlmsg_len > sizeof(*req))
		error(EXIT_FAILURE, 0, "a request is too long");
	if (data)
		memcpy(at, data, len);
	return at;
}

static struct nlattr *append_attr(struct request *req, uint16_t type, const void *data, size_t len)
{
	struct nlattr attr = { .nla_len = NLA_HDRLEN + len, .nla_type = type };
	struct nlattr *at = append(req, &attr, sizeof(attr));

	append(req, data, len);
	return at;
}

static void append_string(struct request *req, uint16_t type, const char *value)
{
	append_attr(req, type, value, strlen(value) + 1);
}

static struct request new_request(uint16_t type, uint16_t flags, const void *header, size_t len)
{
	struct request req = { .nlh = { .nlmsg_len = NLMSG_HDRLEN,
					.nlmsg_type = type,
					.nlmsg_flags = NLM_F_REQUEST | flags } };

	append(&req, header, len);
	return req;
}

static struct request new_genl_request(uint16_t family, uint8_t cmd, uint8_t version,
				       uint16_t flags)
{
	return new_request(family, flags, &(struct genlmsghdr){ .cmd = cmd, .version = version },
			   GENL_HDRLEN);
}

/* What libnl and iproute2 receive into, too. */
static char answer[32768] __attribute__((aligned(NLMSG_ALIGNTO)));

static int open_netlink(int protocol)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		die("netlink socket");
	return fd;
}

/* The number of objects in the answer; to what changes something, it may be only an ack. */
static uint64_t ask(int fd, const struct request *req)
{
	bool more = req->nlh.nlmsg_flags & (NLM_F_DUMP | NLM_F_ACK);
	uint64_t objects = 0;

	if (send(fd, req, req->nlh.nlmsg_len, 0) < 0)
		die("cannot send a netlink request");
	do {
		ssize_t len = recv(fd, answer, sizeof(answer), 0);

		if (len < 0)
			die("cannot receive from netlink");
		for (const struct nlmsghdr *nlh = (void *)answer; NLMSG_OK(nlh, len);
		     nlh = NLMSG_NEXT(nlh, len)) {
			const struct nlmsgerr *err = NLMSG_DATA(nlh);

			if (nlh->nlmsg_type == NLMSG_DONE)
				return objects;
			if (nlh->nlmsg_type != NLMSG_ERROR)
				objects++;
			else if (err->error)
				error(EXIT_FAILURE, -err->error,
				      "the kernel refused a netlink request");
			else
				return objects;
		}
	} while (more);
	return objects;
}

static uint16_t resolve_family(const char *name)
{
	struct request req = new_genl_request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, 0);
	int fd = open_netlink(NETLINK_GENERIC);
	const char *at = answer + NLMSG_HDRLEN + GENL_HDRLEN;
	const struct nlattr *attr;

	append_string(&req, CTRL_ATTR_FAMILY_NAME, name);
	ask(fd, &req);
	close(fd);
	/* The kernel always gives it. */
	while (attr = (const void *)at, attr->nla_type != CTRL_ATTR_FAMILY_ID)
		at += NLA_ALIGN(attr->nla_len);
	return *(const uint16_t *)(at + NLA_HDRLEN);
}

/* ---- The peers: how one asks for a device, for all, and adds one ---- */

struct peer {
	const char *name;
	int protocol;
	void (*prepare)(struct peer *peer);
	void (*add)(struct peer *peer, uint64_t i);
	int fd;
	uint16_t family;
	struct request get, dump;
};

static void prepare_mydev(struct peer *peer)
{
	peer->family = resolve_family(MYDEV_FAMILY_NAME);
	peer->get = new_genl_request(peer->family, MYDEV_CMD_DEV_GET, MYDEV_FAMILY_VERSION, 0);
	append_attr(&peer->get, MYDEV_A_DEV_ID, &(uint32_t){ 0 }, sizeof(uint32_t));
	peer->dump =
		new_genl_request(peer->family, MYDEV_CMD_DEV_GET, MYDEV_FAMILY_VERSION, NLM_F_DUMP);
}

static void add_mydev(struct peer *peer, uint64_t i)
{
	struct request req =
		new_genl_request(peer->family, MYDEV_CMD_DEV_NEW, MYDEV_FAMILY_VERSION, 0);

	append_string(&req, MYDEV_A_DEV_KIND, "virt");
	append_attr(&req, MYDEV_A_DEV_ID, &(uint32_t){ i }, sizeof(uint32_t));
	ask(peer->fd, &req);
}

static void prepare_devlink(struct peer *peer)
{
	peer->family = resolve_family(DEVLINK_GENL_NAME);
	peer->get = new_genl_request(peer->family, DEVLINK_CMD_GET, DEVLINK_GENL_VERSION, 0);
	append_string(&peer->get, DEVLINK_ATTR_BUS_NAME, "platform");
	append_string(&peer->get, DEVLINK_ATTR_DEV_NAME, "mydev_bench_devlink.0");
	peer->dump =
		new_genl_request(peer->family, DEVLINK_CMD_GET, DEVLINK_GENL_VERSION, NLM_F_DUMP);
}

static void add_devlink(struct peer *peer, uint64_t i)
{
	static const char *const path = "/sys/module/mydev_bench_devlinks/parameters/devices";
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || dprintf(fd, "%" PRIu64, i + 1) < 0)
		die("cannot write %s", path);
	close(fd);
}

static void append_dummy_kind(struct request *req)
{
	struct nlattr *info = append_attr(req, IFLA_LINKINFO | NLA_F_NESTED, NULL, 0);

	append_string(req, IFLA_INFO_KIND, "dummy");
	info->nla_len = (char *)req + req->nlh.nlmsg_len - (char *)info;
}

static void append_link_name(struct request *req, uint64_t i)
{
	char *name;

	if (asprintf(&name, "bench%" PRIu64, i) < 0)
		die("asprintf");
	append_string(req, IFLA_IFNAME, name);
	free(name);
}

static void prepare_rtnetlink(struct peer *peer)
{
	struct ifinfomsg any = { .ifi_family = AF_UNSPEC };

	peer->get = new_request(RTM_GETLINK, 0, &any, sizeof(any));
	append_link_name(&peer->get, 0);
	peer->dump = new_request(RTM_GETLINK, NLM_F_DUMP, &any, sizeof(any));
	append_dummy_kind(&peer->dump);
}

static void add_rtnetlink(struct peer *peer, uint64_t i)
{
	struct request req = new_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK,
					 &(struct ifinfomsg){ .ifi_family = AF_UNSPEC },
					 sizeof(struct ifinfomsg));

	append_link_name(&req, i);
	append_dummy_kind(&req);
	ask(peer->fd, &req);
}

static struct peer peers[] = {
	{ "mydev", NETLINK_GENERIC, prepare_mydev, add_mydev },
	{ "rtnetlink", NETLINK_ROUTE, prepare_rtnetlink, add_rtnetlink },
	{ "devlink", NETLINK_GENERIC, prepare_devlink, add_devlink },
};

/* ---- What is measured ---- */

static void get(void *subject, uint64_t n)
{
	const struct peer *peer = subject;

	while (n--)
		ask(peer->fd, &peer->get);
}

static void dump(void *subject, uint64_t n)
{
	const struct peer *peer = subject;

	while (n--)
		ask(peer->fd, &peer->dump);
}

/* What is neither used nor a cache that can be let go. */
static double free_memory(void)
{
	uint64_t kb = 0;
	char line[128];
	FILE *f;

	f = fopen("/proc/sys/vm/drop_caches", "w");
	if (!f || fputs("3\n", f) < 0 || fclose(f))
		die("cannot drop caches");
	f = fopen("/proc/meminfo", "r");
	if (!f)
		die("/proc/meminfo");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "MemFree: %" SCNu64, &kb) == 1)
			break;
	fclose(f);
	if (!kb)
		error(EXIT_FAILURE, 0, "/proc/meminfo has no MemFree");
	return (double)kb * 1024;
}

/* Memory comes in slabs and pages: what a few devices take cannot be told. */
#define MEMORY_DEVICES_MIN 1000

static void add(struct peer *peer, uint64_t from, uint64_t to)
{
	double memory = free_memory();
	uint64_t start = bench_now(), took;

	for (uint64_t i = from; i < to; i++)
		peer->add(peer, i);
	took = bench_now() - start;
	/* A single one shows only what is done once. */
	if (to - from > 1)
		bench_report("add", peer->name, to, (double)took / (double)(to - from));
	if (to - from >= MEMORY_DEVICES_MIN)
		bench_report("memory", peer->name, to,
			     (memory - free_memory()) / (double)(to - from));
}

static void measure(struct peer *peer, uint64_t n)
{
	uint64_t got = ask(peer->fd, &peer->dump);

	if (got != n)
		error(EXIT_FAILURE, 0, "%s: dumped %" PRIu64 " devices, %" PRIu64 " are there",
		      peer->name, got, n);
	bench_report("dev-get", peer->name, n, bench_measure(get, peer));
	bench_report("dump", peer->name, n, bench_measure(dump, peer));
}

/* control PEER HAVE NUMBER...: HAVE devices of the peer are there; with NUMBER of them then. */
int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 3 && i < ARRAY_SIZE(peers); i++) {
		struct peer *peer = &peers[i];
		uint64_t have;

		if (strcmp(argv[1], peer->name))
			continue;
		peer->prepare(peer);
		peer->fd = open_netlink(peer->protocol);
		have = strtoull(argv[2], NULL, 10);
		for (int arg = 3; arg < argc; arg++) {
			uint64_t want = strtoull(argv[arg], NULL, 10);

			add(peer, have, want);
			measure(peer, want);
			have = want;
		}
		return 0;
	}
	error(2, 0, "usage: control mydev|devlink|rtnetlink HAVE NUMBER...");
}
