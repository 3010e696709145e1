// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/class/mydev/mydevN: what a device is, read-only. Changes go through netlink, where they are
 * checked as a whole and answered with a text.
 */

#include <linux/sysfs.h>

#include "core.h"

static const char *const mydev_state_names[] = {
	[MYDEV_DEV_STATE_RUNNING] = "running",
	[MYDEV_DEV_STATE_FAULTED] = "faulted",
};

static const char *const mydev_policy_names[] = {
	[MYDEV_RX_POLICY_BLOCK] = "block",
	[MYDEV_RX_POLICY_DROP] = "drop",
	[MYDEV_RX_POLICY_OVERWRITE] = "overwrite",
};

static ssize_t kind_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", to_mydev(dev)->kind);
}
static DEVICE_ATTR_RO(kind);

#define MYDEV_ATTR(_name, _format, _value)                                                        \
	static ssize_t _name##_show(struct device *dev, struct device_attribute *attr, char *buf) \
	{                                                                                         \
		struct mydev_snapshot snap;                                                       \
		mydev_snapshot(to_mydev(dev), &snap);                                             \
		return sysfs_emit(buf, _format "\n", _value);                                     \
	}                                                                                         \
	static DEVICE_ATTR_RO(_name)

MYDEV_ATTR(state, "%s", mydev_state_names[snap.state]);
MYDEV_ATTR(rx_policy, "%s", mydev_policy_names[snap.rx_policy]);
MYDEV_ATTR(rx_size, "%u", snap.rx_size);
MYDEV_ATTR(rx_used, "%u", snap.rx_used);
MYDEV_ATTR(watermark, "%u", snap.watermark);
MYDEV_ATTR(users, "%u", snap.users);

/* One in a line: */
/* clang-format off */
static struct attribute *mydev_attrs[] = {
	&dev_attr_kind.attr,
	&dev_attr_state.attr,
	&dev_attr_rx_policy.attr,
	&dev_attr_rx_size.attr,
	&dev_attr_rx_used.attr,
	&dev_attr_watermark.attr,
	&dev_attr_users.attr,
	NULL,
};

/* clang-format on */

static const struct attribute_group mydev_group = {
	.attrs = mydev_attrs,
};

MYDEV_ATTR(rx_bytes, "%llu", snap.rx_bytes);
MYDEV_ATTR(read_bytes, "%llu", snap.read_bytes);
MYDEV_ATTR(rx_dropped, "%llu", snap.rx_dropped);
MYDEV_ATTR(rx_discarded, "%llu", snap.rx_discarded);
MYDEV_ATTR(rx_overruns, "%llu", snap.rx_overruns);
MYDEV_ATTR(tx_bytes, "%llu", snap.tx_bytes);
MYDEV_ATTR(resets, "%llu", snap.resets);
MYDEV_ATTR(faults, "%llu", snap.faults);
MYDEV_ATTR(interrupts, "%llu", snap.interrupts);
MYDEV_ATTR(dma_transfers, "%llu", snap.dma_transfers);
MYDEV_ATTR(dma_bytes, "%llu", snap.dma_bytes);

/* One in a line: */
/* clang-format off */
static struct attribute *mydev_statistics_attrs[] = {
	&dev_attr_rx_bytes.attr,
	&dev_attr_read_bytes.attr,
	&dev_attr_rx_dropped.attr,
	&dev_attr_rx_discarded.attr,
	&dev_attr_rx_overruns.attr,
	&dev_attr_tx_bytes.attr,
	&dev_attr_resets.attr,
	&dev_attr_faults.attr,
	&dev_attr_interrupts.attr,
	&dev_attr_dma_transfers.attr,
	&dev_attr_dma_bytes.attr,
	NULL,
};

/* clang-format on */

static umode_t mydev_statistics_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	u32 counts = to_mydev(kobj_to_dev(kobj))->counts;
	u32 needs = 0;

	if (attr == &dev_attr_interrupts.attr)
		needs = MYDEV_COUNTS_INTERRUPTS;
	else if (attr == &dev_attr_dma_transfers.attr || attr == &dev_attr_dma_bytes.attr)
		needs = MYDEV_COUNTS_DMA;
	return (counts & needs) == needs ? attr->mode : 0;
}

static const struct attribute_group mydev_statistics_group = {
	.name = "statistics",
	.is_visible = mydev_statistics_visible,
	.attrs = mydev_statistics_attrs,
};

const struct attribute_group *mydev_groups[] = {
	&mydev_group,
	&mydev_statistics_group,
	NULL,
};
