// SPDX-License-Identifier: GPL-2.0-only
/*
 * integrity SEED MEGABYTES: streams of numbered records through devices of every policy, so much each with one and with
 * several writers and readers, divided among rings of every size, in blocks of random lengths; and with settings that
 * change meanwhile. Each record is checked; what is missing must be what the device says it lost. The seed repeats the run.
 *
 * A large ring has more than its share, so that it goes round, too: 4 MiB each are 168 MiB in all. From 48 MiB on the
 * shares are equal.
 *
 * Blocks are whole records and the sizes of rings, too, so a record is never cut. Only where one writes, one reads and
 * nothing is lost, a block may begin and end in the midst of one.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "cleanup.h"
#include "libmydev.h"

#define PEERS_MAX 3
#define BLOCK_RECORDS_MAX 4096
#define ROUNDS_MIN 8 /* of each ring */
#define FILL_SECONDS_MAX 600

struct record {
	uint32_t writer;
	uint32_t check;
	uint64_t number;
};

struct plan {
	const char *name;
	uint32_t policy;
	bool changes; /* policy, size and resets change meanwhile */
	bool loses; /* may lose data at all */
};

static const struct plan plans[] = {
	{ "block", MYDEV_RX_POLICY_BLOCK, false, false },
	{ "drop", MYDEV_RX_POLICY_DROP, false, true },
	{ "overwrite", MYDEV_RX_POLICY_OVERWRITE, false, true },
	{ "changing", MYDEV_RX_POLICY_BLOCK, true, true },
};

struct peers {
	unsigned int writers, readers;
};

static const struct peers mixes[] = { { 1, 1 }, { 1, 3 }, { 3, 1 }, { 3, 3 } };

/* From one that each longer block overruns to one that holds many. */
static const uint32_t sizes[] = { 4096, 8192, 32768, 65536, 262144, 1048576 };

struct totals {
	uint64_t written, read, lost;
	unsigned int changes;
};

struct run {
	const struct plan *plan;
	struct peers peers;
	uint32_t size;
	char node[64];
	uint64_t records; /* of each writer */
	unsigned char *seen[PEERS_MAX]; /* by writer: which of its records were read */
	pthread_mutex_t lock; /* of seen */
	atomic_bool failed, full, done;
};

struct peer {
	struct run *run;
	unsigned int number;
	unsigned int seed;
	int fd;
	pthread_t thread;
	struct record block[BLOCK_RECORDS_MAX + 1]; /* the last for one that was begun before */
};

static void complain(struct run *run, const char *what, uint64_t number, int err)
{
	printf("# %s, %u writing, %u reading, ring of %" PRIu32 ": %s (record %" PRIu64 ")%s%s\n",
	       run->plan->name, run->peers.writers, run->peers.readers, run->size, what, number,
	       err ? ": " : "", err ? strerror(err) : "");
	atomic_store(&run->failed, true);
}

/* FNV-1a, so that a record made of two is not taken for one. */
static uint32_t check_of(const struct record *record)
{
	const uint64_t words[] = { record->writer, record->number };
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < sizeof(words); i++)
		hash = (hash ^ (unsigned char)(words[i / 8] >> 8 * (i % 8))) * 16777619u;
	return hash;
}

static bool cuts_records(const struct run *run)
{
	return !run->plan->loses && run->peers.writers == 1 && run->peers.readers == 1;
}

/* Short blocks as often as long ones. */
static size_t random_bytes(struct peer *peer)
{
	size_t most = (size_t)1 << (rand_r(&peer->seed) % 13);
	size_t bytes = (1 + (size_t)rand_r(&peer->seed) % most) * sizeof(struct record);

	if (cuts_records(peer->run))
		bytes -= (size_t)rand_r(&peer->seed) % sizeof(struct record);
	return bytes;
}

static void pause_ms(unsigned int ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000L }, NULL);
}

