// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a block costs on its way through the device and through its peers: written and read back by
 * one thread, streamed between two processes, and as the reason to wake up for. Also through devices
 * on a bus, beside a program that does without a driver.
 */

#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <pty.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "bench.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

#define BLOCK_MAX 65536

/*
 * What is written to one end is read at the other; and the same in the other direction. How is by
 * read() and write(), if nothing else is said.
 */
struct channel {
	int wr, rd;
	int back_wr, back_rd;
	ssize_t (*write)(int fd, const void *data, size_t len);
	ssize_t (*read)(int fd, void *data, size_t len);
};

struct peer {
	const char *name;
	void (*open)(struct channel *ch);
};

static int xopen(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		die("cannot open %s", path);
	return fd;
}

/* A device that nothing has gone through yet, as a new pipe is. */
static int open_next_device(void)
{
	static unsigned int next;
	char path[32];

	snprintf(path, sizeof(path), "/dev/mydev%u", next++);
	return xopen(path, O_RDWR);
}

static void open_device(struct channel *ch)
{
	ch->wr = ch->rd = open_next_device();
	ch->back_wr = ch->back_rd = open_next_device();
}

static void open_pipe(struct channel *ch)
{
	int there[2], back[2];

	if (pipe(there) < 0 || pipe(back) < 0)
		die("pipe");
	ch->wr = there[1];
	ch->rd = there[0];
	ch->back_wr = back[1];
	ch->back_rd = back[0];
}

static void open_unix(struct channel *ch)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		die("socketpair");
	ch->wr = ch->back_rd = fds[0];
	ch->rd = ch->back_wr = fds[1];
}

static void open_pty(struct channel *ch)
{
	struct termios raw = {};
	int master, slave;

	cfmakeraw(&raw);
	raw.c_cflag |= CS8 | CREAD;
	raw.c_cc[VMIN] = 1;
	if (openpty(&master, &slave, NULL, &raw, NULL) < 0)
		die("openpty");
	ch->wr = ch->back_rd = master;
	ch->rd = ch->back_wr = slave;
}

static void open_floor(struct channel *ch)
{
	ch->wr = xopen("/dev/null", O_WRONLY);
	ch->rd = xopen("/dev/zero", O_RDONLY);
}

static void open_eventfd(struct channel *ch)
{
	ch->wr = ch->rd = eventfd(0, EFD_CLOEXEC);
	ch->back_wr = ch->back_rd = eventfd(0, EFD_CLOEXEC);
	if (ch->rd < 0 || ch->back_rd < 0)
		die("eventfd");
}

/* ---- A device of USB that sends back what it is sent, without a driver of the kernel ---- */

#define USB_TIMEOUT_MS 10000

static unsigned int usb_out, usb_in;

static ssize_t usb_bulk(int fd, unsigned int endpoint, const void *data, size_t len)
{
	struct usbdevfs_bulktransfer bulk = {
		.ep = endpoint,
		.len = len,
		.timeout = USB_TIMEOUT_MS,
		.data = (void *)data,
	};

	return ioctl(fd, USBDEVFS_BULK, &bulk);
}

static ssize_t usb_write(int fd, const void *data, size_t len)
{
	return usb_bulk(fd, usb_out, data, len);
}

static ssize_t usb_read(int fd, void *data, size_t len)
{
	return usb_bulk(fd, usb_in, data, len);
}

/* USB in the environment says which: NODE OUT IN, the endpoints in hexadecimal. */
static void open_usbfs(struct channel *ch)
{
	struct usbdevfs_disconnect_claim claim = {};
	const char *usb = getenv("USB");
	char node[64];

	if (!usb || sscanf(usb, "%63s %x %x", node, &usb_out, &usb_in) != 3)
		error(2, 0, "USB=\"NODE OUT IN\" is not in the environment");
	ch->wr = ch->rd = xopen(node, O_RDWR);
	ch->write = usb_write;
	ch->read = usb_read;
	if (ioctl(ch->wr, USBDEVFS_DISCONNECT_CLAIM, &claim) < 0)
		die("cannot take %s from its driver", node);
}

/* On a bus there is one device. */
static void open_bus(struct channel *ch)
{
	ch->wr = ch->rd = xopen("/dev/mydev0", O_RDWR);
}

static void close_channel(const struct channel *ch)
{
	const int fds[] = { ch->wr, ch->rd, ch->back_wr, ch->back_rd };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		bool closed = fds[i] < 0;

		for (size_t j = 0; j < i; j++)
			closed |= fds[j] == fds[i];
		if (!closed)
			close(fds[i]);
	}
}

struct subject {
	struct channel ch;
	size_t size;
	char *buf;
};

static void write_block(const struct subject *s, int fd)
{
	size_t done = 0;

	do {
		ssize_t n = s->ch.write(fd, s->buf + done, s->size - done);

		if (n < 0)
			die("cannot write %zu bytes", s->size - done);
		done += n;
	} while (done < s->size);
}

static void read_bytes(const struct subject *s, int fd, uint64_t bytes)
{
	while (bytes) {
		ssize_t n = s->ch.read(fd, s->buf, bytes < s->size ? bytes : s->size);

		if (n <= 0)
			die("cannot read %" PRIu64 " bytes", bytes);
		bytes -= n;
	}
}

/* ---- One thread: a block is written and read back ---- */

static void there_and_back(void *subject, uint64_t n)
{
	const struct subject *s = subject;

	while (n--) {
		write_block(s, s->ch.wr);
		read_bytes(s, s->ch.rd, s->size);
	}
}

