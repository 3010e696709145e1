// SPDX-License-Identifier: GPL-2.0-only
/*
 * mydev_usb: a device on USB that has a bulk endpoint each way. What is written goes out through
 * the one, what is read came in through the other. While nobody has it open, it may be suspended.
 */

#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/usb.h>

#include "backend.h"
#include "usb_pipe.h"
#include "version.h"

/*
 * The numbers that pid.codes lets everybody use for tests. A device of one's own takes its own
 * numbers, and a row in mydev_usb_ids.
 */
#define MYDEV_USB_VENDOR_TEST 0x1209
#define MYDEV_USB_PRODUCT_LOOPBACK 0x0001
#define MYDEV_USB_PRODUCT_STREAM 0x0002

/* driver_info: the device sends back what it is sent, and so can be tested. */
#define MYDEV_USB_LOOPBACK BIT(0)

/* For how long the last close waits until what was written is sent. */
#define MYDEV_USB_DRAIN_MS 1000

/**
 * struct mydev_usb - private to a device
 * @mdev: the device
 * @intf: the interface that is driven
 * @udev: the device on the bus
 * @in: what comes from the device
 * @out: what is sent to it
 * @echoes: it sends back what it is sent
 * @was_idle: when it was opened, nothing was on its way
 * @resetting: mydev_usb_reset() is at it; with the lock of the device
 * @lost: the device was reset while data was on its way; with the lock of the device
 */
struct mydev_usb {
	struct mydev *mdev;
	struct usb_interface *intf;
	struct usb_device *udev;
	struct mydev_usb_pipe in;
	struct mydev_usb_pipe out;
	bool echoes;
	bool was_idle;
	bool resetting;
	bool lost;
};

static void mydev_usb_stop(struct mydev_usb *usb, u32 reasons)
{
	mydev_usb_pipe_stop(&usb->in, reasons);
	mydev_usb_pipe_stop(&usb->out, reasons);
}

static void mydev_usb_start(struct mydev_usb *usb, u32 reasons)
{
	mydev_usb_pipe_start(&usb->in, reasons);
	mydev_usb_pipe_start(&usb->out, reasons);
}

/* Whether the device has data that it is to send back. */
static bool mydev_usb_is_inside(struct mydev_usb *usb)
{
	return usb->echoes && mydev_usb_pipe_moved(&usb->in) != mydev_usb_pipe_moved(&usb->out);
}

static bool mydev_usb_is_idle(struct mydev_usb *usb)
{
	return mydev_usb_pipe_is_empty(&usb->in) && mydev_usb_pipe_is_empty(&usb->out) &&
	       !mydev_usb_is_inside(usb);
}

/*
 * The device knows nothing of what it was sent before. What is to follow that is not sent to it
 * until mydev_usb_reset() drops it.
 */
static void mydev_usb_start_anew(struct mydev_usb *usb, u32 reasons)
{
	if (usb->resetting)
		usb->lost = false;
	else if (mydev_usb_is_inside(usb) || mydev_usb_pipe_has_begun(&usb->out))
		usb->lost = true;
	mydev_usb_pipe_forget(&usb->in);
	mydev_usb_pipe_forget(&usb->out);
	mydev_usb_pipe_start(&usb->in, reasons | MYDEV_USB_FAILED);
	if (!usb->lost) {
		mydev_usb_pipe_start(&usb->out, reasons | MYDEV_USB_FAILED);
		return;
	}
	mydev_usb_pipe_hold(&usb->out);
	mydev_usb_pipe_start(&usb->out, reasons);
	mydev_fault(usb->mdev, MYDEV_FAULT_CODE_LINK,
		    "the device was reset while data was on its way");
}

/* ---- What the core calls ---- */

static int mydev_usb_open(struct mydev *mdev)
{
	struct mydev_usb *usb = mydev_priv(mdev);
	int err;

	err = usb_autopm_get_interface(usb->intf);
	if (err)
		return err;
	usb->was_idle = mydev_usb_is_idle(usb);
	mydev_usb_start(usb, MYDEV_USB_CLOSED);
	return 0;
}

/* What the device does not take in time is sent after the next open. */
static void mydev_usb_close(struct mydev *mdev)
{
	struct mydev_usb *usb = mydev_priv(mdev);

	mydev_usb_pipe_drain(&usb->out, MYDEV_USB_DRAIN_MS);
	mydev_usb_stop(usb, MYDEV_USB_CLOSED);
	usb_autopm_put_interface(usb->intf);
}