static void *write_records(void *userdata)
{
	struct peer *peer = userdata;
	_cleanup_close_ int fd = peer->fd;
	const size_t size = sizeof(peer->block[0]);
	struct run *run = peer->run;
	uint64_t next = 0, end = run->records * size;

	while (next < end && !atomic_load(&run->failed)) {
		size_t begun = next % size, n = random_bytes(peer);
		ssize_t written;

		if (n > end - next)
			n = end - next;
		for (size_t i = 0; i * size < begun + n; i++) {
			peer->block[i].writer = peer->number;
			peer->block[i].number = next / size + i;
			peer->block[i].check = check_of(&peer->block[i]);
		}
		written = write(fd, (char *)peer->block + begun, n);
		if (written != (ssize_t)n) {
			complain(run, "write", next / size, written < 0 ? errno : 0);
			break;
		}
		next += n;
		/* So that changes come between, and not only before and after. */
		if (run->plan->changes)
			pause_ms(1);
	}
	return NULL;
}

static void look_at(struct run *run, const struct record *record, int64_t *last)
{
	if (record->writer >= run->peers.writers || record->check != check_of(record) ||
	    record->number >= run->records) {
		complain(run, "a record that nobody wrote", record->number, 0);
		return;
	}
	if ((int64_t)record->number <= last[record->writer])
		complain(run, "a record out of order", record->number, 0);
	last[record->writer] = (int64_t)record->number;
	if (run->seen[record->writer][record->number]++)
		complain(run, "a record twice", record->number, 0);
}

static void *read_records(void *userdata)
{
	int64_t last[PEERS_MAX] = { -1, -1, -1 };
	struct peer *peer = userdata;
	_cleanup_close_ int fd = peer->fd;
	const size_t size = sizeof(peer->block[0]);
	struct run *run = peer->run;
	size_t begun = 0;

	while (!atomic_load(&run->full))
		pause_ms(1);
	while (true) {
		ssize_t n = read(fd, (char *)peer->block + begun, random_bytes(peer));

		if (n < 0 && errno == ENODEV)
			break;
		if (n <= 0 || ((size_t)n % size && !cuts_records(run))) {
			complain(run, "read", 0, n < 0 ? errno : 0);
			break;
		}
		begun += (size_t)n;
		pthread_mutex_lock(&run->lock);
		for (size_t i = 0; i < begun / size; i++)
			look_at(run, &peer->block[i], last);
		pthread_mutex_unlock(&run->lock);
		peer->block[0] = peer->block[begun / size];
		begun %= size;
	}
	return NULL;
}

/* A change of settings or a reset. EBUSY: there is more in the ring than would fit. */
static int change(struct mydev_client *client, const struct mydev_dev *dev, unsigned int *seed)
{
	struct mydev_dev want = { .id = dev->id };

	MYDEV_SET(&want, DEV, ID);
	switch (rand_r(seed) % 5) {
	case 0:
		return mydev_reset(client, &want, NULL);
	case 1:
	case 2:
		want.rx_policy = (uint32_t)rand_r(seed) % 3;
		MYDEV_SET(&want, DEV, RX_POLICY);
		break;
	default:
		want.rx_size = 4096u << (rand_r(seed) % 7);
		MYDEV_SET(&want, DEV, RX_SIZE);
		break;
	}
	return mydev_dev_set(client, &want, NULL);
}

struct changer {
	struct run *run;
	const struct mydev_dev *dev;
	unsigned int seed, changes;
};

static void *change_settings(void *userdata)
{
	_cleanup_(mydev_client_free_p) struct mydev_client *client = NULL;
	struct changer *changer = userdata;
	int r = mydev_client_new(&client);

	while (r >= 0 && !atomic_load(&changer->run->done)) {
		r = change(client, changer->dev, &changer->seed);
		if (r == -EBUSY)
			r = 0;
		changer->changes++;
		pause_ms((unsigned int)rand_r(&changer->seed) % 3);
	}
	if (r < 0)
		complain(changer->run, "change of settings", 0, -r);
	return NULL;
}

