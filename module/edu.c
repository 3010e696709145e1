// SPDX-License-Identifier: GPL-2.0-only
/*
 * mydev_edu: the PCI device "edu" of QEMU. What is written to it travels by DMA into the device and
 * out of it again. This file is the driver: life-cycle, interrupt, registers, power; edu_dma.c
 * moves the data.
 */

#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pm.h>
#include <linux/pm_runtime.h>

#include "edu.h"
#include "version.h"

#define EDU_NAME "mydev_edu"
#define EDU_BAR 0
#define EDU_AUTOSUSPEND_DELAY_MS 500
#define EDU_FACTORIAL_TIMEOUT (HZ / 2)
/* A short block, a full one and the rest: each takes the device 200 ms. */
#define EDU_SELFTEST_BYTES (SZ_4K + SZ_2K)

static const struct mydev_register edu_registers[] = {
	{ "identification", "0xed, with the version in the upper half", EDU_IDENTIFICATION, 4 },
	{ "liveness", "complement of what was written", EDU_LIVENESS, 4 },
	{ "factorial", "what was computed last", EDU_FACTORIAL, 4 },
	{ "status", "bit 0: computing; bit 7: a factorial raises an interrupt", EDU_STATUS, 4 },
	{ "interrupt-status", "bit 0: factorial; bit 8: DMA", EDU_INTERRUPT_STATUS, 4 },
	{ "dma-source", "where a transfer begins to read", EDU_DMA_SOURCE, 4 },
	{ "dma-destination", "where a transfer begins to write", EDU_DMA_DESTINATION, 4 },
	{ "dma-count", "bytes of a transfer", EDU_DMA_COUNT, 4 },
	{ "dma-command", "bit 0: running; bit 1: from the device; bit 2: interrupt at the end",
	  EDU_DMA_COMMAND, 4 },
};

/* ---- The device itself ---- */

/* Whether it is the device that we know, and answers. */
static int edu_check(const struct edu *edu)
{
	struct device *dev = &edu->pdev->dev;
	u32 id = edu_get(edu, EDU_IDENTIFICATION);
	const u32 written = 0x5aa5c33c;
	u32 read;

	if ((id & EDU_IDENTIFICATION_MASK) != EDU_IDENTIFICATION_EDU) {
		dev_err(dev, "identification 0x%08x is not that of an edu device\n", id);
		return -ENODEV;
	}
	edu_set(edu, EDU_LIVENESS, written);
	read = edu_get(edu, EDU_LIVENESS);
	if (read != ~written) {
		dev_err(dev, "liveness check gives 0x%08x, not 0x%08x\n", read, ~written);
		return -EIO;
	}
	return 0;
}

static void edu_acknowledge(const struct edu *edu)
{
	edu_set(edu, EDU_INTERRUPT_ACKNOWLEDGE, edu_get(edu, EDU_INTERRUPT_STATUS));
}

/* The legacy line may be shared, and a device that is gone reads as all ones. */
static irqreturn_t edu_interrupt(int irq, void *data)
{
	struct edu *edu = data;
	u32 status = edu_get(edu, EDU_INTERRUPT_STATUS);

	if (!status || status == U32_MAX)
		return IRQ_NONE;
	edu_set(edu, EDU_INTERRUPT_ACKNOWLEDGE, status);
	mydev_count_interrupt(edu->mdev);
	if (status & EDU_INTERRUPT_FACTORIAL)
		complete(&edu->computed);
	return status & EDU_INTERRUPT_DMA ? IRQ_WAKE_THREAD : IRQ_HANDLED;
}

static irqreturn_t edu_interrupt_thread(int irq, void *data)
{
	edu_dma_ended(data);
	return IRQ_HANDLED;
}

/* ---- What the core asks for ---- */

static int edu_open(struct mydev *mdev)
{
	const struct edu *edu = mydev_priv(mdev);

	return pm_runtime_resume_and_get(&edu->pdev->dev);
}

static void edu_close(struct mydev *mdev)
{
	edu_let_sleep(mydev_priv(mdev));
}

