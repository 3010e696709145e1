// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps of the netlink family: devices, events, registers. Each says in its cursor how far it is,
 * and goes on from there whenever there is room for more.
 */

#include <net/genetlink.h>
#include <net/sock.h>

#include "compat.h"
#include "core.h"
#include "netlink.h"
#include "netlink_gen.h"

/* A cursor lives in the callback's context. */
#define MYDEV_NL_ASSERT_FITS(type) \
	static_assert(sizeof(type) <= sizeof_field(struct netlink_callback, ctx))

/* ---- Devices ---- */

/* Where a dump goes on. */
struct mydev_nl_dev_cursor {
	u32 id;
};

MYDEV_NL_ASSERT_FITS(struct mydev_nl_dev_cursor);

int mydev_nl_dev_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct mydev_nl_dev_cursor *cursor = (void *)cb->ctx;
	struct nlattr **attrs = genl_info_dump(cb)->attrs;
	struct mydev *mdev;
	int err = 0;

	if (attrs) {
		struct nlattr *named = attrs[MYDEV_A_DEV_ID] ?: attrs[MYDEV_A_DEV_NAME];

		if (named) {
			NL_SET_ERR_MSG_ATTR(cb->extack, named, "a dump is of all devices");
			return -EINVAL;
		}
	}

	/* Tells the reader when devices came or went meanwhile. */
	cb->seq = mydev_generation();
	for (; cursor->id < MYDEV_DEVICES_MAX; cursor->id++) {
		void *hdr;

		mdev = mydev_find_next(&cursor->id);
		if (!mdev)
			break;
		err = -EMSGSIZE;
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  &mydev_nl_family, NLM_F_MULTI, MYDEV_CMD_DEV_GET);
		if (hdr) {
			genl_dump_check_consistent(cb, hdr);
			err = mydev_nl_fill_dev(skb, mdev);
			if (err)
				genlmsg_cancel(skb, hdr);
			else
				genlmsg_end(skb, hdr);
		}
		mydev_put(mdev);
		if (err)
			return skb->len ?: err;
	}
	cursor->id = MYDEV_DEVICES_MAX;
	return skb->len;
}

/* ---- Events ---- */

/* Where a dump of the log goes on, and where it ends, so that a storm cannot keep it going. */
struct mydev_nl_event_cursor {
	u64 next;
	u64 last;
};

MYDEV_NL_ASSERT_FITS(struct mydev_nl_event_cursor);

static int mydev_nl_event_dump_start(struct netlink_callback *cb)
{
	struct mydev_nl_event_cursor *cursor = (void *)cb->ctx;
	struct nlattr **attrs = genl_info_dump(cb)->attrs;
	struct nlattr *seq = NULL, *epoch = NULL;
	struct mydev_event_range range;

	if (attrs) {
		seq = attrs[MYDEV_A_EVENT_SEQ];
		epoch = attrs[MYDEV_A_EVENT_EPOCH];
	}
	if (epoch && memcmp(nla_data(epoch), &mydev_epoch, UUID_SIZE)) {
		NL_SET_ERR_MSG_ATTR(cb->extack, epoch, "the module was loaded anew since");
		return -ESTALE;
	}
	cursor->next = 1;
	if (seq && mydev_nla_get_uint(seq, &cursor->next)) {
		NL_SET_ERR_MSG_ATTR(cb->extack, seq, "must be an integer of 4 or 8 bytes");
		return -EINVAL;
	}
	cursor->next = max_t(u64, cursor->next, 1);
	mydev_event_range(&range);
	cursor->last = range.last;
	return 0;
}

int mydev_nl_event_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct mydev_nl_event_cursor *cursor = (void *)cb->ctx;
	struct mydev_event ev;
	int err;

	if (!cursor->next) {
		err = mydev_nl_event_dump_start(cb);
		if (err)
			return err;
	}
	while (cursor->next <= cursor->last && mydev_event_read(cursor->next, &ev)) {
		void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
					&mydev_nl_family, NLM_F_MULTI, MYDEV_CMD_EVENT_GET);

		if (!hdr)
			return skb->len ?: -EMSGSIZE;
		err = mydev_nl_fill_event(skb, &ev);
		if (err) {
			genlmsg_cancel(skb, hdr);
			return skb->len ?: err;
		}
		genlmsg_end(skb, hdr);
		cursor->next = ev.seq + 1;
	}
	return skb->len;
}

