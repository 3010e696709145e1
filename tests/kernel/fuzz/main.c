// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz: makes programs of calls, has them executed, keeps those that reach something new in the module, and makes others
 * of them. Also executes kept ones again. See usage below; CONTRIBUTING.md says how to work with it.
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "cleanup.h"
#include "executor.h"
#include "generate.h"
#include "keep.h"
#include "kernel_log.h"
#include "symbols.h"

#define PROGRESS_S 10
/* Comparisons of a program that are tried to be met, and of one place in the modules in all. */
#define COMPARISONS_MAX 128
#define SITE_TRIES_MAX 4

struct options {
	uint64_t seed;
	uint64_t seconds;
	const char *user, *keep, *seeds, *replay;
};

struct kept {
	struct program program;
	bool compared; /* its comparisons have been tried */
};

struct fuzzer {
	struct options options;
	struct rng rng;
	struct coverage coverage[TASKS];
	struct fixture fixture;
	struct executor executor;
	struct keep keep;
	int log;
	struct points known;
	struct points sites; /* of comparisons, with how often they were tried below */
	struct kept *corpus;
	size_t n_corpus;
	uint64_t n_programs, n_calls;
	time_t begun, told;
};

static const char usage[] =
	"usage: fuzz [OPTION]...\n"
	"\n"
	"Calls mydev in ways that nobody has thought of. The modules are loaded, without a device\n"
	"but those of hardware, which are then the first.\n"
	"\n"
	"  --seconds N    how long (default: 60)\n"
	"  --seed N       begin of the random numbers (default: another one each time)\n"
	"  --user NAME    the calls are made by that account (default: root)\n"
	"  --keep DIR     where programs are kept; it should not be in the machine that may crash\n"
	"                 (default: fuzz.kept)\n"
	"  --seeds FILE   programs to begin with, beside those that were kept\n"
	"  --replay FILE  executes the programs of the file, and no others; says what each call gave\n"
	"\n"
	"Exit status: 0, or 1 when the kernel complained, a call did not come back, or nothing was\n"
	"reached, or 2 after wrong usage.\n";

/* ---- One program ---- */

static void tell_stack(pid_t pid)
{
	char path[32], line[256];

	snprintf(path, sizeof(path), "/proc/%d/stack", pid);
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		printf("# %s", line);
}

/* Does not return: the kernel is not to be trusted from now on. */
static _Noreturn void end_in_trouble(struct fuzzer *f, const char *words)
{
	_cleanup_free_ char *name = NULL;
	int r = keep_trouble(&f->keep, words, &name);

	printf("# trouble: %s\n", words);
	if (r < 0)
		printf("# the programs could not be kept: %s\n", strerror(-r));
	else
		printf("# after %jd s and %" PRIu64 " programs; the last of them are in %s/%s\n",
		       (intmax_t)(time(NULL) - f->begun), f->n_programs, f->options.keep, name);
	exit(EXIT_FAILURE);
}

static void check(struct fuzzer *f, const char *what, int r)
{
	char words[256];

	if (r >= 0)
		return;
	snprintf(words, sizeof(words), "%s: %s", what, strerror(-r));
	end_in_trouble(f, words);
}

/* From the record of it to the state that the next one finds. */
static void run_program(struct fuzzer *f, const struct program *program, enum trace trace)
{
	char words[256];
	int r;

	check(f, "keeping a program", keep_before(&f->keep, program));
	f->n_programs++;
	f->n_calls += program->n_calls;
	r = executor_run(&f->executor, program, trace);
	if (r == -ETIMEDOUT)
		for (size_t i = 0; i < f->executor.shared->n_tasks; i++)
			tell_stack(f->executor.shared->tids[i]);
	/* What the kernel says explains more than that a process is gone. */
	if (kernel_log_trouble(f->log, words, sizeof(words)) > 0)
		end_in_trouble(f, words);
	check(f, "a program did not come back", r);
	check(f, "the devices could not be restored", fixture_restore(&f->fixture));
}

/* ---- Looking for what is new ---- */

static bool time_is_over(const struct fuzzer *f)
{
	return difftime(time(NULL), f->begun) >= (double)f->options.seconds;
}

static void tell_progress(struct fuzzer *f)
{
	time_t now = time(NULL);

	if (now - f->told < PROGRESS_S)
		return;
	f->told = now;
	printf("# %jd s: %" PRIu64 " programs, corpus %zu, %zu points\n",
	       (intmax_t)(now - f->begun), f->n_programs, f->n_corpus, f->known.n);
	fflush(stdout);
}

