// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine of mydev_edu: what is written goes into the buffer of the device and comes back out of
 * it, a block at a time, since the device moves one way at a time. While a block travels, the next
 * one is gathered. What is written is mapped for the way there; the way back ends in memory that
 * the device shares with the processor.
 *
 * All of it runs in process context. While a transfer goes on, the device is kept awake.
 */

#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/iopoll.h>
#include <linux/jiffies.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/uio.h>

#include "edu.h"

/* The device takes 100 ms for a transfer. */
#define EDU_DMA_TIMEOUT (2 * HZ)
#define EDU_DMA_END_POLL_US 2000
#define EDU_DMA_END_TIMEOUT_US 1000000

static struct edu_block *edu_dma_gathering(struct edu_dma *dma)
{
	return &dma->blocks[dma->gathering];
}

static struct edu_block *edu_dma_travelling(struct edu_dma *dma)
{
	return &dma->blocks[!dma->gathering];
}

static bool edu_dma_transfers(const struct edu_dma *dma)
{
	enum edu_dma_state state = READ_ONCE(dma->state);

	return state == EDU_DMA_TO_DEVICE || state == EDU_DMA_FROM_DEVICE;
}

static void edu_dma_mark_broken(struct edu *edu, enum mydev_fault_code code, const char *why)
{
	lockdep_assert_held(&edu->dma.lock);
	WRITE_ONCE(edu->dma.broken, true);
	wake_up(&edu->dma.settled);
	mydev_fault(edu->mdev, code, why);
}

/* ---- There and back ---- */

static void edu_dma_transfer(struct edu *edu, dma_addr_t source, dma_addr_t destination,
			     u32 command)
{
	struct edu_dma *dma = &edu->dma;

	edu_set(edu, EDU_DMA_SOURCE, source);
	edu_set(edu, EDU_DMA_DESTINATION, destination);
	edu_set(edu, EDU_DMA_COUNT, edu_dma_travelling(dma)->len);
	dma->deadline = jiffies + EDU_DMA_TIMEOUT;
	schedule_delayed_work(&dma->timeout, EDU_DMA_TIMEOUT);
	edu_set(edu, EDU_DMA_COMMAND, command | EDU_DMA_COMMAND_RUN | EDU_DMA_COMMAND_INTERRUPT);
}

/* Sends the block off that was gathered, if there is one and nothing speaks against it. */
static void edu_dma_go_on(struct edu *edu)
{
	struct device *dev = &edu->pdev->dev;
	struct edu_dma *dma = &edu->dma;
	struct edu_block *block = edu_dma_gathering(dma);

	lockdep_assert_held(&dma->lock);
	if (dma->state != EDU_DMA_IDLE || !block->len || dma->paused || dma->broken)
		return;
	if (pm_runtime_resume_and_get(dev)) {
		edu_dma_mark_broken(edu, MYDEV_FAULT_CODE_LINK, "the device does not wake up");
		return;
	}
	dma->mapped = dma_map_single(dev, block->data, block->len, DMA_TO_DEVICE);
	if (dma_mapping_error(dev, dma->mapped)) {
		edu_let_sleep(edu);
		edu_dma_mark_broken(edu, MYDEV_FAULT_CODE_DMA,
				    "there is no memory in reach of the device");
		return;
	}
	WRITE_ONCE(dma->gathering, !dma->gathering);
	WRITE_ONCE(dma->state, EDU_DMA_TO_DEVICE);
	edu_dma_transfer(edu, dma->mapped, EDU_BUFFER, 0);
	mydev_tx_ready(edu->mdev);
}

static void edu_dma_unmap(struct edu *edu)
{
	struct edu_dma *dma = &edu->dma;

	dma_unmap_single(&edu->pdev->dev, dma->mapped, edu_dma_travelling(dma)->len, DMA_TO_DEVICE);
}

