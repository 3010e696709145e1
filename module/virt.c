// SPDX-License-Identifier: GPL-2.0-only
/*
 * mydev_virt: a stream device without hardware. What is written to it comes back, through the
 * receive ring and under its policy; or it sends a test pattern of its own. Devices come from the
 * module parameter, from netlink (dev-new) and from the device tree.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/log2.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>

#include "backend.h"
#include "defect.h"
#include "pattern.h"
#include "version.h"

#define MYDEV_VIRT_NAME "mydev_virt"
#define MYDEV_VIRT_DEVICES_MAX 4096

#define MYDEV_VIRT_DEVICES_DEFAULT U32_MAX
static unsigned int devices = MYDEV_VIRT_DEVICES_DEFAULT;
module_param(devices, uint, 0444);
MODULE_PARM_DESC(devices,
		 "Devices to create when loaded, 0 to 4096 (1; 0 by dev-new or for a device tree)");

static struct mydev_pattern_config pattern = { .bytes = 64 };
module_param_named(pattern_interval_us, pattern.interval_us, uint, 0444);
MODULE_PARM_DESC(pattern_interval_us,
		 "Devices send a block of a test pattern at this interval, 20 to 3600000000; "
		 "0: they send back what is written to them (default 0)");
module_param_named(pattern_bytes, pattern.bytes, uint, 0444);
MODULE_PARM_DESC(pattern_bytes, "Bytes of such a block, 1 to 4096 (default 64)");

static char *defect = "none";
module_param(defect, charp, 0444);
MODULE_PARM_DESC(defect, "Send data back wrongly, or refuse it, to rehearse for it; "
			 "corrupt, lose, double, stall or fail (default none)");

/* A platform device that this module created. */
struct mydev_virt {
	struct list_head list;
	struct platform_device *pdev;
};

/*
 * Protects mydev_virts, and is held from before a device can be seen until it is in the list.
 * Whoever takes an entry off the list is the one who removes its device.
 */
static DEFINE_MUTEX(mydev_virts_lock);
static LIST_HEAD(mydev_virts);

/* Private to a device. */
struct mydev_virt_priv {
	bool ours; /* this module created what it is driven through, and may remove it */
	struct mydev_pattern *pattern; /* NULL: it sends back what is written to it */
};

/* What the probe gets as platform data, and what it answers there. */
struct mydev_virt_data {
	struct mydev_config config;
	int err;
};

static const struct mydev_ops mydev_virt_ops = {
	.kind = "virt",
	.write = mydev_rx_iter,
	.writable = mydev_rx_writable,
	.selftest = mydev_selftest_loopback,
};

static enum mydev_defect mydev_virt_defect;

static ssize_t mydev_virt_write_defective(struct mydev *mdev, struct iov_iter *from)
{
	return mydev_defect_write(mdev, mydev_virt_defect, from);
}

static const struct mydev_ops mydev_virt_defective_ops = {
	.kind = "virt",
	.write = mydev_virt_write_defective,
	.writable = mydev_rx_writable,
	.selftest = mydev_selftest_loopback,
};

/* The pattern goes one way only: what is written goes nowhere. */
static ssize_t mydev_virt_swallow(struct mydev *mdev, struct iov_iter *from)
{
	size_t len = iov_iter_count(from);

	iov_iter_advance(from, len);
	return len;
}

static bool mydev_virt_swallows(struct mydev *mdev)
{
	return true;
}

static void mydev_virt_go_on(struct mydev *mdev)
{
	const struct mydev_virt_priv *priv = mydev_priv(mdev);

	mydev_pattern_start(priv->pattern);
}

static const struct mydev_ops mydev_virt_pattern_ops = {
	.kind = "virt",
	.write = mydev_virt_swallow,
	.writable = mydev_virt_swallows,
	.rx_ready = mydev_virt_go_on,
};

/* What has no such property stays as it is. */
static int mydev_virt_read_u32(struct device *dev, const char *name, u32 *value)
{
	int err = device_property_read_u32(dev, name, value);

	if (!err || err == -EINVAL)
		return 0;
	return dev_err_probe(dev, -EINVAL, "%s: must be a number of 32 bits\n", name);
}

static int mydev_virt_read_policy(struct device *dev, enum mydev_rx_policy *policy)
{
	static const char *const policies[] = { "block", "drop", "overwrite" };
	const char *name;
	int index;
	int err;

	err = device_property_read_string(dev, "vendor,rx-policy", &name);
	if (err == -EINVAL)
		return 0;
	index = err ? err : match_string(policies, ARRAY_SIZE(policies), name);
	if (index < 0)
		return dev_err_probe(dev, -EINVAL,
				     "vendor,rx-policy: must be block, drop or overwrite\n");
	*policy = index;
	return 0;
}

/* docs/devicetree has the binding. */
static int mydev_virt_read_properties(struct device *dev, struct mydev_config *config,
				      struct mydev_pattern_config *pattern)
{
	const char *wrong;
	int err;