/* Leaves out each call without which the program still reaches all that is new. */
static void minimize(struct fuzzer *f, struct program *program, const struct points *fresh)
{
	struct program less;

	for (size_t i = program->n_calls; i-- > 0 && program->n_calls > 1;) {
		less = *program;
		less.n_calls--;
		memmove(&less.calls[i], &less.calls[i + 1],
			(less.n_calls - i) * sizeof(less.calls[0]));
		run_program(f, &less, TRACE_POINTS);
		if (coverage_has_all(f->coverage, fresh))
			*program = less;
	}
}

static void add_to_corpus(struct fuzzer *f, const struct program *program)
{
	struct kept *corpus = realloc(f->corpus, (f->n_corpus + 1) * sizeof(*corpus));

	if (!corpus)
		end_in_trouble(f, "no memory for the corpus");
	f->corpus = corpus;
	corpus[f->n_corpus++] = (struct kept){ .program = *program };
	check(f, "keeping the corpus", keep_in_corpus(&f->keep, program));
}

/* What reaches something new is kept, as short as it can be. */
static void try_program(struct fuzzer *f, struct program *program)
{
	static struct points fresh;

	tell_progress(f);
	run_program(f, program, TRACE_POINTS);
	if (!coverage_fresh(f->coverage, &f->known, &fresh))
		return;
	points_add_all(&f->known, &fresh);
	minimize(f, program, &fresh);
	add_to_corpus(f, program);
}

/* A loop compares again and again, and so do programs that are much alike. */
static bool is_worn(struct fuzzer *f, uint64_t site)
{
	for (uint64_t i = 0; i < SITE_TRIES_MAX; i++)
		if (points_add(&f->sites, site * SITE_TRIES_MAX + i))
			return false;
	return true;
}

/* Meets the constants that values of the program were compared with: chance would hardly find them. */
static void try_comparisons(struct fuzzer *f, const struct program *program)
{
	struct comparison found[COMPARISONS_MAX];
	struct program changed;
	size_t n;

	run_program(f, program, TRACE_COMPARISONS);
	n = coverage_comparisons(f->coverage, found, COMPARISONS_MAX);
	for (size_t i = 0; i < n; i++) {
		if (is_worn(f, found[i].site))
			continue;
		for (unsigned int place = 0; !time_is_over(f); place++) {
			changed = *program;
			if (place >= mutate_to_match(&changed, &found[i], place))
				break;
			try_program(f, &changed);
		}
	}
}

static int try_kept(const struct program *program, void *userdata)
{
	struct fuzzer *f = userdata;
	struct program copy = *program;

	try_program(f, &copy);
	return time_is_over(f);
}

static int try_seeds(struct fuzzer *f)
{
	_cleanup_fclose_ FILE *file = NULL;
	struct program program;
	unsigned int line = 0;
	int r;

	if (!f->options.seeds)
		return 0;
	file = fopen(f->options.seeds, "re");
	if (!file)
		return -errno;
	while ((r = program_parse(&program, file, &line)) > 0)
		try_program(f, &program);
	printf("# the seeds reach %zu points\n", f->known.n);
	return r;
}

/* Trying comparisons adds to the corpus, and may move it. */
static void compare_one(struct fuzzer *f, struct kept *kept)
{
	struct program program = kept->program;

	kept->compared = true;
	try_comparisons(f, &program);
}

static struct kept *pick(struct fuzzer *f)
{
	return &f->corpus[rng_below(&f->rng, f->n_corpus)];
}

static void fuzz(struct fuzzer *f)
{
	struct program program;

	check(f, "the seeds", try_seeds(f));
	check(f, "the corpus", keep_for_each(&f->keep, try_kept, f));
	while (!time_is_over(f)) {
		struct kept *kept = f->n_corpus ? pick(f) : NULL;

		if (kept && !kept->compared) {
			compare_one(f, kept);
			continue;
		}
		if (kept && !rng_one_in(&f->rng, 10)) {
			program = kept->program;
			mutate_program(&f->rng, &program, &pick(f)->program);
		} else {
			generate_program(&f->rng, &program);
		}
		try_program(f, &program);
	}
}

static size_t tell_those(const struct symbols *symbols, const char *title, bool reached)
{
	size_t n = 0;

	printf("# %s:", title);
	for (size_t i = 0; i < symbols->n; i++) {
		if (symbols->all[i].written && symbols->all[i].reached == reached) {
			printf(" %s", symbols->all[i].name);
			n++;
		}
	}
	printf("\n");
	return n;
}

/* Returns how many functions were reached. */
static size_t tell_functions(struct fuzzer *f)
{
	_cleanup_(symbols_clear) struct symbols symbols;
	size_t reached, missed;

	check(f, "/proc/kallsyms", symbols_read(&symbols));
	symbols_mark(&symbols, &f->known);
	reached = tell_those(&symbols, "reached", true);
	missed = tell_those(&symbols, "not reached", false);
	printf("# %zu of %zu functions reached\n", reached, reached + missed);
	return reached;
}

