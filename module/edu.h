/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of mydev_edu share: the registers of the device, as QEMU's docs/specs/edu.txt has
 * them, and the engine that moves the data.
 */
#ifndef MYDEV_EDU_H
#define MYDEV_EDU_H

#include <linux/bits.h>
#include <linux/completion.h>
#include <linux/io.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/sizes.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "backend.h"

#define EDU_IDENTIFICATION 0x00
#define EDU_IDENTIFICATION_MASK 0xffff /* above it is the version */
#define EDU_IDENTIFICATION_EDU 0x00ed
#define EDU_LIVENESS 0x04 /* gives back the complement of what was written */
#define EDU_FACTORIAL 0x08
#define EDU_STATUS 0x20
#define EDU_STATUS_COMPUTING BIT(0)
#define EDU_STATUS_INTERRUPT BIT(7) /* raise one when a factorial is there */
#define EDU_INTERRUPT_STATUS 0x24
#define EDU_INTERRUPT_FACTORIAL BIT(0)
#define EDU_INTERRUPT_DMA BIT(8)
#define EDU_INTERRUPT_ACKNOWLEDGE 0x64
#define EDU_DMA_SOURCE 0x80
#define EDU_DMA_DESTINATION 0x88
#define EDU_DMA_COUNT 0x90
#define EDU_DMA_COMMAND 0x98
#define EDU_DMA_COMMAND_RUN BIT(0) /* stays until the transfer has ended */
#define EDU_DMA_COMMAND_FROM_DEVICE BIT(1)
#define EDU_DMA_COMMAND_INTERRUPT BIT(2)
#define EDU_REGISTERS_BYTES 0xa0

#define EDU_DMA_BITS 28

/*
 * Where the device's own buffer is for its DMA controller, and what of its 4096 bytes one transfer
 * can move: some versions of the device take the end of a transfer for its last byte, and stop dead
 * when that is not in the buffer.
 */
#define EDU_BUFFER 0x40000
#define EDU_BLOCK_BYTES (SZ_4K - 1)

/* Bytes that are gathered, or that travel. */
struct edu_block {
	void *data;
	u32 len;
};

enum edu_dma_state {
	EDU_DMA_IDLE,
	EDU_DMA_TO_DEVICE,
	EDU_DMA_FROM_DEVICE,
	EDU_DMA_DELIVERING, /* the block is back; the receive ring has not taken all of it */
};

/**
 * struct edu_dma - the engine
 * @lock: all of it; what is looked at without it as well is written with WRITE_ONCE()
 * @state: where the block is that travels
 * @blocks: one is gathered while the other one travels
 * @gathering: which of them; the other one is empty when @state is idle
 * @mapped: the travelling block for the device, on its way there
 * @back: what came back from the device, coherent memory
 * @back_dma: the same for the device
 * @delivered: how much of it the receive ring has taken
 * @paused: no block begins to travel
 * @broken: no transfer begins until a reset
 * @deadline: in jiffies, for the transfer that is going on
 * @timeout: looks at the deadline
 * @settled: woken when no transfer is going on any more
 */
struct edu_dma {
	struct mutex lock; /* all of it */
	enum edu_dma_state state;
	struct edu_block blocks[2];
	unsigned int gathering;
	dma_addr_t mapped;
	void *back;
	dma_addr_t back_dma;
	u32 delivered;
	bool paused;
	bool broken;
	unsigned long deadline;
	struct delayed_work timeout;
	wait_queue_head_t settled;
};

/* Private to a device. */
struct edu {
	struct pci_dev *pdev;
	struct mydev *mdev;
	void __iomem *regs;
	struct completion computed;
	struct edu_dma dma;
};

static inline u32 edu_get(const struct edu *edu, u32 offset)
{
	return readl(edu->regs + offset);
}

static inline void edu_set(const struct edu *edu, u32 offset, u32 value)
{
	writel(value, edu->regs + offset);
}

/* Gives back what pm_runtime_resume_and_get() took. */
static inline void edu_let_sleep(const struct edu *edu)
{
	pm_runtime_mark_last_busy(&edu->pdev->dev);
	pm_runtime_put_autosuspend(&edu->pdev->dev);
}

/* Before the device is registered. Undone by devres, but for what edu_dma_stop() stops. */
int edu_dma_init(struct edu *edu);

/* No transfer goes on or will begin. After mydev_unregister(). */
void edu_dma_stop(struct edu *edu);

/* An interrupt said that a transfer has ended. */
void edu_dma_ended(struct edu *edu);

/* As write, writable and rx_ready of struct mydev_ops have to. */
ssize_t edu_dma_write(struct edu *edu, struct iov_iter *from);
bool edu_dma_writable(struct edu *edu);
void edu_dma_rx_ready(struct edu *edu);

/* Drops everything, wherever it is. 0, or -ETIMEDOUT and a fault when a transfer does not end. */
int edu_dma_reset(struct edu *edu);

/* Whether nothing is on its way. */
bool edu_dma_is_idle(struct edu *edu);

/* The block that travels arrives, no other one sets out; until resumed. 0 or -EBUSY. */
int edu_dma_pause(struct edu *edu);
void edu_dma_resume(struct edu *edu);

/* The device is not to be trusted until it is reset: faults it, and no transfer begins. */
void edu_dma_break(struct edu *edu, enum mydev_fault_code code, const char *why);

#endif
