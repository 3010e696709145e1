// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the clock says to a known number of instructions, in units of the clock per instruction: 1
 * where it counts them, which is what the whole table rests on.
 */

#include "bench.h"

/* Two instructions a turn. */
static void loop(void *subject, uint64_t n)
{
	asm volatile("1: dec %0\n\tjnz 1b" : "+r"(n) : : "cc");
}

int main(void)
{
	bench_report("clock", "loop", 1, bench_measure(loop, NULL) / 2);
	return 0;
}