static ssize_t mydev_usb_write(struct mydev *mdev, struct iov_iter *from)
{
	struct mydev_usb *usb = mydev_priv(mdev);

	return mydev_usb_pipe_write(&usb->out, from);
}

static bool mydev_usb_writable(struct mydev *mdev)
{
	struct mydev_usb *usb = mydev_priv(mdev);

	return mydev_usb_pipe_writable(&usb->out);
}

static void mydev_usb_rx_ready(struct mydev *mdev)
{
	struct mydev_usb *usb = mydev_priv(mdev);

	mydev_usb_pipe_deliver(&usb->in);
}

/*
 * The lock of the device is waited for with a limit, and not while the driver is being unbound: who
 * unbinds it has that lock, and waits for this.
 */
static int mydev_usb_reset(struct mydev *mdev)
{
	struct mydev_usb *usb = mydev_priv(mdev);
	int err;

	err = usb_autopm_get_interface(usb->intf);
	if (err)
		return err;
	err = usb_lock_device_for_reset(usb->udev, usb->intf);
	if (err) {
		if (err == -EINTR)
			err = -ENODEV;
		goto out_put;
	}
	/* Before and behind the reset itself come mydev_usb_pre_reset() and _post_reset(). */
	mydev_usb_stop(usb, MYDEV_USB_DROPPING);
	usb->resetting = true;
	err = usb_reset_device(usb->udev);
	usb->resetting = false;
	if (!err) {
		mydev_usb_pipe_drop(&usb->in);
		mydev_usb_pipe_drop(&usb->out);
	}
	mydev_usb_start(usb, MYDEV_USB_DROPPING);
	usb_unlock_device(usb->udev);
out_put:
	usb_autopm_put_interface(usb->intf);
	return err;
}

static int mydev_usb_selftest(struct mydev *mdev, struct mydev_selftest *test)
{
	const struct mydev_usb *usb = mydev_priv(mdev);

	return usb->was_idle ? mydev_selftest_loopback(mdev, test) : -EBUSY;
}

static const struct mydev_ops mydev_usb_ops = {
	.kind = "usb",
	.counts = MYDEV_COUNTS_DMA,
	.open = mydev_usb_open,
	.close = mydev_usb_close,
	.write = mydev_usb_write,
	.writable = mydev_usb_writable,
	.reset = mydev_usb_reset,
	.rx_ready = mydev_usb_rx_ready,
};

static const struct mydev_ops mydev_usb_loopback_ops = {
	.kind = "usb",
	.counts = MYDEV_COUNTS_DMA,
	.open = mydev_usb_open,
	.close = mydev_usb_close,
	.write = mydev_usb_write,
	.writable = mydev_usb_writable,
	.reset = mydev_usb_reset,
	.rx_ready = mydev_usb_rx_ready,
	.selftest = mydev_usb_selftest,
};

/* ---- What the bus calls ---- */

static int mydev_usb_suspend(struct usb_interface *intf, pm_message_t message)
{
	mydev_usb_stop(usb_get_intfdata(intf), MYDEV_USB_SUSPENDED);
	return 0;
}

static int mydev_usb_resume(struct usb_interface *intf)
{
	mydev_usb_start(usb_get_intfdata(intf), MYDEV_USB_SUSPENDED);
	return 0;
}

/* It lost its power while it was suspended. */
static int mydev_usb_reset_resume(struct usb_interface *intf)
{
	mydev_usb_start_anew(usb_get_intfdata(intf), MYDEV_USB_SUSPENDED);
	return 0;
}

/*
 * Around a reset, whoever wants it. Neither may fail: the driver would be unbound there, below the
 * mydev_usb_reset() that waits for it.
 */
static int mydev_usb_pre_reset(struct usb_interface *intf)
{
	mydev_usb_stop(usb_get_intfdata(intf), MYDEV_USB_RESETTING);
	return 0;
}

static int mydev_usb_post_reset(struct usb_interface *intf)
{
	mydev_usb_start_anew(usb_get_intfdata(intf), MYDEV_USB_RESETTING);
	return 0;
}