static ssize_t edu_write(struct mydev *mdev, struct iov_iter *from)
{
	return edu_dma_write(mydev_priv(mdev), from);
}

static bool edu_writable(struct mydev *mdev)
{
	return edu_dma_writable(mydev_priv(mdev));
}

static void edu_rx_ready(struct mydev *mdev)
{
	edu_dma_rx_ready(mydev_priv(mdev));
}

static int edu_reset(struct mydev *mdev)
{
	struct edu *edu = mydev_priv(mdev);
	int err;

	err = pm_runtime_resume_and_get(&edu->pdev->dev);
	if (err)
		return err;
	/* ENODEV is for a device that goes. */
	if (!pci_device_is_present(edu->pdev))
		err = -ENODEV;
	else if (edu_check(edu))
		err = -EIO;
	else
		err = edu_dma_reset(edu);
	if (!err) {
		pci_set_master(edu->pdev);
		edu_acknowledge(edu);
	}
	edu_let_sleep(edu);
	return err;
}

static int edu_read_register(struct mydev *mdev, const struct mydev_register *reg, u64 *value)
{
	const struct edu *edu = mydev_priv(mdev);
	int err;

	err = pm_runtime_resume_and_get(&edu->pdev->dev);
	if (err)
		return err;
	*value = edu_get(edu, reg->offset);
	if (!pci_device_is_present(edu->pdev))
		err = -ENODEV;
	edu_let_sleep(edu);
	return err;
}

/* Has the device compute n!, and waits for the interrupt that says so. */
static int edu_selftest_factorial(struct edu *edu, struct mydev_selftest *test, u32 n, u32 expected)
{
	u32 result;

	reinit_completion(&edu->computed);
	edu_set(edu, EDU_STATUS, EDU_STATUS_INTERRUPT);
	edu_set(edu, EDU_FACTORIAL, n);
	if (!wait_for_completion_timeout(&edu->computed, EDU_FACTORIAL_TIMEOUT))
		return mydev_selftest_fail(test, "no interrupt came for the factorial of %u", n);
	result = edu_get(edu, EDU_FACTORIAL);
	if (result != expected)
		return mydev_selftest_fail(test, "the factorial of %u came out as %u, not %u", n,
					   result, expected);
	return 0;
}

static int edu_selftest(struct mydev *mdev, struct mydev_selftest *test)
{
	struct edu *edu = mydev_priv(mdev);
	int err;

	if (!edu_dma_is_idle(edu))
		return -EBUSY;
	err = edu_selftest_factorial(edu, test, 5, 120) ?:
		      edu_selftest_factorial(edu, test, 12, 479001600);
	return err ?: mydev_selftest_loopback_bytes(mdev, test, EDU_SELFTEST_BYTES);
}

static const struct mydev_ops edu_ops = {
	.kind = "edu",
	.counts = MYDEV_COUNTS_INTERRUPTS | MYDEV_COUNTS_DMA,
	.open = edu_open,
	.close = edu_close,
	.write = edu_write,
	.writable = edu_writable,
	.reset = edu_reset,
	.rx_ready = edu_rx_ready,
	.registers = edu_registers,
	.n_registers = ARRAY_SIZE(edu_registers),
	.read_register = edu_read_register,
	.selftest = edu_selftest,
};

/* ---- Life-cycle ---- */

static int edu_request_interrupt(struct edu *edu)
{
	struct pci_dev *pdev = edu->pdev;
	int err;

	/* They go with what pcim_enable_device() has made, and must not be freed here. */
	err = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_ALL_TYPES);
	if (err < 0)
		return dev_err_probe(&pdev->dev, err, "no interrupt\n");
	edu_acknowledge(edu);
	return devm_request_threaded_irq(&pdev->dev, pci_irq_vector(pdev, 0), edu_interrupt,
					 edu_interrupt_thread,
					 pci_dev_msi_enabled(pdev) ? 0 : IRQF_SHARED,
					 dev_name(mydev_dev(edu->mdev)), edu);
}