/* Gives on what came back; what is not taken waits for edu_dma_rx_ready(). */
static void edu_dma_deliver(struct edu *edu)
{
	struct edu_dma *dma = &edu->dma;
	struct edu_block *block = edu_dma_travelling(dma);

	lockdep_assert_held(&dma->lock);
	dma->delivered +=
		mydev_rx(edu->mdev, dma->back + dma->delivered, block->len - dma->delivered);
	if (dma->delivered < block->len)
		return;
	dma->delivered = 0;
	WRITE_ONCE(block->len, 0);
	WRITE_ONCE(dma->state, EDU_DMA_IDLE);
	edu_dma_go_on(edu);
}

void edu_dma_ended(struct edu *edu)
{
	struct edu_dma *dma = &edu->dma;

	guard(mutex)(&dma->lock);
	/* The interrupt may have been that of an earlier transfer. */
	if (!edu_dma_transfers(dma) || dma->broken ||
	    edu_get(edu, EDU_DMA_COMMAND) & EDU_DMA_COMMAND_RUN)
		return;
	cancel_delayed_work(&dma->timeout);
	mydev_count_dma(edu->mdev, edu_dma_travelling(dma)->len);
	if (dma->state == EDU_DMA_TO_DEVICE) {
		edu_dma_unmap(edu);
		WRITE_ONCE(dma->state, EDU_DMA_FROM_DEVICE);
		edu_dma_transfer(edu, EDU_BUFFER, dma->back_dma, EDU_DMA_COMMAND_FROM_DEVICE);
		return;
	}
	WRITE_ONCE(dma->state, EDU_DMA_DELIVERING);
	edu_dma_deliver(edu);
	edu_let_sleep(edu);
	wake_up(&dma->settled);
}

static void edu_dma_timeout(struct work_struct *work)
{
	struct edu *edu = container_of(work, struct edu, dma.timeout.work);
	struct edu_dma *dma = &edu->dma;

	guard(mutex)(&dma->lock);
	if (!edu_dma_transfers(dma) || dma->broken || time_before(jiffies, dma->deadline))
		return;
	if (!pci_device_is_present(edu->pdev))
		edu_dma_mark_broken(edu, MYDEV_FAULT_CODE_LINK, "the device was unplugged");
	else if (edu_get(edu, EDU_DMA_COMMAND) & EDU_DMA_COMMAND_RUN)
		edu_dma_mark_broken(edu, MYDEV_FAULT_CODE_TIMEOUT,
				    "a transfer has not ended within 2 s");
	else
		edu_dma_mark_broken(edu, MYDEV_FAULT_CODE_TIMEOUT,
				    "a transfer has ended without an interrupt");
}

/* ---- For the node ---- */

ssize_t edu_dma_write(struct edu *edu, struct iov_iter *from)
{
	struct edu_dma *dma = &edu->dma;
	struct edu_block *block;
	size_t n;

	guard(mutex)(&dma->lock);
	block = edu_dma_gathering(dma);
	if (block->len == EDU_BLOCK_BYTES)
		return -EAGAIN;
	n = copy_from_iter(block->data + block->len, EDU_BLOCK_BYTES - block->len, from);
	if (!n)
		return -EFAULT;
	WRITE_ONCE(block->len, block->len + n);
	edu_dma_go_on(edu);
	return n;
}

bool edu_dma_writable(struct edu *edu)
{
	const struct edu_dma *dma = &edu->dma;

	return READ_ONCE(dma->blocks[READ_ONCE(dma->gathering)].len) < EDU_BLOCK_BYTES;
}

void edu_dma_rx_ready(struct edu *edu)
{
	guard(mutex)(&edu->dma.lock);
	if (edu->dma.state == EDU_DMA_DELIVERING)
		edu_dma_deliver(edu);
}

bool edu_dma_is_idle(struct edu *edu)
{
	guard(mutex)(&edu->dma.lock);
	return edu->dma.state == EDU_DMA_IDLE && !edu_dma_gathering(&edu->dma)->len;
}

/* ---- Stopping ---- */

/* A transfer cannot be taken back: whoever wants its memory has to wait for the end. */
static int edu_dma_await_end(struct edu *edu)
{
	u32 command;

	return readl_poll_timeout(edu->regs + EDU_DMA_COMMAND, command,
				  !(command & EDU_DMA_COMMAND_RUN), EDU_DMA_END_POLL_US,
				  EDU_DMA_END_TIMEOUT_US);
}

