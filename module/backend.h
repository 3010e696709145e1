/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a backend needs: the driver of one kind of hardware (or of none). It describes how to
 * transmit and reset, and hands received data to the core; node, control, events, sysfs and
 * tracepoints come from there.
 *
 * Life-cycle, each step undone by the one beside it; the devm forms do so by themselves:
 *
 *	mydev_alloc()		mydev_put()
 *	mydev_register()	mydev_unregister()
 *
 * After mydev_unregister() returns, no operation of the backend runs or will run, however many
 * files are still open. Until mydev_put() the device takes data and faults from interrupt handlers
 * that are still to be stopped.
 *
 * Of the operations open, close, reset, read_register and selftest of a device, one runs at a time.
 * mydev_unregister() waits for it, so that none may wait for what its caller holds, as the lock of
 * the device that is being unbound. All may resume the hardware from runtime suspend.
 *
 * Required are @kind, @write and @writable of struct mydev_ops; all else is for those who have it.
 */
#ifndef MYDEV_BACKEND_H
#define MYDEV_BACKEND_H

#include <linux/bits.h>
#include <linux/mydev.h>
#include <linux/types.h>

struct device;
struct iov_iter;
struct module;
struct mydev;
struct netlink_ext_ack;

/**
 * struct mydev_selftest - what a self-test of a device found
 * @bytes: data that went through the device and was right
 * @msg: what was wrong; see mydev_selftest_fail()
 */
struct mydev_selftest {
	u64 bytes;
	char msg[MYDEV_MSG_MAX + 1];
};

#define MYDEV_ID_ANY U32_MAX

/**
 * struct mydev_config - what a device starts with
 * @id: the N of mydevN, or MYDEV_ID_ANY for the lowest free one
 * @rx_size: bytes of the receive ring, a power of two from MYDEV_RX_SIZE_MIN to MYDEV_RX_SIZE_MAX;
 *	0 for the default
 * @rx_policy: what a full ring does
 * @watermark: fill in bytes at which an event is raised; 0 for never
 */
struct mydev_config {
	u32 id;
	u32 rx_size;
	enum mydev_rx_policy rx_policy;
	u32 watermark;
};

#define MYDEV_CONFIG_DEFAULT ((struct mydev_config){ .id = MYDEV_ID_ANY })

/**
 * struct mydev_register - a register that people may look at
 * @name: as the data sheet has it, in lower case with dashes
 * @doc: what it says, in a line
 * @offset: where it is, in bytes; for @read_register of struct mydev_ops to make sense of
 * @size: its bytes, 1 to 8
 */
struct mydev_register {
	const char *name;
	const char *doc;
	u32 offset;
	u32 size;
};

/* What a backend counts, and status then shows. */
#define MYDEV_COUNTS_INTERRUPTS BIT(0) /* by mydev_count_interrupt() */
#define MYDEV_COUNTS_DMA BIT(1) /* by mydev_count_dma() */

/**
 * struct mydev_ops - what a backend does for a device
 * @kind: name of the kind, at most MYDEV_NAME_MAX bytes; lives as long as the backend
 * @counts: MYDEV_COUNTS_...
 * @open: make the hardware ready, for the first file that is opened or a self-test; 0, or the
 *	-errno that open() gets. Called in process context, never beside the others but @rx_ready.
 *	Also of a device that is faulted, whose data is still to be read, and which is reset through
 *	its node: a fault is no reason to fail. Optional.
 * @close: no file is open any more: let the hardware rest. Once for each @open that succeeded, at
 *	the latest in mydev_unregister(), as the last that is called of all; context as of @open.
 *	Optional.
 * @write: transmit from the caller's data. Returns the bytes taken (at least one), -EAGAIN
 *	when there is no room now (mydev_tx_ready() says when there is), -EFAULT when nothing
 *	could be copied because the caller's page is not there: the core then fetches it and calls
 *	again. Called in process context with page faults disabled, one caller at a time, and only
 *	between @open and @close; it may sleep for memory and locks, never for a user or for room.
 *	Required.
 * @writable: whether @write would take something. Must not sleep, may run beside @write; also only
 *	between @open and @close. Required.
 * @reset: bring the hardware back to its initial state; called in process context, never beside
 *	@write, whether or not the device is open. 0 or -errno; on failure the state stays as it
 *	was, but for a fault that the backend reports. A fault reported before it returns is cleared
 *	with it, a later one stays. What comes meanwhile mydev_rx() refuses, and @rx_ready asks for
 *	afterwards. May wait for the hardware. Optional.
 * @rx_ready: mydev_rx() took less than it was given, and it is worthwhile to go on. Called in
 *	process context without a lock, may run beside the others, and also when the device is
 *	closed by then. Optional.
 * @registers: registers that @read_register reads, in the order in which they are shown. Optional.
 * @n_registers: how many
 * @read_register: read one of @registers without an effect on the device; 0 or -errno. Called in
 *	process context, may run beside the others but @open, @close, @reset and @selftest; the
 *	device may be closed or faulted. Required with @registers.
 * @selftest: prove that the device works; mydev_selftest_loopback() fits where it sends back what
 *	it is sent. The device is running, was made ready by @open for the test alone, and nothing
 *	is buffered. Called in process context, beside @write only when it writes itself; has to
 *	end within seconds. 0 when all is well, mydev_selftest_fail() when not, -EBUSY at once when
 *	data of a user is still inside the device, another -errno when there was no test. The device
 *	is reset after it failed, unless by a fault, which stays, and after it was broken off when
 *	it had taken data. Optional.
 */