static int edu_map(struct edu *edu)
{
	struct pci_dev *pdev = edu->pdev;
	int err;

	err = pcim_enable_device(pdev);
	if (err)
		return dev_err_probe(&pdev->dev, err, "cannot be enabled\n");
	if (pci_resource_len(pdev, EDU_BAR) < EDU_REGISTERS_BYTES)
		return dev_err_probe(&pdev->dev, -ENODEV, "has no room for the registers of edu\n");
	err = pcim_iomap_regions(pdev, BIT(EDU_BAR), EDU_NAME);
	if (err)
		return dev_err_probe(&pdev->dev, err, "its registers cannot be mapped\n");
	edu->regs = pcim_iomap_table(pdev)[EDU_BAR];
	return 0;
}

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct mydev *mdev;
	struct edu *edu;
	int err;

	mdev = devm_mydev_alloc(&pdev->dev, &edu_ops, &MYDEV_CONFIG_DEFAULT, sizeof(*edu));
	if (IS_ERR(mdev))
		return PTR_ERR(mdev);
	edu = mydev_priv(mdev);
	edu->pdev = pdev;
	edu->mdev = mdev;
	init_completion(&edu->computed);
	pci_set_drvdata(pdev, edu);

	err = edu_map(edu) ?: edu_check(edu) ?: edu_dma_init(edu);
	if (err)
		return err;
	pci_set_master(pdev);
	err = edu_request_interrupt(edu);
	if (err)
		goto err_master;
	err = mydev_register(mdev);
	if (err)
		goto err_master;
	pm_runtime_set_autosuspend_delay(&pdev->dev, EDU_AUTOSUSPEND_DELAY_MS);
	pm_runtime_use_autosuspend(&pdev->dev);
	pm_runtime_put_autosuspend(&pdev->dev);
	return 0;

err_master:
	pci_clear_master(pdev);
	return err;
}

static void edu_remove(struct pci_dev *pdev)
{
	struct edu *edu = pci_get_drvdata(pdev);

	/* It can still be pulled out after it was shut down. */
	if (!edu)
		return;
	if (pci_device_is_present(pdev))
		mydev_unregister(edu->mdev);
	else
		mydev_unregister_gone(edu->mdev, "the device was unplugged");
	edu_dma_stop(edu);
	pm_runtime_get_noresume(&pdev->dev);
	pm_runtime_dont_use_autosuspend(&pdev->dev);
	pci_set_drvdata(pdev, NULL);
}

/* ---- Power ---- */

static int edu_suspend(struct device *dev)
{
	return edu_dma_pause(dev_get_drvdata(dev));
}

static int edu_resume(struct device *dev)
{
	struct edu *edu = dev_get_drvdata(dev);

	if (edu_check(edu))
		edu_dma_break(edu, MYDEV_FAULT_CODE_LINK, "the device has not woken up");
	edu_dma_resume(edu);
	return 0;
}

/* Never fails, for a device that could not be resumed could not be reset either. */
static int edu_runtime_resume(struct device *dev)
{
	struct edu *edu = dev_get_drvdata(dev);

	if (edu_check(edu))
		mydev_fault(edu->mdev, MYDEV_FAULT_CODE_LINK, "the device has not woken up");
	return 0;
}

static const struct dev_pm_ops edu_pm = { SYSTEM_SLEEP_PM_OPS(edu_suspend, edu_resume)
						  RUNTIME_PM_OPS(NULL, edu_runtime_resume, NULL) };

static const struct pci_device_id edu_ids[] = { { PCI_DEVICE(0x1234, 0x11e8) }, {} };
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_driver = {
	.name = EDU_NAME,
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
	/* The next kernel must not find the device writing into its memory. */
	.shutdown = edu_remove,
	.driver.pm = pm_ptr(&edu_pm),
};
module_pci_driver(edu_driver);

MODULE_DESCRIPTION("mydev: the PCI device edu of QEMU");
MODULE_AUTHOR("The mydev developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(MYDEV_VERSION);