/* In Mb/s, as the specifications name them. */
static u32 mydev_usb_speed(const struct usb_device *udev)
{
	switch (udev->speed) {
	case USB_SPEED_FULL:
		return 12;
	case USB_SPEED_HIGH:
		return 480;
	case USB_SPEED_SUPER:
		return 5000;
	case USB_SPEED_SUPER_PLUS:
		return udev->ssp_rate == USB_SSP_GEN_2x2 ? 20000 : 10000;
	default:
		return 0;
	}
}

static void mydev_usb_free(struct mydev *mdev)
{
	struct mydev_usb *usb = mydev_priv(mdev);

	mydev_usb_pipe_exit(&usb->in);
	mydev_usb_pipe_exit(&usb->out);
	mydev_put(mdev);
}

static int mydev_usb_probe(struct usb_interface *intf, const struct usb_device_id *id)
{
	const struct mydev_config config = MYDEV_CONFIG_DEFAULT;
	struct usb_device *udev = interface_to_usbdev(intf);
	const struct usb_interface_descriptor *setting = &intf->cur_altsetting->desc;
	struct usb_endpoint_descriptor *in, *out;
	struct mydev_usb *usb;
	struct mydev *mdev;
	int err;

	/* Nothing of what somebody sent it before is to come back. */
	err = usb_set_interface(udev, setting->bInterfaceNumber, setting->bAlternateSetting);
	if (err)
		return dev_err_probe(&intf->dev, err, "cannot be set up\n");
	err = usb_find_common_endpoints(intf->cur_altsetting, &in, &out, NULL, NULL);
	if (err)
		return dev_err_probe(&intf->dev, err, "has no bulk endpoint each way\n");
	mdev = mydev_alloc(&intf->dev,
			   id->driver_info & MYDEV_USB_LOOPBACK ? &mydev_usb_loopback_ops :
								  &mydev_usb_ops,
			   &config, sizeof(*usb));
	if (IS_ERR(mdev))
		return PTR_ERR(mdev);
	usb = mydev_priv(mdev);
	usb->mdev = mdev;
	usb->intf = intf;
	usb->udev = udev;
	usb->echoes = id->driver_info & MYDEV_USB_LOOPBACK;
	err = mydev_usb_pipe_init(&usb->in, mdev, udev, in);
	if (err)
		goto err_free;
	err = mydev_usb_pipe_init(&usb->out, mdev, udev, out);
	if (err)
		goto err_free;
	mydev_set_link_speed(mdev, mydev_usb_speed(udev));
	usb_set_intfdata(intf, usb);
	err = mydev_register(mdev);
	if (err)
		goto err_free;
	return 0;

err_free:
	mydev_usb_free(mdev);
	return err;
}

static void mydev_usb_disconnect(struct usb_interface *intf)
{
	struct mydev_usb *usb = usb_get_intfdata(intf);
	struct mydev *mdev = usb->mdev;

	if (usb->udev->state == USB_STATE_NOTATTACHED)
		mydev_unregister_gone(mdev, "the device was unplugged");
	else
		mydev_unregister(mdev);
	mydev_usb_free(mdev);
}

static const struct usb_device_id mydev_usb_ids[] = {
	{ USB_DEVICE(MYDEV_USB_VENDOR_TEST, MYDEV_USB_PRODUCT_LOOPBACK),
	  .driver_info = MYDEV_USB_LOOPBACK },
	{ USB_DEVICE(MYDEV_USB_VENDOR_TEST, MYDEV_USB_PRODUCT_STREAM) },
	{}
};
MODULE_DEVICE_TABLE(usb, mydev_usb_ids);

static struct usb_driver mydev_usb_driver = {
	.name = "mydev_usb",
	.probe = mydev_usb_probe,
	.disconnect = mydev_usb_disconnect,
	.suspend = mydev_usb_suspend,
	.resume = mydev_usb_resume,
	.reset_resume = mydev_usb_reset_resume,
	.pre_reset = mydev_usb_pre_reset,
	.post_reset = mydev_usb_post_reset,
	.id_table = mydev_usb_ids,
	.supports_autosuspend = 1,
	/* When it is unbound, the last close still sends what was written. */
	.soft_unbind = 1,
};
module_usb_driver(mydev_usb_driver);

MODULE_DESCRIPTION("mydev: a device on USB with a bulk endpoint each way");
MODULE_AUTHOR("The mydev developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(MYDEV_VERSION);