	err = mydev_virt_read_u32(dev, "vendor,rx-size-bytes", &config->rx_size);
	if (!err)
		err = mydev_virt_read_u32(dev, "vendor,watermark-bytes", &config->watermark);
	if (!err)
		err = mydev_virt_read_policy(dev, &config->rx_policy);
	if (!err)
		err = mydev_virt_read_u32(dev, "vendor,pattern-interval-us", &pattern->interval_us);
	if (!err)
		err = mydev_virt_read_u32(dev, "vendor,pattern-bytes", &pattern->bytes);
	if (err)
		return err;
	if (mydev_pattern_check(pattern, &wrong))
		return dev_err_probe(dev, -EINVAL, "%s\n", wrong);
	return 0;
}

/* What of a configuration that was refused is wrong. */
static void mydev_virt_explain(struct device *dev, const struct mydev_config *config)
{
	u32 size = config->rx_size;

	if (size && (size < MYDEV_RX_SIZE_MIN || size > MYDEV_RX_SIZE_MAX || !is_power_of_2(size)))
		dev_err(dev, "vendor,rx-size-bytes %u: must be a power of two from %u to %u\n",
			size, MYDEV_RX_SIZE_MIN, MYDEV_RX_SIZE_MAX);
	else
		dev_err(dev, "vendor,watermark-bytes %u: must not be above vendor,rx-size-bytes\n",
			config->watermark);
}

static int mydev_virt_add_device(struct device *dev, const struct mydev_config *config,
				 const struct mydev_pattern_config *pattern, bool ours)
{
	const struct mydev_ops *ops = &mydev_virt_ops;
	struct mydev_virt_priv *priv;
	struct mydev *mdev;
	int err;

	if (pattern->interval_us)
		ops = &mydev_virt_pattern_ops;
	else if (mydev_virt_defect != MYDEV_DEFECT_NONE)
		ops = &mydev_virt_defective_ops;
	mdev = devm_mydev_alloc(dev, ops, config, sizeof(*priv));
	if (IS_ERR(mdev))
		return PTR_ERR(mdev);
	priv = mydev_priv(mdev);
	priv->ours = ours;
	if (pattern->interval_us) {
		priv->pattern = devm_mydev_pattern_new(dev, mdev, pattern);
		if (IS_ERR(priv->pattern))
			return PTR_ERR(priv->pattern);
	}
	dev_set_drvdata(dev, mdev);
	err = devm_mydev_register(dev, mdev);
	if (err)
		return err;
	if (priv->pattern)
		mydev_pattern_start(priv->pattern);
	return 0;
}

static int mydev_virt_probe(struct platform_device *pdev)
{
	struct mydev_virt_data *data = dev_get_platdata(&pdev->dev);
	struct mydev_config config = MYDEV_CONFIG_DEFAULT;
	struct mydev_pattern_config its_pattern = pattern;
	int err;

	if (data) {
		data->err = mydev_virt_add_device(&pdev->dev, &data->config, &pattern, true);
		return data->err;
	}
	err = mydev_virt_read_properties(&pdev->dev, &config, &its_pattern);
	if (err)
		return err;
	err = mydev_virt_add_device(&pdev->dev, &config, &its_pattern, false);
	if (err == -EINVAL)
		mydev_virt_explain(&pdev->dev, &config);
	return err;
}

static const struct of_device_id mydev_virt_of_match[] = { { .compatible = "vendor,my-device" },
							   {} };
MODULE_DEVICE_TABLE(of, mydev_virt_of_match);

static struct platform_driver mydev_virt_driver = {
	.probe = mydev_virt_probe,
	.driver = {
		.name = MYDEV_VIRT_NAME,
		.of_match_table = mydev_virt_of_match,
		/* Who asks for a device gets the result of its probe. */
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
	},
};

/* The device behind a platform device, with a reference; NULL when somebody has unbound it. */
static struct mydev *mydev_virt_get(struct platform_device *pdev)
{
	struct mydev *mdev;

	device_lock(&pdev->dev);
	mdev = platform_get_drvdata(pdev);
	if (mdev)
		mydev_get(mdev);
	device_unlock(&pdev->dev);
	return mdev;
}

/* Creates a device and waits for its probe; *ret gets it with a reference. */
static int mydev_virt_create(const struct mydev_config *config, struct mydev **ret)
{
	struct mydev_virt_data data = { .config = *config, .err = -ENXIO };
	struct platform_device *pdev;
	struct mydev_virt *virt;
	int err;

	virt = kzalloc(sizeof(*virt), GFP_KERNEL);
	if (!virt)
		return -ENOMEM;
	mutex_lock(&mydev_virts_lock);
	pdev = platform_device_register_data(NULL, MYDEV_VIRT_NAME, PLATFORM_DEVID_AUTO, &data,
					     sizeof(data));
	if (IS_ERR(pdev)) {
		/* One without memory for its name is invalid to the driver core of some kernels. */
		err = PTR_ERR(pdev) == -EINVAL ? -ENOMEM : PTR_ERR(pdev);
		goto err_free;
	}
	err = ((struct mydev_virt_data *)dev_get_platdata(&pdev->dev))->err;
	if (err)
		goto err_unregister;
	*ret = mydev_virt_get(pdev);
	if (!*ret) {
		err = -ENODEV;
		goto err_unregister;
	}
	virt->pdev = pdev;
	list_add_tail(&virt->list, &mydev_virts);
	mutex_unlock(&mydev_virts_lock);
	return 0;

err_unregister:
	platform_device_unregister(pdev);
err_free:
	mutex_unlock(&mydev_virts_lock);
	kfree(virt);
	return err;
}