static uint64_t count_seen(const struct run *run)
{
	uint64_t n = 0;

	for (unsigned int w = 0; w < run->peers.writers; w++)
		for (uint64_t i = 0; i < run->records; i++)
			n += run->seen[w][i];
	return n;
}

/* No block fills a ring that is longer. Its readers wait until it is full, and what may lose has lost. */
static void let_fill(struct run *run, struct mydev_client *client, const struct mydev_dev *which,
		     struct mydev_dev *ret)
{
	bool full = run->size <= BLOCK_RECORDS_MAX * sizeof(struct record);
	time_t deadline = time(NULL) + FILL_SECONDS_MAX;
	int r = 0;

	while (r >= 0 && !full && !atomic_load(&run->failed)) {
		pause_ms(1);
		if (time(NULL) > deadline)
			complain(run, "the ring is never full, or loses and does not count", 0, 0);
		r = mydev_dev_get(client, which, ret);
		full = run->plan->loses ? ret->rx_dropped > 0 : ret->rx_used == run->size;
	}
	if (r < 0)
		complain(run, "look at the ring", 0, -r);
	atomic_store(&run->full, true);
}

/* When the writers are through: the readers read what there is, and end with the device. */
static int drain(struct run *run, struct mydev_client *client, const struct mydev_dev *which,
		 struct mydev_dev *ret)
{
	int r;

	do {
		pause_ms(5);
		r = mydev_dev_get(client, which, ret);
	} while (r >= 0 && ret->rx_used && !atomic_load(&run->failed));
	return r < 0 ? r : mydev_dev_del(client, which);
}

/* The node is opened here: a thread may come to run when all is over. */
static void start(struct run *run, struct peer *peers, unsigned int n, unsigned int *seed,
		  int flags, void *(*does)(void *))
{
	for (unsigned int i = 0; i < n; i++) {
		peers[i].fd = open(run->node, flags | O_CLOEXEC);
		if (peers[i].fd < 0)
			abort();
		peers[i].run = run;
		peers[i].number = i;
		peers[i].seed = (unsigned int)rand_r(seed);
		if (pthread_create(&peers[i].thread, NULL, does, &peers[i]))
			abort();
	}
}

static void join(struct peer *peers, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		pthread_join(peers[i].thread, NULL);
}

static int stream(struct run *run, struct mydev_client *client, struct mydev_dev *dev,
		  unsigned int *seed, unsigned int *ret_changes)
{
	static struct peer writers[PEERS_MAX], readers[PEERS_MAX];
	struct changer changer = { .run = run, .dev = dev, .seed = (unsigned int)rand_r(seed) };
	struct mydev_dev which = { .id = dev->id };
	const bool changes = run->plan->changes;
	pthread_t changing;
	int r;

	MYDEV_SET(&which, DEV, ID);
	start(run, readers, run->peers.readers, seed, O_RDONLY, read_records);
	start(run, writers, run->peers.writers, seed, O_WRONLY, write_records);
	if (changes && pthread_create(&changing, NULL, change_settings, &changer))
		abort();
	let_fill(run, client, &which, dev);
	join(writers, run->peers.writers);
	atomic_store(&run->done, true);
	if (changes)
		pthread_join(changing, NULL);
	r = drain(run, client, &which, dev);
	join(readers, run->peers.readers);
	*ret_changes = changer.changes;
	return r;
}

static int make_device(struct mydev_client *client, const struct run *run, struct mydev_dev *ret)
{
	struct mydev_dev want = {
		.kind = (char[]){ "virt" },
		.rx_policy = run->plan->policy,
		.rx_size = run->size,
	};

	MYDEV_SET(&want, DEV, KIND);
	MYDEV_SET(&want, DEV, RX_POLICY);
	MYDEV_SET(&want, DEV, RX_SIZE);
	return mydev_dev_new(client, &want, ret);
}

