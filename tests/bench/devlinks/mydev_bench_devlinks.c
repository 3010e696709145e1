// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices with a devlink instance and nothing else, for the benchmark to compare with: Debian's
 * kernels have no netdevsim. This is the least that a device controlled by devlink can be.
 *
 *	echo 100 >/sys/module/mydev_bench_devlinks/parameters/devices
 */

#include <linux/err.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include <net/devlink.h>

#define DEVLINKS_MAX 4096

/* Protected by the lock that every parameter of the module is set under. */
static struct {
	struct platform_device *pdev;
	struct devlink *devlink;
} devlinks[DEVLINKS_MAX];
static unsigned int devices;

static const struct devlink_ops devlinks_ops;

static int devlinks_add(void)
{
	struct platform_device *pdev;
	struct devlink *devlink;

	pdev = platform_device_register_simple("mydev_bench_devlink", devices, NULL, 0);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	devlink = devlink_alloc(&devlinks_ops, 0, &pdev->dev);
	if (!devlink) {
		platform_device_unregister(pdev);
		return -ENOMEM;
	}
	devlink_register(devlink);
	devlinks[devices].pdev = pdev;
	devlinks[devices].devlink = devlink;
	devices++;
	return 0;
}

static void devlinks_remove(void)
{
	devices--;
	devlink_unregister(devlinks[devices].devlink);
	devlink_free(devlinks[devices].devlink);
	platform_device_unregister(devlinks[devices].pdev);
}

static int devlinks_set(const char *val, const struct kernel_param *kp)
{
	unsigned int want;
	int err;

	err = kstrtouint(val, 0, &want);
	if (err)
		return err;
	if (want > DEVLINKS_MAX)
		return -EINVAL;
	while (!err && devices < want)
		err = devlinks_add();
	while (!err && devices > want)
		devlinks_remove();
	return err;
}

static const struct kernel_param_ops devlinks_param_ops = {
	.set = devlinks_set,
	.get = param_get_uint,
};

module_param_cb(devices, &devlinks_param_ops, &devices, 0644);
MODULE_PARM_DESC(devices, "Devices that there are; written to create and remove them, 0 to 4096");

static void __exit devlinks_exit(void)
{
	while (devices)
		devlinks_remove();
}
module_exit(devlinks_exit);

MODULE_DESCRIPTION("mydev: devices with a bare devlink instance, for the benchmark");
MODULE_AUTHOR("The mydev developers");
MODULE_LICENSE("GPL");