struct mydev_ops {
	const char *kind;
	u32 counts;
	int (*open)(struct mydev *mdev);
	void (*close)(struct mydev *mdev);
	ssize_t (*write)(struct mydev *mdev, struct iov_iter *from);
	bool (*writable)(struct mydev *mdev);
	int (*reset)(struct mydev *mdev);
	void (*rx_ready)(struct mydev *mdev);
	const struct mydev_register *registers;
	u32 n_registers;
	int (*read_register)(struct mydev *mdev, const struct mydev_register *reg, u64 *value);
	int (*selftest)(struct mydev *mdev, struct mydev_selftest *test);
};

/**
 * mydev_alloc() - allocate a device
 * @parent: device that it is driven through, also its parent in sysfs
 * @ops: operations; live until mydev_unregister() has returned
 * @config: how it starts
 * @priv_size: bytes of zeroed memory for the backend, see mydev_priv()
 *
 * Context: process. Return: the device, or ERR_PTR: -EINVAL for a bad configuration, -EEXIST when
 * the id is taken, -ENOSPC when all are, -ENOMEM.
 */
struct mydev *mydev_alloc(struct device *parent, const struct mydev_ops *ops,
			  const struct mydev_config *config, size_t priv_size);

/**
 * mydev_register() - make a device known: from here on it can be opened and controlled
 * @mdev: the device
 *
 * Context: process. Return: 0 or -errno; the device is still the caller's to put then.
 */
int mydev_register(struct mydev *mdev);

/**
 * mydev_unregister() - withdraw a device
 * @mdev: the device
 *
 * Wakes every sleeper, waits for the operations that run, never for a user. Files that are open
 * drain what is buffered and then get ENODEV. Context: process.
 */
void mydev_unregister(struct mydev *mdev);

/**
 * mydev_unregister_gone() - mydev_unregister() of a device whose hardware was taken away
 * @mdev: the device
 * @msg: how that came, for people
 *
 * The events tell of it as a fault of the link. Who uses the device sees nothing but that it is
 * gone: no EIO, which asks for a reset, comes before the ENODEV.
 */
void mydev_unregister_gone(struct mydev *mdev, const char *msg);

/**
 * mydev_put() - give up a reference
 * @mdev: the device; freed with the last reference, which may be that of an open file
 *
 * Context: process.
 */
void mydev_put(struct mydev *mdev);

/**
 * devm_mydev_alloc() - mydev_alloc(), undone when @parent is unbound
 * @parent: as for mydev_alloc()
 * @ops: as for mydev_alloc()
 * @config: as for mydev_alloc()
 * @priv_size: as for mydev_alloc()
 *
 * Return: as mydev_alloc().
 */
struct mydev *devm_mydev_alloc(struct device *parent, const struct mydev_ops *ops,
			       const struct mydev_config *config, size_t priv_size);

/**
 * devm_mydev_register() - mydev_register(), undone when the parent is unbound
 * @parent: the device's parent
 * @mdev: the device
 *
 * Return: as mydev_register().
 */
int devm_mydev_register(struct device *parent, struct mydev *mdev);

/**
 * mydev_priv() - the backend's own memory
 * @mdev: the device
 *
 * Return: @priv_size bytes, which live as long as the device.
 */
void *mydev_priv(struct mydev *mdev);

/**
 * mydev_dev() - the device in the driver model, for dev_err() and friends
 * @mdev: the device
 */
struct device *mydev_dev(struct mydev *mdev);

/**
 * mydev_rx() - deliver received data
 * @mdev: the device
 * @data: the bytes
 * @len: how many
 *
 * Context: any, also hard interrupt, but on PREEMPT_RT a threaded one. Return: the bytes that are
 * dealt with, stored or lost as the policy says; fewer than @len when the ring is full and the
 * policy is block, or when the device is faulted or being reset. The backend keeps the rest until
 * @rx_ready of struct mydev_ops.
 */
u32 mydev_rx(struct mydev *mdev, const void *data, u32 len);

/**
 * mydev_rx_iter() - deliver what a caller writes, for devices that send back what they are sent
 * @mdev: the device
 * @from: the data
 *
 * Only from @write of struct mydev_ops, and not on a device that uses mydev_rx() too. Return: as
 * @write has to.
 */
ssize_t mydev_rx_iter(struct mydev *mdev, struct iov_iter *from);