/* What the device says of itself at its end, and what was seen of it. */
static void compare(struct run *run, const struct mydev_dev *dev, uint64_t written, uint64_t read,
		    uint64_t lost)
{
	if (dev->tx_bytes != written * sizeof(struct record) || dev->rx_bytes != dev->tx_bytes ||
	    dev->read_bytes != read * sizeof(struct record) ||
	    dev->rx_bytes != dev->read_bytes + lost)
		complain(run, "the device counted otherwise", 0, 0);
	if (!run->plan->loses && lost)
		complain(run, "data was lost", 0, 0);
}

/* The node comes with the device, its permissions and links by udev; root needs neither. */
static int run_one(struct mydev_client *client, struct run *run, unsigned int *seed,
		   struct totals *totals)
{
	_cleanup_(mydev_dev_clear) struct mydev_dev dev = {};
	uint64_t written = run->records * run->peers.writers, read, lost;
	unsigned int changes;
	int r;

	for (unsigned int w = 0; w < run->peers.writers; w++) {
		run->seen[w] = calloc(run->records, 1);
		if (!run->seen[w])
			abort();
	}
	r = make_device(client, run, &dev);
	if (r < 0)
		return r;
	snprintf(run->node, sizeof(run->node), "/dev/mydev%" PRIu32, dev.id);
	r = stream(run, client, &dev, seed, &changes);
	if (r < 0)
		return r;
	read = count_seen(run);
	lost = dev.rx_dropped + dev.rx_discarded;
	compare(run, &dev, written, read, lost);
	if (run->plan->changes && !changes)
		complain(run, "nothing changed meanwhile", 0, 0);
	totals->written += written;
	totals->read += read;
	totals->lost += lost / sizeof(struct record);
	totals->changes += changes;
	for (unsigned int w = 0; w < run->peers.writers; w++)
		free(run->seen[w]);
	return atomic_load(&run->failed) ? -EBADE : 0;
}

static int run_sizes(struct mydev_client *client, const struct plan *plan,
		     const struct peers *peers, uint64_t bytes, unsigned int *seed)
{
	/* Where sizes change meanwhile, one long stream has room for many changes. */
	size_t n = plan->changes ? 1 : MYDEV_ARRAY_SIZE(sizes);
	struct totals totals = {};
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		uint64_t least = (uint64_t)ROUNDS_MIN * sizes[i];
		uint64_t share = bytes / n > least ? bytes / n : least;
		struct run run = {
			.plan = plan,
			.peers = *peers,
			.size = sizes[i],
			.records = share / sizeof(struct record) / peers->writers,
			.lock = PTHREAD_MUTEX_INITIALIZER,
		};

		r = run_one(client, &run, seed, &totals);
	}
	printf("# %s, %u writing, %u reading: %" PRIu64 " records, %" PRIu64 " read, %" PRIu64
	       " lost, %u changes\n",
	       plan->name, peers->writers, peers->readers, totals.written, totals.read, totals.lost,
	       totals.changes);
	fflush(stdout);
	return r;
}

int main(int argc, char *argv[])
{
	_cleanup_(mydev_client_free_p) struct mydev_client *client = NULL;
	unsigned int seed;
	uint64_t bytes;
	int r;

	if (argc != 3) {
		fputs("usage: integrity SEED MEGABYTES\n", stderr);
		return 2;
	}
	seed = (unsigned int)strtoul(argv[1], NULL, 0);
	bytes = strtoull(argv[2], NULL, 0) << 20;
	/* A page that has to be fetched would cut a block. */
	r = mlockall(MCL_CURRENT | MCL_FUTURE) < 0 ? -errno : mydev_client_new(&client);
	for (size_t i = 0; i < MYDEV_ARRAY_SIZE(plans); i++)
		for (size_t j = 0; j < MYDEV_ARRAY_SIZE(mixes) && r >= 0; j++)
			r = run_sizes(client, &plans[i], &mixes[j], bytes, &seed);
	if (r < 0)
		fprintf(stderr, "integrity: %s\n", strerror(-r));
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