static int fuzz_and_tell(struct fuzzer *f)
{
	size_t reached;

	fuzz(f);
	reached = tell_functions(f);
	printf("# %jd s, seed %" PRIu64 ": %" PRIu64 " programs of %" PRIu64
	       " calls, corpus %zu, %zu points\n",
	       (intmax_t)(time(NULL) - f->begun), f->options.seed, f->n_programs, f->n_calls,
	       f->n_corpus, f->known.n);
	return reached ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- Once more ---- */

static void tell_results(const struct fuzzer *f)
{
	const struct executor_shared *shared = f->executor.shared;

	for (size_t i = 0; i < shared->program.n_calls; i++) {
		call_print(&shared->program.calls[i], stdout);
		printf(" # = %ld%s%s\n", shared->results[i], shared->results[i] < 0 ? ", " : "",
		       shared->results[i] < 0 ? strerror((int)-shared->results[i]) : "");
	}
	printf("\n");
	fflush(stdout);
}

static int replay(struct fuzzer *f)
{
	_cleanup_fclose_ FILE *file = fopen(f->options.replay, "re");
	struct program program;
	unsigned int line = 0;
	int r;

	if (!file) {
		perror(f->options.replay);
		return 2;
	}
	while ((r = program_parse(&program, file, &line)) > 0) {
		run_program(f, &program, TRACE_NOTHING);
		tell_results(f);
	}
	if (r < 0) {
		fprintf(stderr, "%s:%u: is no call\n", f->options.replay, line);
		return 2;
	}
	return EXIT_SUCCESS;
}

/* ---- Begin ---- */

static bool parse_options(int argc, char *argv[], struct options *options)
{
	static const struct option known[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'S' },
		{ "user", required_argument, NULL, 'u' },
		{ "keep", required_argument, NULL, 'k' },
		{ "seeds", required_argument, NULL, 'b' },
		{ "replay", required_argument, NULL, 'r' },
		{},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) >= 0) {
		switch (option) {
		case 's':
			if (!parse_number(optarg, &options->seconds))
				return false;
			break;
		case 'S':
			if (!parse_number(optarg, &options->seed))
				return false;
			break;
		case 'u':
			options->user = optarg;
			break;
		case 'k':
			options->keep = optarg;
			break;
		case 'b':
			options->seeds = optarg;
			break;
		case 'r':
			options->replay = optarg;
			break;
		default:
			return false;
		}
	}
	return optind == argc;
}

/* What is needed; each says what is wrong with it. */
static int begin(struct fuzzer *f)
{
	int r = 0;

	for (size_t i = 0; i < TASKS && r == 0 && !f->options.replay; i++)
		r = coverage_open(&f->coverage[i]);
	if (r < 0) {
		fprintf(stderr,
			"fuzz: coverage: %s (it needs tests/vm/run --kernel sanitized, or kcsan)\n",
			strerror(-r));
		return r;
	}
	r = fixture_open(&f->fixture);
	if (r < 0) {
		fprintf(stderr, "fuzz: mydev: %s\n", strerror(-r));
		return r;
	}
	r = keep_open(&f->keep, f->options.keep);
	if (r < 0) {
		fprintf(stderr, "fuzz: %s: %s\n", f->options.keep, strerror(-r));
		return r;
	}
	r = f->log = kernel_log_open();
	if (r < 0) {
		fprintf(stderr, "fuzz: /dev/kmsg: %s\n", strerror(-r));
		return r;
	}
	f->executor.coverage = f->coverage;
	f->executor.fixture = &f->fixture;
	f->executor.user = f->options.user;
	r = executor_start(&f->executor);
	if (r < 0)
		fprintf(stderr, "fuzz: starting a process: %s\n", strerror(-r));
	return r;
}

int main(int argc, char *argv[])
{
	static struct fuzzer f = { .options = { .seconds = 60, .keep = "fuzz.kept" } };
	int status;

	if (getrandom(&f.options.seed, sizeof(uint32_t), 0) < 0 ||
	    !parse_options(argc, argv, &f.options)) {
		fputs(usage, stderr);
		return 2;
	}
	if (begin(&f) < 0)
		return EXIT_FAILURE;
	f.rng.state = f.options.seed;
	f.begun = f.told = time(NULL);
	if (!f.options.replay) {
		printf("# seed %" PRIu64 ", %" PRIu64 " s\n", f.options.seed, f.options.seconds);
		fflush(stdout);
	}
	status = f.options.replay ? replay(&f) : fuzz_and_tell(&f);
	executor_stop(&f.executor);
	return status;
}