/* A pty takes less than a large block before the rest of it has to be read. */
static void piecemeal(void *subject, uint64_t n)
{
	const struct subject *s = subject;

	while (n--) {
		size_t out = 0, in = 0;

		while (in < s->size) {
			ssize_t w =
				out < s->size ? write(s->ch.wr, s->buf + out, s->size - out) : 0;
			ssize_t r;

			if (w < 0 && errno != EAGAIN)
				die("cannot write %zu bytes", s->size - out);
			out += w > 0 ? w : 0;
			r = read(s->ch.rd, s->buf, s->size - in);
			if (r <= 0)
				die("cannot read %zu bytes", s->size - in);
			in += r;
		}
	}
}

static double one_thread(struct subject *s)
{
	if (!isatty(s->ch.wr))
		return bench_measure(there_and_back, s);
	if (fcntl(s->ch.wr, F_SETFL, O_NONBLOCK) < 0)
		die("fcntl");
	return bench_measure(piecemeal, s);
}

/* ---- Two processes: one writes, the other reads ---- */

/* The child is told how many blocks come, and says when it has them. */
struct stream {
	struct subject *s;
	int todo, done;
};

static void stream_blocks(void *subject, uint64_t n)
{
	const struct stream *st = subject;
	uint64_t answer;

	if (write(st->todo, &n, sizeof(n)) != sizeof(n))
		die("cannot tell the reader");
	while (n--)
		write_block(st->s, st->s->ch.wr);
	if (read(st->done, &answer, sizeof(answer)) != sizeof(answer))
		die("the reader did not answer");
}

static void stream_reader(const struct subject *s, int todo, int done)
{
	uint64_t n;

	while (read(todo, &n, sizeof(n)) == sizeof(n)) {
		read_bytes(s, s->ch.rd, n * s->size);
		if (write(done, &n, sizeof(n)) != sizeof(n))
			die("cannot answer");
	}
	_exit(0);
}

static void reap(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status)
		die("the other process failed");
}

static double two_processes(struct subject *s)
{
	struct stream st = { .s = s };
	int todo[2], done[2];
	double cost;
	pid_t pid;

	if (pipe(todo) < 0 || pipe(done) < 0)
		die("pipe");
	pid = bench_fork();
	if (!pid) {
		close(todo[1]);
		stream_reader(s, todo[0], done[1]);
	}
	close(todo[0]);
	close(done[1]);
	st.todo = todo[1];
	st.done = done[0];
	cost = bench_measure(stream_blocks, &st);
	close(st.todo);
	close(st.done);
	reap(pid);
	return cost;
}

/* ---- Two processes that wake each other up ---- */

static void ping(void *subject, uint64_t n)
{
	const struct subject *s = subject;

	while (n--) {
		write_block(s, s->ch.wr);
		read_bytes(s, s->ch.back_rd, s->size);
	}
}

static double ping_pong(struct subject *s)
{
	double cost;
	pid_t pid = bench_fork();

	if (!pid) {
		for (;;) {
			read_bytes(s, s->ch.rd, s->size);
			write_block(s, s->ch.back_wr);
		}
	}
	cost = bench_measure(ping, s);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return cost;
}

/* ---- What is measured ---- */

static const struct peer device = { "device", open_device };
static const struct peer floor_ = { "floor", open_floor };
static const struct peer pipe_ = { "pipe", open_pipe };
static const struct peer unix_ = { "unix", open_unix };
static const struct peer pty = { "pty", open_pty };
static const struct peer eventfd_ = { "eventfd", open_eventfd };

static const struct peer bus = { "device", open_bus };
static const struct peer usbfs = { "usbfs", open_usbfs };

static const size_t blocks[] = { 64, 512, 4096, 32768, BLOCK_MAX, 0 };
/* What the device takes at a time. */
static const size_t whole[] = { 4095, 0 };
static const size_t large[] = { 4096, 32768, 0 };
/* An eventfd takes eight bytes, so everyone does. */
static const size_t word[] = { 8, 0 };

static const struct test {
	const char *name;
	double (*measure)(struct subject *s);
	const size_t *sizes;
	const struct peer *peers[6];
} tests[] = {
	{ "one-thread", one_thread, blocks, { &floor_, &device, &pipe_, &unix_, &pty } },
	{ "two-processes", two_processes, blocks, { &device, &pipe_, &unix_, &pty } },
	{ "edu", one_thread, whole, { &bus } },
	{ "usb", two_processes, large, { &bus, &usbfs } },
	{ "ping-pong", ping_pong, word, { &eventfd_, &device, &pipe_, &unix_, &pty } },
};

static void measure(const struct test *test, const struct peer *peer, size_t size)
{
	struct subject s = { .size = size, .buf = aligned_alloc(4096, BLOCK_MAX) };

	if (!s.buf)
		die("no memory");
	memset(s.buf, 0, BLOCK_MAX);
	s.buf[0] = 1;
	s.ch = (struct channel){ .back_wr = -1, .back_rd = -1, .write = write, .read = read };
	peer->open(&s.ch);
	bench_report(test->name, peer->name, size, test->measure(&s));
	close_channel(&s.ch);
	free(s.buf);
}

/* With all of its peers, or only with one. */
static void run(const struct test *test, const char *only)
{
	for (const size_t *size = test->sizes; *size; size++)
		for (const struct peer *const *peer = test->peers; *peer; peer++)
			if (!only || !strcmp((*peer)->name, only))
				measure(test, *peer, *size);
}

/* path TEST [PEER] */
int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(tests); i++) {
		if (strcmp(argv[1], tests[i].name))
			continue;
		run(&tests[i], argv[2]);
		return 0;
	}
	error(2, 0, "usage: path one-thread|two-processes|ping-pong|edu|usb [PEER]");
}