/**
 * mydev_rx_writable() - whether a device that sends back what it is sent can take data; fits as
 *	@writable
 * @mdev: the device
 *
 * Return: with the policy block whether a quarter of the receive ring is free, else always true.
 */
bool mydev_rx_writable(struct mydev *mdev);

/**
 * mydev_tx_ready() - say that @write would take data again
 * @mdev: the device
 *
 * Context: as mydev_rx(). A device that sends back what it is sent need not call it: reading makes
 * the room.
 */
void mydev_tx_ready(struct mydev *mdev);

/**
 * mydev_fault() - report a fault: the device cannot go on until it is reset
 * @mdev: the device
 * @code: what kind, not MYDEV_FAULT_CODE_NONE
 * @msg: text for people, or NULL
 *
 * Before mydev_register() and after mydev_unregister() nothing comes of it, so a backend lets its
 * hardware go only when it is registered. Context: as mydev_rx().
 */
void mydev_fault(struct mydev *mdev, enum mydev_fault_code code, const char *msg);

/**
 * mydev_count_interrupt() - count an interrupt of the device
 * @mdev: the device
 *
 * Each that its handler has found to be the device's own. Context: any.
 */
void mydev_count_interrupt(struct mydev *mdev);

/**
 * mydev_count_dma() - count a transfer between the device and memory that ended well
 * @mdev: the device
 * @bytes: how much it moved
 *
 * Where a controller moves the data on behalf of the device, as with URBs of USB, its transfers
 * count. Context: any.
 */
void mydev_count_dma(struct mydev *mdev, u32 bytes);

/**
 * mydev_set_link_speed() - say how fast the link to the device is
 * @mdev: the device
 * @mbps: its speed in Mb/s, 10^6 bits a second as the bus names it; 0 when it is not known
 *
 * Context: any.
 */
void mydev_set_link_speed(struct mydev *mdev, u32 mbps);

/**
 * mydev_selftest_fail() - say what a self-test found wrong
 * @test: as given to @selftest of struct mydev_ops
 * @fmt: text for people
 *
 * Return: -EBADE, which is what @selftest returns then.
 */
int mydev_selftest_fail(struct mydev_selftest *test, const char *fmt, ...) __printf(2, 3);

/**
 * mydev_selftest_loopback() - self-test of a device that sends back what it is sent; fits as
 *	@selftest
 * @mdev: the device
 * @test: what it found
 *
 * Writes a pattern of 256 KiB in blocks of many lengths, reads what comes back, and compares. It
 * fails when nothing comes back for 2 s, or not all of it within 4 s. Return: as @selftest has to.
 */
int mydev_selftest_loopback(struct mydev *mdev, struct mydev_selftest *test);

/**
 * mydev_selftest_loopback_bytes() - the same, of a device that is not fast enough for as much
 * @mdev: the device
 * @test: what it found
 * @bytes: how much
 *
 * Return: as @selftest has to.
 */
int mydev_selftest_loopback_bytes(struct mydev *mdev, struct mydev_selftest *test, u32 bytes);

/**
 * struct mydev_kind - a kind whose devices can be created and removed on request, because they need
 *	no hardware
 * @name: as in struct mydev_ops; the module carries MODULE_ALIAS_MYDEV_KIND() of it to be loaded on
 *	demand
 * @owner: THIS_MODULE
 * @add: create a device. Returns it with a reference for the caller, or ERR_PTR with @extack set.
 *	Process context
 * @del: remove a device that this kind owns, and only once however many ask. 0 or -errno with
 *	@extack set. Process context
 * @list: the core's
 */
struct mydev_kind {
	const char *name;
	struct module *owner;
	struct mydev *(*add)(const struct mydev_config *config, struct netlink_ext_ack *extack);
	int (*del)(struct mydev *mdev, struct netlink_ext_ack *extack);
	struct list_head list;
};

/*
 * For request_module() when dev-new asks for the kind. The caller of dev-new holds the lock of
 * generic netlink, so such a module must not register a netlink family.
 */
#define MODULE_ALIAS_MYDEV_KIND(name) MODULE_ALIAS("mydev-kind-" name)

/**
 * mydev_kind_register() - offer a kind
 * @kind: the kind; lives until mydev_kind_unregister()
 *
 * Return: 0, or -EEXIST when there is one of that name.
 */
int mydev_kind_register(struct mydev_kind *kind);

/**
 * mydev_kind_unregister() - withdraw a kind; its devices are the backend's to remove
 * @kind: the kind
 */
void mydev_kind_unregister(struct mydev_kind *kind);

/**
 * mydev_kind_is_wanted() - whether somebody waits for the kind to make him a device
 * @name: as in struct mydev_kind
 *
 * While the module is loaded on demand: then it makes no devices by itself. Context: process.
 */
bool mydev_kind_is_wanted(const char *name);

/**
 * mydev_get() - take another reference, as @add of struct mydev_kind has to
 * @mdev: the device
 *
 * Return: @mdev.
 */
struct mydev *mydev_get(struct mydev *mdev);

#endif
