// SPDX-License-Identifier: GPL-2.0-only
/*
 * The core: module, device numbers, life of a device.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cdev.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>
#include <linux/xarray.h>

#include "core.h"
#include "trace.h"
#include "version.h"

#define MYDEV_RX_SIZE_DEFAULT SZ_64K

static unsigned int rx_size = MYDEV_RX_SIZE_DEFAULT;
module_param(rx_size, uint, 0444);
MODULE_PARM_DESC(rx_size,
		 "Default bytes of a receive ring, a power of two, 4096 to 67108864 (65536)");

DEFINE_SRCU(mydev_srcu);

/*
 * The devices by id, from mydev_alloc() to the release. Only one that is marked as registered can
 * be found; xa_lock protects the step from finding it to holding a reference.
 */
static DEFINE_XARRAY_ALLOC(mydev_devices);
#define MYDEV_REGISTERED XA_MARK_1
static atomic_t mydev_n_devices;
static atomic_t mydev_gen;
/* Devices not released yet, registered or not. */
static atomic_t mydev_n_alive;

static dev_t mydev_devt;
static struct cdev mydev_cdev;

static struct class mydev_class = {
	.name = "mydev",
	.dev_groups = mydev_groups,
};

/* ---- Life of a device ---- */

struct mydev *mydev_get(struct mydev *mdev)
{
	get_device(&mdev->dev);
	return mdev;
}
EXPORT_SYMBOL_GPL(mydev_get);

void mydev_put(struct mydev *mdev)
{
	put_device(&mdev->dev);
}
EXPORT_SYMBOL_GPL(mydev_put);

void *mydev_priv(struct mydev *mdev)
{
	return mdev->priv;
}
EXPORT_SYMBOL_GPL(mydev_priv);

struct device *mydev_dev(struct mydev *mdev)
{
	return &mdev->dev;
}
EXPORT_SYMBOL_GPL(mydev_dev);

struct mydev *mydev_find_next(u32 *id)
{
	unsigned long index = *id;
	struct mydev *mdev;

	xa_lock(&mydev_devices);
	mdev = xa_find(&mydev_devices, &index, MYDEV_DEVICES_MAX - 1, MYDEV_REGISTERED);
	if (mdev)
		mydev_get(mdev);
	xa_unlock(&mydev_devices);
	*id = index;
	return mdev;
}

struct mydev *mydev_find(u32 id)
{
	struct mydev *mdev = NULL;

	xa_lock(&mydev_devices);
	if (xa_get_mark(&mydev_devices, id, MYDEV_REGISTERED))
		mdev = mydev_get(xa_load(&mydev_devices, id));
	xa_unlock(&mydev_devices);
	return mdev;
}

u32 mydev_generation(void)
{
	return atomic_read(&mydev_gen);
}

u32 mydev_device_count(void)
{
	return atomic_read(&mydev_n_devices);
}

u32 mydev_major(void)
{
	return MAJOR(mydev_devt);
}

static void mydev_dev_release(struct device *dev)
{
	struct mydev *mdev = to_mydev(dev);

	if (mdev->id != MYDEV_ID_ANY)
		xa_erase(&mydev_devices, mdev->id);
	mydev_ring_exit(&mdev->ring);
	kfree(mdev->driver);
	kfree(mdev->bus);
	kfree(mdev->parent);
	kfree(mdev->kind);
	kfree(mdev);
	if (atomic_dec_and_test(&mydev_n_alive))
		wake_up_var(&mydev_n_alive);
}

static int mydev_reserve_id(struct mydev *mdev, u32 id)
{
	int err;

	if (id == MYDEV_ID_ANY) {
		err = xa_alloc(&mydev_devices, &id, mdev, XA_LIMIT(0, MYDEV_DEVICES_MAX - 1),
			       GFP_KERNEL);
		if (err)
			return err == -EBUSY ? -ENOSPC : err;
	} else {
		if (id >= MYDEV_DEVICES_MAX)
			return -EINVAL;
		err = xa_insert(&mydev_devices, id, mdev, GFP_KERNEL);
		if (err)
			return err == -EBUSY ? -EEXIST : err;
	}
	mdev->id = id;
	return 0;
}

static void mydev_init_locks(struct mydev *mdev)
{
	mutex_init(&mdev->ctl_lock);
	mutex_init(&mdev->tx_lock);
	mutex_init(&mdev->rd_lock);
	spin_lock_init(&mdev->rx_lock);
	spin_lock_init(&mdev->state_lock);
	mdev->state_since = ktime_get_boottime_ns();
	init_waitqueue_head(&mdev->rd_wait);
	init_waitqueue_head(&mdev->wr_wait);
}