/* ---- Registers ---- */

/* Where a dump of registers goes on, and of which device it began to be. */
struct mydev_nl_register_cursor {
	u32 born;
	u32 next;
	bool done;
};

MYDEV_NL_ASSERT_FITS(struct mydev_nl_register_cursor);

/* A request for registers names the device with attributes of its own set. */
static_assert((int)MYDEV_A_REGISTER_DEV_ID == (int)MYDEV_A_DEV_ID);
static_assert((int)MYDEV_A_REGISTER_DEVICE == (int)MYDEV_A_DEV_NAME);

static int mydev_nl_fill_register(struct sk_buff *skb, struct mydev *mdev,
				  const struct mydev_register *reg, u64 value)
{
	if (nla_put_u32(skb, MYDEV_A_REGISTER_DEV_ID, mdev->id) ||
	    nla_put_string(skb, MYDEV_A_REGISTER_DEVICE, dev_name(&mdev->dev)) ||
	    nla_put_string(skb, MYDEV_A_REGISTER_NAME, reg->name) ||
	    nla_put_u32(skb, MYDEV_A_REGISTER_OFFSET, reg->offset) ||
	    nla_put_u32(skb, MYDEV_A_REGISTER_SIZE, reg->size) ||
	    mydev_nla_put_uint(skb, MYDEV_A_REGISTER_VALUE, value) ||
	    (reg->doc && nla_put_string(skb, MYDEV_A_REGISTER_DOC, reg->doc)))
		return -EMSGSIZE;
	return 0;
}

/* Whether the registers can be read, and are those of the device that the dump began with. */
static int mydev_nl_registers_refuse(struct mydev *mdev, struct mydev_nl_register_cursor *cursor,
				     struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&mdev->ctl_lock);
	if (mdev->dead) {
		NL_SET_ERR_MSG(extack, "the device is being removed");
		return -ENODEV;
	}
	if (!cursor->next)
		cursor->born = mdev->born;
	if (mdev->born != cursor->born) {
		NL_SET_ERR_MSG(extack, "the device was removed meanwhile");
		return -ENODEV;
	}
	if (!mydev_ctl_ops(mdev)->n_registers) {
		NL_SET_ERR_MSG(extack, "this device has no registers");
		return -EOPNOTSUPP;
	}
	return 0;
}

/* Those from the cursor on for which there is room: 0 when all are told, else -errno. */
static int mydev_nl_dump_registers(struct sk_buff *skb, struct netlink_callback *cb,
				   struct mydev *mdev)
{
	struct mydev_nl_register_cursor *cursor = (void *)cb->ctx;
	const struct mydev_ops *ops;
	int err;

	err = mydev_nl_registers_refuse(mdev, cursor, cb->extack);
	if (err)
		return err;
	ops = mydev_ctl_ops(mdev);
	for (; cursor->next < ops->n_registers; cursor->next++) {
		const struct mydev_register *reg = &ops->registers[cursor->next];
		void *hdr;
		u64 value;

		err = ops->read_register(mdev, reg, &value);
		if (err) {
			NL_SET_ERR_MSG(cb->extack, "a register cannot be read");
			return err;
		}
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  &mydev_nl_family, NLM_F_MULTI, MYDEV_CMD_REGISTER_GET);
		if (!hdr)
			return -EMSGSIZE;
		err = mydev_nl_fill_register(skb, mdev, reg, value);
		if (err) {
			genlmsg_cancel(skb, hdr);
			return err;
		}
		genlmsg_end(skb, hdr);
	}
	return 0;
}

int mydev_nl_register_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct mydev_nl_register_cursor *cursor = (void *)cb->ctx;
	struct mydev *mdev;
	int err;

	/* A dump is asked for more until there is none, and the device may go by then. */
	if (cursor->done)
		return 0;
	mdev = mydev_nl_find(genl_info_dump(cb)->attrs, cb->extack);
	if (IS_ERR(mdev))
		return PTR_ERR(mdev);
	mutex_lock(&mdev->ctl_lock);
	err = mydev_nl_dump_registers(skb, cb, mdev);
	mutex_unlock(&mdev->ctl_lock);
	mydev_put(mdev);
	cursor->done = !err;
	if (err && !(err == -EMSGSIZE && skb->len))
		return err;
	return skb->len;
}