static void edu_dma_drop(struct edu *edu)
{
	struct edu_dma *dma = &edu->dma;

	lockdep_assert_held(&dma->lock);
	cancel_delayed_work(&dma->timeout);
	if (dma->state == EDU_DMA_TO_DEVICE)
		edu_dma_unmap(edu);
	if (edu_dma_transfers(dma))
		edu_let_sleep(edu);
	WRITE_ONCE(dma->state, EDU_DMA_IDLE);
	wake_up(&dma->settled);
	dma->delivered = 0;
	WRITE_ONCE(dma->blocks[0].len, 0);
	WRITE_ONCE(dma->blocks[1].len, 0);
}

int edu_dma_reset(struct edu *edu)
{
	struct edu_dma *dma = &edu->dma;
	int err;

	/* Nothing begins behind the transfer whose end is awaited; the lock is free for others. */
	mutex_lock(&dma->lock);
	WRITE_ONCE(dma->broken, true);
	mutex_unlock(&dma->lock);
	err = edu_dma_await_end(edu);

	guard(mutex)(&dma->lock);
	if (err) {
		edu_dma_mark_broken(edu, MYDEV_FAULT_CODE_TIMEOUT, "a transfer does not end");
		return err;
	}
	edu_dma_drop(edu);
	WRITE_ONCE(dma->broken, false);
	return 0;
}

void edu_dma_break(struct edu *edu, enum mydev_fault_code code, const char *why)
{
	guard(mutex)(&edu->dma.lock);
	edu_dma_mark_broken(edu, code, why);
}

int edu_dma_pause(struct edu *edu)
{
	struct edu_dma *dma = &edu->dma;

	mutex_lock(&dma->lock);
	dma->paused = true;
	mutex_unlock(&dma->lock);
	/* There and back, each with its own timeout. */
	if (wait_event_timeout(dma->settled, !edu_dma_transfers(dma) || READ_ONCE(dma->broken),
			       3 * EDU_DMA_TIMEOUT))
		return 0;
	edu_dma_resume(edu);
	return -EBUSY;
}

void edu_dma_resume(struct edu *edu)
{
	guard(mutex)(&edu->dma.lock);
	edu->dma.paused = false;
	edu_dma_go_on(edu);
}

void edu_dma_stop(struct edu *edu)
{
	struct edu_dma *dma = &edu->dma;

	mutex_lock(&dma->lock);
	WRITE_ONCE(dma->broken, true);
	mutex_unlock(&dma->lock);
	cancel_delayed_work_sync(&dma->timeout);

	mutex_lock(&dma->lock);
	if (edu_dma_transfers(dma) && pci_device_is_present(edu->pdev))
		edu_dma_await_end(edu);
	/* Whatever it still does, our memory is out of its reach. */
	pci_clear_master(edu->pdev);
	edu_dma_drop(edu);
	mutex_unlock(&dma->lock);
}

int edu_dma_init(struct edu *edu)
{
	struct device *dev = &edu->pdev->dev;
	struct edu_dma *dma = &edu->dma;
	int err;

	mutex_init(&dma->lock);
	init_waitqueue_head(&dma->settled);
	INIT_DELAYED_WORK(&dma->timeout, edu_dma_timeout);

	err = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(EDU_DMA_BITS));
	if (err)
		return dev_err_probe(dev, err, "no memory is in reach of its DMA\n");
	dma->back = dmam_alloc_coherent(dev, EDU_BLOCK_BYTES, &dma->back_dma, GFP_KERNEL);
	if (!dma->back)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(dma->blocks); i++) {
		dma->blocks[i].data =
			(void *)devm_get_free_pages(dev, GFP_KERNEL, get_order(EDU_BLOCK_BYTES));
		if (!dma->blocks[i].data)
			return -ENOMEM;
	}
	/* One that somebody began before us. */
	err = edu_dma_await_end(edu);
	if (err)
		return dev_err_probe(dev, err, "a transfer does not end\n");
	return 0;
}