static void mydev_virt_destroy(struct mydev_virt *virt)
{
	platform_device_unregister(virt->pdev);
	kfree(virt);
}

static struct mydev *mydev_virt_add(const struct mydev_config *config,
				    struct netlink_ext_ack *extack)
{
	struct mydev *mdev;
	int err;

	err = mydev_virt_create(config, &mdev);
	switch (err) {
	case 0:
		return mdev;
	case -EEXIST:
		NL_SET_ERR_MSG(extack, "a device of that id exists");
		break;
	case -ENOSPC:
		NL_SET_ERR_MSG(extack, "all device numbers are taken");
		break;
	case -EINVAL:
		NL_SET_ERR_MSG(extack, "watermark must not be above rx-size");
		break;
	case -ENODEV:
		NL_SET_ERR_MSG(extack, "the device was unbound at once");
		break;
	default:
		NL_SET_ERR_MSG(extack, "the device could not be created");
		break;
	}
	return ERR_PTR(err);
}

static struct mydev_virt *mydev_virt_claim(struct mydev *mdev)
{
	struct mydev_virt *virt;

	guard(mutex)(&mydev_virts_lock);
	list_for_each_entry(virt, &mydev_virts, list) {
		if (platform_get_drvdata(virt->pdev) == mdev) {
			list_del(&virt->list);
			return virt;
		}
	}
	return NULL;
}

static int mydev_virt_del(struct mydev *mdev, struct netlink_ext_ack *extack)
{
	const struct mydev_virt_priv *priv = mydev_priv(mdev);
	struct mydev_virt *virt;

	if (!priv->ours) {
		NL_SET_ERR_MSG(extack, "not created by this module: unbind its driver instead");
		return -EOPNOTSUPP;
	}
	virt = mydev_virt_claim(mdev);
	if (!virt) {
		NL_SET_ERR_MSG(extack, "the device is being removed already");
		return -ENODEV;
	}
	mydev_virt_destroy(virt);
	return 0;
}

static struct mydev_kind mydev_virt_kind = {
	.name = "virt",
	.owner = THIS_MODULE,
	.add = mydev_virt_add,
	.del = mydev_virt_del,
};

static void mydev_virt_destroy_all(void)
{
	struct mydev_virt *virt, *next;

	list_for_each_entry_safe(virt, next, &mydev_virts, list)
		mydev_virt_destroy(virt);
}

/* Devices of its own are for who has asked for nothing else. */
static bool __init mydev_virt_has_other_devices(void)
{
	struct device_node *node = of_find_matching_node(NULL, mydev_virt_of_match);

	of_node_put(node);
	return node || mydev_kind_is_wanted(mydev_virt_kind.name);
}

static int __init mydev_virt_init(void)
{
	const struct mydev_config config = MYDEV_CONFIG_DEFAULT;
	struct mydev *mdev;
	const char *wrong;
	int err;

	if (devices == MYDEV_VIRT_DEVICES_DEFAULT)
		devices = mydev_virt_has_other_devices() ? 0 : 1;
	if (devices > MYDEV_VIRT_DEVICES_MAX) {
		pr_err("devices=%u: must be 0 to %u\n", devices, MYDEV_VIRT_DEVICES_MAX);
		return -EINVAL;
	}
	err = mydev_pattern_check(&pattern, &wrong);
	if (err) {
		pr_err("%s\n", wrong);
		return err;
	}
	err = mydev_defect_parse(defect, &mydev_virt_defect);
	if (err) {
		pr_err("defect=%s: must be none, corrupt, lose, double, stall or fail\n", defect);
		return err;
	}
	err = platform_driver_register(&mydev_virt_driver);
	if (err)
		return err;
	for (unsigned int i = 0; i < devices; i++) {
		err = mydev_virt_create(&config, &mdev);
		if (err)
			goto err_devices;
		mydev_put(mdev);
	}
	err = mydev_kind_register(&mydev_virt_kind);
	if (err)
		goto err_devices;
	return 0;

err_devices:
	mydev_virt_destroy_all();
	platform_driver_unregister(&mydev_virt_driver);
	return err;
}

static void __exit mydev_virt_exit(void)
{
	mydev_kind_unregister(&mydev_virt_kind);
	mydev_virt_destroy_all();
	platform_driver_unregister(&mydev_virt_driver);
}

module_init(mydev_virt_init);
module_exit(mydev_virt_exit);

MODULE_ALIAS_MYDEV_KIND("virt");
MODULE_DESCRIPTION("mydev: a device in software that sends back what it gets, or a pattern");
MODULE_AUTHOR("The mydev developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(MYDEV_VERSION);