/* What there is to say of the device that it is driven through, which may be gone before it is. */
static int mydev_copy_parent(struct mydev *mdev, const struct device *parent)
{
	const char *bus = dev_bus_name(parent);

	mdev->parent = kasprintf(GFP_KERNEL, "%s%s%s", bus, *bus ? "/" : "", dev_name(parent));
	if (!mdev->parent)
		return -ENOMEM;
	mdev->address = mdev->parent + strlen(mdev->parent) - strlen(dev_name(parent));
	if (*bus) {
		mdev->bus = kstrdup(bus, GFP_KERNEL);
		if (!mdev->bus)
			return -ENOMEM;
	}
	if (parent->driver) {
		mdev->driver = kstrdup(parent->driver->name, GFP_KERNEL);
		if (!mdev->driver)
			return -ENOMEM;
	}
	return 0;
}

struct mydev *mydev_alloc(struct device *parent, const struct mydev_ops *ops,
			  const struct mydev_config *config, size_t priv_size)
{
	u32 size = config->rx_size ?: rx_size;
	struct mydev *mdev;
	int err;

	if (mydev_check_rx_size(size, NULL) || config->watermark > size ||
	    config->rx_policy > MYDEV_RX_POLICY_OVERWRITE)
		return ERR_PTR(-EINVAL);

	mdev = kzalloc(struct_size(mdev, priv, priv_size), GFP_KERNEL);
	if (!mdev)
		return ERR_PTR(-ENOMEM);
	atomic_inc(&mydev_n_alive);
	mdev->id = MYDEV_ID_ANY;
	mdev->dead = true;
	mdev->counts = ops->counts;
	mdev->watermark = config->watermark;
	mdev->rx_notify = config->watermark ?: U32_MAX;
	RCU_INIT_POINTER(mdev->ops, ops);
	mydev_init_locks(mdev);
	mydev_edges_init(mdev);
	device_initialize(&mdev->dev);
	mdev->dev.class = &mydev_class;
	mdev->dev.parent = parent;
	mdev->dev.release = mydev_dev_release;

	err = -ENOMEM;
	mdev->kind = kstrdup(ops->kind, GFP_KERNEL);
	if (!mdev->kind)
		goto err_put;
	if (parent) {
		err = mydev_copy_parent(mdev, parent);
		if (err)
			goto err_put;
	}
	err = mydev_ring_init(&mdev->ring, size, config->rx_policy);
	if (err)
		goto err_put;
	err = mydev_reserve_id(mdev, config->id);
	if (err)
		goto err_put;
	mdev->dev.devt = MKDEV(MAJOR(mydev_devt), mdev->id);
	err = dev_set_name(&mdev->dev, "mydev%u", mdev->id);
	if (err)
		goto err_put;
	return mdev;

err_put:
	mydev_put(mdev);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(mydev_alloc);

/* The id stays taken until the release. */
static void mydev_hide(struct mydev *mdev)
{
	xa_clear_mark(&mydev_devices, mdev->id, MYDEV_REGISTERED);
	atomic_inc(&mydev_gen);
	atomic_dec(&mydev_n_devices);
}

int mydev_register(struct mydev *mdev)
{
	int err;

	/*
	 * The node can be opened from inside device_add() on, and must then find its device.
	 * Holding ctl_lock keeps whoever opens or changes it waiting until it has been told of; who
	 * only looks sees it earlier.
	 */
	mutex_lock(&mdev->ctl_lock);
	xa_set_mark(&mydev_devices, mdev->id, MYDEV_REGISTERED);
	mdev->born = atomic_inc_return(&mydev_gen);
	atomic_inc(&mydev_n_devices);
	err = device_add(&mdev->dev);
	if (err) {
		mydev_hide(mdev);
	} else {
		dev_dbg(&mdev->dev, "registered: %s, driven through %s\n", mdev->kind,
			mdev->parent ?: "nothing");
		mydev_event_plain(mdev, MYDEV_EVENT_TYPE_DEVICE_ADDED);
		spin_lock_irq(&mdev->state_lock);
		WRITE_ONCE(mdev->dead, false);
		spin_unlock_irq(&mdev->state_lock);
	}
	mutex_unlock(&mdev->ctl_lock);
	trace_mydev_control(mdev->id, MYDEV_CONTROL_REGISTER, err);
	return err;
}
EXPORT_SYMBOL_GPL(mydev_register);

/* gone: how the hardware was taken away, or NULL when it is still there. */
static void mydev_withdraw(struct mydev *mdev, const char *gone)
{
	const struct mydev_ops *ops;
	struct mydev_event ev;
	bool ready;

	mutex_lock(&mdev->ctl_lock);
	ops = mydev_ctl_ops(mdev);
	ready = mdev->ready;
	mdev->ready = false;
	mydev_hide(mdev);
	device_del(&mdev->dev);
	spin_lock_irq(&mdev->state_lock);
	WRITE_ONCE(mdev->dead, true);
	if (gone) {
		/* The state stays what it was: nobody can ask for it any more. */
		mydev_fault_event(&ev, mdev, MYDEV_FAULT_CODE_LINK, gone);
		mydev_event_log(&ev);
	}
	spin_unlock_irq(&mdev->state_lock);
	mutex_lock(&mdev->tx_lock);
	rcu_assign_pointer(mdev->ops, NULL);
	mutex_unlock(&mdev->tx_lock);
	mutex_unlock(&mdev->ctl_lock);

	mydev_wake_all(mdev, POLL_HUP);
	synchronize_srcu(&mydev_srcu);
	if (ready && ops->close)
		ops->close(mdev);
	mydev_edges_exit(mdev);
	trace_mydev_control(mdev->id, MYDEV_CONTROL_UNREGISTER, 0);
	dev_dbg(&mdev->dev, "unregistered\n");
	mydev_event_plain(mdev, MYDEV_EVENT_TYPE_DEVICE_REMOVED);
}

void mydev_unregister(struct mydev *mdev)
{
	mydev_withdraw(mdev, NULL);
}
EXPORT_SYMBOL_GPL(mydev_unregister);

void mydev_unregister_gone(struct mydev *mdev, const char *msg)
{
	mydev_withdraw(mdev, msg);
}
EXPORT_SYMBOL_GPL(mydev_unregister_gone);

static void devm_mydev_put(void *mdev)
{
	mydev_put(mdev);
}

struct mydev *devm_mydev_alloc(struct device *parent, const struct mydev_ops *ops,
			       const struct mydev_config *config, size_t priv_size)
{
	struct mydev *mdev = mydev_alloc(parent, ops, config, priv_size);
	int err;

	if (IS_ERR(mdev))
		return mdev;
	err = devm_add_action_or_reset(parent, devm_mydev_put, mdev);
	return err ? ERR_PTR(err) : mdev;
}
EXPORT_SYMBOL_GPL(devm_mydev_alloc);

static void devm_mydev_unregister(void *mdev)
{
	mydev_unregister(mdev);
}

int devm_mydev_register(struct device *parent, struct mydev *mdev)
{
	int err = mydev_register(mdev);

	return err ?: devm_add_action_or_reset(parent, devm_mydev_unregister, mdev);
}
EXPORT_SYMBOL_GPL(devm_mydev_register);

/* ---- Module ---- */

static int __init mydev_init(void)
{
	int err;

	if (mydev_check_rx_size(rx_size, NULL)) {
		pr_err("rx_size=%u: must be a power of two from %u to %u\n", rx_size,
		       MYDEV_RX_SIZE_MIN, MYDEV_RX_SIZE_MAX);
		return -EINVAL;
	}
	err = mydev_events_init();
	if (err)
		return err;
	err = alloc_chrdev_region(&mydev_devt, 0, MYDEV_DEVICES_MAX, "mydev");
	if (err)
		goto err_events;
	err = class_register(&mydev_class);
	if (err)
		goto err_region;
	cdev_init(&mydev_cdev, &mydev_fops);
	mydev_cdev.owner = THIS_MODULE;
	err = cdev_add(&mydev_cdev, mydev_devt, MYDEV_DEVICES_MAX);
	if (err)
		goto err_class;
	err = mydev_nl_init();
	if (err)
		goto err_cdev;
	return 0;

err_cdev:
	cdev_del(&mydev_cdev);
err_class:
	class_unregister(&mydev_class);
err_region:
	unregister_chrdev_region(mydev_devt, MYDEV_DEVICES_MAX);
err_events:
	mydev_events_exit();
	return err;
}

static void __exit mydev_exit(void)
{
	/* Backends and open files hold the module: no device is registered, and none is opened. */
	mydev_events_flush();
	mydev_nl_exit();
	/* A request that was running may still have held one. */
	wait_var_event(&mydev_n_alive, !atomic_read(&mydev_n_alive));
	cdev_del(&mydev_cdev);
	class_unregister(&mydev_class);
	unregister_chrdev_region(mydev_devt, MYDEV_DEVICES_MAX);
	mydev_events_exit();
	xa_destroy(&mydev_devices);
}

module_init(mydev_init);
module_exit(mydev_exit);

MODULE_DESCRIPTION("Stream devices: character device, control and events");
MODULE_AUTHOR("The mydev developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(MYDEV_VERSION);
