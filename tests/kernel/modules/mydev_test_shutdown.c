// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shuts a PCI device down as device_shutdown() does when the machine goes down, which goes on here.
 *
 *	insmod mydev_test_shutdown.ko device=0000:01:00.0
 */

#include <linux/device.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>

static char *device = "";
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "The address of the device: domain, bus, device and function");

static int __init shutdown_init(void)
{
	struct device *dev = bus_find_device_by_name(&pci_bus_type, NULL, device);

	if (!dev) {
		pr_err("mydev_test_shutdown: no PCI device %s\n", device);
		return -ENODEV;
	}
	device_lock(dev);
	pm_runtime_get_noresume(dev);
	pm_runtime_barrier(dev);
	dev->bus->shutdown(dev);
	pm_runtime_put_noidle(dev);
	device_unlock(dev);
	put_device(dev);
	return 0;
}
module_init(shutdown_init);

static void __exit shutdown_exit(void)
{
}
module_exit(shutdown_exit);

MODULE_DESCRIPTION("mydev: shuts a device down while the machine goes on");
MODULE_AUTHOR("The mydev developers");
MODULE_LICENSE("GPL");
